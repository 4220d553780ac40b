//! Which rows of a list are wanted.

use crate::typed_id::TypedId;
use clap::Args;
use medshare_cli_terminal::{Failure, Since, TableArgs, whole};
use medshare_exchange::api::{BlockView, ViolationView};
use medshare_ledger::id::RequestorId;
use std::collections::BTreeSet;

/// Which rows of a list.
#[derive(Debug, Args)]
pub struct FilterArgs {
    /// Only this data set.
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// Only from then on: a day such as 2026-11-21, a time (UTC) such as 2026-11-21T17:25, or how long ago: 30m, 12h, 7d.
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Only the newest so many.
    #[arg(long, value_name = "COUNT", value_parser = whole("numbers", 0..=u64::MAX), allow_negative_numbers = true)]
    limit: Option<u64>,
    #[command(flatten)]
    pub table: TableArgs,
}

/// Whose rows of an owner's list.
#[derive(Debug, Args)]
pub struct RequestorArgs {
    /// Only this requestor's: RID, or its first digits.
    #[arg(long, value_name = "RID")]
    requestor: Option<TypedId<RequestorId>>,
}

/// What a row is judged by.
pub struct Row<'a> {
    pub dataset: &'a str,
    pub status: &'a str,
    pub at: u64,
}

/// A parent block as a row, as old as its package.
pub fn of_block(block: &BlockView) -> Row<'_> {
    Row { dataset: &block.dataset, status: &block.permission.status, at: block.tts }
}

/// A violation as a row, as old as itself.
pub fn of_violation(violation: &ViolationView) -> Row<'_> {
    Row { dataset: &violation.dataset, status: &violation.status, at: violation.at }
}

impl FilterArgs {
    /// The rows that are wanted, in their order: where one is named, those of this status.
    pub fn keep<T>(&self, rows: Vec<T>, status: Option<&str>, row_of: impl Fn(&T) -> Row<'_>) -> Vec<T> {
        let wanted = |item: &T| {
            let row = row_of(item);
            self.dataset.as_ref().is_none_or(|dataset| dataset == row.dataset)
                && status.is_none_or(|status| status == row.status)
                && self.since.is_none_or(|since| row.at >= since.0)
        };
        let rows: Vec<T> = rows.into_iter().filter(wanted).collect();
        let mut newest: Vec<(u64, usize)> =
            rows.iter().enumerate().map(|(place, row)| (row_of(row).at, place)).collect();
        newest.sort_unstable_by(|one, other| other.cmp(one));
        newest.truncate(self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX)));
        let places: BTreeSet<usize> = newest.into_iter().map(|(_, place)| place).collect();
        rows.into_iter().enumerate().filter(|(place, _)| places.contains(place)).map(|(_, row)| row).collect()
    }
}

impl RequestorArgs {
    /// The rows of the requestor, where one is named.
    ///
    /// # Errors
    /// When the digits fit none of the rows, or several requestors.
    pub fn keep<T>(&self, rows: Vec<T>, requestor_of: impl Fn(&T) -> &str) -> Result<Vec<T>, Failure> {
        let Some(typed) = &self.requestor else { return Ok(rows) };
        let known = || Ok(rows.iter().filter_map(|row| requestor_of(row).parse().ok()).collect());
        let wanted = typed.among("the requestors of this list", known)?.to_string();
        Ok(rows.into_iter().filter(|row| requestor_of(row) == wanted).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(filter: &FilterArgs, status: Option<&str>) -> Vec<u64> {
        let rows = vec![
            (30, "records", "opened"),
            (10, "records", "revoked"),
            (20, "scans", "opened"),
            (20, "records", "opened"),
        ];
        let kept = filter.keep(rows, status, |row| Row { dataset: row.1, status: row.2, at: row.0 });
        kept.into_iter().map(|row| row.0).collect()
    }

    fn all() -> FilterArgs {
        FilterArgs { dataset: None, since: None, limit: None, table: TableArgs { wide: false } }
    }

    #[test]
    fn what_is_asked_for_is_kept_in_its_order() {
        assert_eq!(kept(&all(), None), [30, 10, 20, 20]);
        assert_eq!(kept(&FilterArgs { dataset: Some("scans".to_owned()), ..all() }, None), [20]);
        assert_eq!(kept(&FilterArgs { since: Some(Since(20)), ..all() }, Some("opened")), [30, 20, 20]);
        assert_eq!(kept(&FilterArgs { limit: Some(2), ..all() }, None), [30, 20]);
        assert_eq!(kept(&FilterArgs { limit: Some(0), ..all() }, None), [0_u64; 0]);
        assert_eq!(kept(&FilterArgs { limit: Some(9), ..all() }, None), [30, 10, 20, 20]);
    }
}
