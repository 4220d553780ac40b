//! Dates of events move with those of their person, as in FHIR: by 1 to 365 days into the past, the same for all dates of one person in
//! one package. What is between two dates of hers stays; when it was goes.
//!
//! A date that some shift would move to where it tells an age of 90 or more becomes a year, whatever its shift is, so that the form of what
//! is told does not depend on the package. So does a date whose day and month could be taken for each other.

use std::collections::HashMap;

use crate::config::{DateHandling, DeidConfig, Role};
use crate::naming::Names;
use medshare_deid_identifiers::MAX_SHIFT_DAYS;
use medshare_deid_records::date::PartialDate;
use medshare_deid_records::{Column, ColumnBuilder};

use super::values::is_plausible;
use super::years::Years;

/// Whether the dates in a column move. Those by which people are told apart become years, as do those about which a requirement is made.
pub(super) fn is_moved(column: &str, role: Role, config: &DeidConfig) -> bool {
    config.dates == DateHandling::Shift
        && config.table.person.is_some()
        && matches!(role, Role::Sensitive | Role::Keep)
        && !config.privacy.iter().any(|model| model.attribute() == Some(column))
}

/// Whether a text is a date as it is told when it has moved: without a time.
pub(super) fn is_told(text: &str) -> bool {
    text.len() <= 10 && PartialDate::parse(text).is_some()
}

/// The column with its dates moved, by whose they are; `base` tells all other rows, such as those with an open end.
pub(super) fn moved(
    column: &Column,
    persons: &Column,
    years: Years,
    names: &dyn Names,
    base: impl FnOnce(&Column) -> Column,
) -> Column {
    let order = Order::of(column.dictionary());
    let movable = |date: &PartialDate| {
        let earliest = date.shifted_back(MAX_SHIFT_DAYS as i64);
        date.year <= years.last && years.oldest.is_none_or(|oldest| earliest.year >= oldest)
    };
    let dates: Vec<Option<PartialDate>> =
        column.dictionary().iter().map(|value| order.date(value.trim()).filter(movable)).collect();
    let date = |code: u32| dates.get(code as usize).copied().flatten();
    let others: Vec<u32> =
        (0u32..).zip(column.codes()).filter(|(_, code)| date(**code).is_none()).map(|(row, _)| row).collect();
    let others = base(&column.rows(&others));
    let (mut others, mut told) = (others.values(), ColumnBuilder::new(column.name()));
    let mut known: HashMap<(u32, u32), String> = HashMap::new();
    for (code, person) in column.codes().iter().zip(persons.codes()) {
        let Some(own) = date(*code) else {
            told.push(others.next().unwrap_or_default());
            continue;
        };
        let number = || persons.dictionary().get(*person as usize).map_or("", |number| number.trim());
        told.push(known.entry((*code, *person)).or_insert_with(|| names.moved(own, number())));
    }
    told.finish()
}

/// Which of two numbers before a year is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    DayFirst,
    MonthFirst,
    Unknown,
}

impl Order {
    /// By the values that can be read in one way only.
    fn of(dictionary: &[String]) -> Self {
        let parts =
            || dictionary.iter().filter_map(|value| parts(value.trim())).filter(|own| own.2 > 31 && own.3 != '.');
        match (parts().any(|own| own.0 > 12), parts().any(|own| own.1 > 12)) {
            (true, false) => Order::DayFirst,
            (false, true) => Order::MonthFirst,
            _ => Order::Unknown,
        }
    }

    fn date(self, text: &str) -> Option<PartialDate> {
        if let Some(date) = PartialDate::parse(text) {
            return Some(date);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) && matches!(text.len(), 8 | 12 | 14) {
            return date_of(text.get(..4)?.parse().ok()?, text.get(4..6)?.parse().ok()?, text.get(6..8)?.parse().ok()?);
        }
        let (a, b, c, mark) = parts(text)?;
        match (a > 31, mark, self) {
            (true, ..) => date_of(a, b, c),
            (false, '.', _) | (false, _, Order::DayFirst) => date_of(c, b, a),
            (false, _, Order::MonthFirst) => date_of(c, a, b),
            (false, _, Order::Unknown) => None,
        }
    }
}

fn date_of(year: i32, month: i32, day: i32) -> Option<PartialDate> {
    PartialDate::parse(&format!("{year:04}-{month:02}-{day:02}")).filter(|date| is_plausible(date.year))
}

/// The three numbers of a date in digits, one of them a year of four, and the mark between them.
fn parts(text: &str) -> Option<(i32, i32, i32, char)> {
    let date = text.split(['T', ' ']).next()?;
    let mark = date.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '.' | '/' | '-'))?;
    let mut parts = date.split(mark);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    let is_date = parts.next().is_none() && (first.len() == 4 || third.len() == 4) && second.len() <= 2;
    let number = |part: &str| part.parse::<i32>().ok().filter(|_| part.len() <= 4);
    is_date.then_some((number(first)?, number(second)?, number(third)?, mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_their_column_writes_them() {
        let read = |column: &[&str], text: &str| {
            let dictionary: Vec<String> = column.iter().map(|value| (*value).to_owned()).collect();
            Order::of(&dictionary).date(text).map(|date| date.to_string())
        };
        let day = |text: &str| Some(text.to_owned());
        assert_eq!(read(&[], "2021-03-04T10:00:00Z"), day("2021-03-04"));
        assert_eq!(read(&[], "20210304"), day("2021-03-04"));
        assert_eq!(read(&[], "4.3.2021"), day("2021-03-04"));
        assert_eq!(read(&[], "2021/3/4"), day("2021-03-04"));
        assert_eq!(read(&["25/12/2020"], "04/03/2021 09:30"), day("2021-03-04"));
        assert_eq!(read(&["12/25/2020"], "03/04/2021"), day("2021-03-04"));
        assert_eq!(read(&["03/04/2021"], "03/04/2021"), None);
        assert_eq!(read(&["25/12/2020", "12/25/2020"], "03/04/2021"), None);
        for no_date in ["", "12", "1/2/3", "2021/13/04", "10.12.1", "2021-02-30", "a/b/2021", "-1-2-2021"] {
            assert_eq!(read(&[], no_date), None, "{no_date}");
        }
    }
}
