//! The year in which ages are counted, and the years that cannot be ones of what happened.

use crate::config::{DeidConfig, FIRST_RELEASE, TableConfig};
use medshare_deid_records::{Column, Table};

use super::meaning::{Meaning, OLDEST_AGE};
use super::values::is_plausible;

/// Before it nothing happened that is in records on people who live.
const FIRST_YEAR: i32 = 1900;
/// Where nobody says when the release is: later years, and 2099 is the first that is used so, mean that something has no end.
const LAST_YEAR: i32 = 2098;
/// Years after the release that something may be planned for.
const PLANNED: i32 = 10;

/// The years by which dates are told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Years {
    /// The year in which ages are counted.
    pub(super) reference: Option<i32>,
    /// The last year of birth that tells an age of 90 or more in it.
    pub(super) oldest: Option<i32>,
    /// Later years are none of dates: they mean that there is no end, or nothing.
    pub(super) last: i32,
}

impl Years {
    pub(super) fn of(table: &Table, config: &DeidConfig) -> Self {
        let reference = reference_year(table, config);
        Years {
            reference,
            oldest: reference.map(|year| year - OLDEST_AGE),
            last: config.release_year.map_or(LAST_YEAR, |year| year.max(FIRST_RELEASE).saturating_add(PLANNED)),
        }
    }
}

/// The year in which ages are counted: that of the release, or a later one that is configured, or the latest one in the table's dates where
/// the release is not said, or cannot have been before. What is released of a table tells no later one, so that nobody becomes older by being released.
pub(crate) fn reference_year(table: &Table, config: &DeidConfig) -> Option<i32> {
    let configured = config.reference_year.max(config.release_year);
    let last = config.release_year.map_or(LAST_YEAR, |year| year.max(FIRST_RELEASE));
    if configured >= Some(last) {
        return configured;
    }
    configured.max(years(table, &config.table).filter(|year| *year <= last).max())
}

/// The years in a table's dates that something may have happened in. In a column of births every year counts, whatever else is in it: what is
/// emptied there must not make dates of the rest. Numbers of people tell none, whatever they are called: pseudonyms have such digits.
fn years<'a>(table: &'a Table, config: &'a TableConfig) -> impl Iterator<Item = i32> + 'a {
    let is_persons = |column: &&Column| config.person.as_deref() == Some(column.name());
    table.columns().iter().filter(move |column| !is_persons(column)).flat_map(move |column: &Column| {
        let meaning = Meaning::of(column.name(), column.dictionary(), config);
        let dates: &[String] = if meaning.has_years() { column.dictionary() } else { &[] };
        let years = dates.iter().filter_map(move |value| meaning.year(value.trim(), None));
        years.filter(|year| is_plausible(*year) && (FIRST_YEAR..=LAST_YEAR).contains(year))
    })
}

/// The year of a date that ends in two digits of it, `03.05.61` or `3-May-61`: the last such year up to the one in which ages are counted.
pub(super) fn year_of_two_digits(text: &str, reference: i32) -> Option<i32> {
    let date = text.split([' ', 'T']).next()?;
    let mark = ['.', '/', '-'].into_iter().find(|mark| date.matches(*mark).count() == 2)?;
    let mut parts = date.split(mark);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
    let in_words = month.len() >= 3 && month.chars().all(char::is_alphabetic);
    // With dashes and digits alone the year may be first.
    let fits = is_number(day) && (in_words || (is_number(month) && mark != '-')) && year.len() == 2 && is_number(year);
    let short: i32 = year.parse().ok().filter(|_| fits)?;
    let century = reference.div_euclid(100) * 100;
    Some(if century + short <= reference { century + short } else { century - 100 + short })
}

/// The year of a year with its month in six digits: `202010`.
pub(super) fn year_of_month(text: &str) -> Option<i32> {
    let number: i32 =
        text.parse().ok().filter(|_| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(number / 100).filter(|year| (1850..2100).contains(year) && (1..=12).contains(&(number % 100)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_two_digits_is_the_last_one_that_was() {
        for (text, year) in [
            ("03.05.61", Some(1961)),
            ("3/14/19", Some(2019)),
            ("03-MAY-61", Some(1961)),
            ("03.05.26 14:00", Some(2026)),
            ("03.05.27", Some(1927)),
            ("14-03-19", None),
            ("3.5", None),
        ] {
            assert_eq!(year_of_two_digits(text, 2026), year, "{text}");
        }
    }

    #[test]
    fn years_far_from_people_are_no_reference_and_the_release_is_one() {
        let column = |name: &str, values: &[&str]| Column::from_values(name, values.iter());
        let dates = ["2019-01-01", "9999-12-31", "2999-01-01", "2099-12-31", "1899-12-30"];
        let table = Table::new("t", vec![column("visit_date", &dates)]).unwrap_or_else(|| unreachable!("one column"));
        let year = |release_year: Option<i32>, reference_year: Option<i32>| {
            reference_year_of(&table, release_year, reference_year)
        };
        assert_eq!(year(None, None), Some(2019));
        assert_eq!(year(Some(2024), None), Some(2024));
        assert_eq!(year(Some(2024), Some(2015)), Some(2024));
        assert_eq!(year(None, Some(2015)), Some(2019));
        assert_eq!(
            (year(Some(1960), None), year(None, Some(1960)), year(Some(1960), Some(1950))),
            (Some(2019), Some(2019), Some(2019))
        );
    }

    fn reference_year_of(table: &Table, release_year: Option<i32>, reference_year: Option<i32>) -> Option<i32> {
        super::reference_year(table, &DeidConfig { release_year, reference_year, ..DeidConfig::default() })
    }
}
