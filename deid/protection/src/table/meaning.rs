//! What a column's values are, how each of them is told at the least, and which of them no column may tell.
//!
//! HIPAA Safe Harbor (45 CFR 164.514(b)(2)(i)(B, C)): of dates the year, of ZIP codes the area, and no age over 89, nor a year that tells
//! one.

use crate::category::Category;
use crate::config::DeidConfig;
use medshare_deid_anon::ANY;
use medshare_deid_identifiers::{CountedDates, RestrictedZips, Shape, counted_dates, shapes_in};
use medshare_deid_records::{Column, Table};

use super::values::{
    and_above, and_below, is_full_date, is_missing, is_plausible, is_year, number_of, position_of, range_of, year_of,
    zip_of,
};
use super::words::words;

/// Oldest age that is told; from it on there is one class.
const OLDEST_AGE: i32 = 90;
/// A column without a number up to this holds no ages but, for instance, years of birth.
const MOST_YEARS: f64 = 150.0;
const BIRTH_WORDS: [&str; 7] = ["birth", "born", "dob", "yob", "birthyear", "birthdate", "birthday"];
/// What else is told of a birth.
const NO_BIRTH_WORDS: [&str; 4] = ["weight", "length", "height", "order"];

/// The form of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// Dates, or years of birth.
    Date,
    /// US ZIP codes.
    Zip,
    /// Ages in years.
    Age,
    /// Ranges of numbers such as `[70-80)`.
    Range,
    /// Numbers.
    Number,
    /// Anything else.
    Text,
}

/// What a column's values are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning {
    pub(super) kind: ValueKind,
    is_age: bool,
    pub(super) is_birth: bool,
    /// What the numbers of a column of dates count.
    counted: Option<CountedDates>,
}

impl Meaning {
    /// By the column's name and its distinct values.
    pub(super) fn of(name: &str, dictionary: &[String]) -> Self {
        let words = words(name);
        let named = |list: &[&str]| words.iter().any(|own| list.contains(&own.as_str()));
        let is_birth = named(&BIRTH_WORDS) && !named(&NO_BIRTH_WORDS);
        let known = dictionary.iter().map(|value| value.trim()).filter(|value| !is_missing(value) && *value != ANY);
        let counted = counted_dates(&words, known);
        let kind = if counted.is_some() { ValueKind::Date } else { kind_of(named, is_birth, dictionary) };
        Meaning { kind, is_age: named(&["age"]), is_birth, counted }
    }

    /// Whether the values are dates of events and not of births.
    pub(super) fn is_of_events(self) -> bool {
        self.kind == ValueKind::Date && !self.is_birth
    }

    /// The year that a value tells.
    fn year(self, value: &str) -> Option<i32> {
        self.counted.and_then(|counted| counted.year_of(value)).or_else(|| year_of(value))
    }

    /// A value as it is told at the least: dates as years, ZIP codes as areas, ages and years that tell them capped.
    /// Values that do not fit their column are kept only if they are not dates.
    pub(super) fn base(self, value: &str, zips: &RestrictedZips, oldest_year: Option<i32>) -> String {
        let trimmed = value.trim();
        match self.kind {
            ValueKind::Date => match (self.year(trimmed), oldest_year) {
                (Some(year), Some(oldest)) if year <= oldest => and_below(f64::from(oldest)),
                (Some(year), _) => format!("{year:04}"),
                (None, _) => String::new(),
            },
            ValueKind::Zip => zip_of(trimmed).and_then(|zip| zips.area_of(&zip)).unwrap_or_default(),
            ValueKind::Age | ValueKind::Range if self.is_age => match position_of(trimmed) {
                Some(age) if age >= f64::from(OLDEST_AGE) => and_above(f64::from(OLDEST_AGE)),
                _ => value.to_owned(),
            },
            _ => value.to_owned(),
        }
    }

    /// What a value tells that no value outside a direct identifier may tell.
    pub(super) fn identifying(self, value: &str, oldest_year: Option<i32>) -> Vec<Category> {
        if self.counted.is_some_and(|counted| counted.year_of(value).is_some()) {
            return vec![Category::Date];
        }
        let shapes = shapes_in(value);
        let mut found: Vec<Category> = shapes.iter().copied().map(Category::from).collect();
        match self.kind {
            ValueKind::Zip if zip_of(value.trim()).is_some_and(|zip| zip.len() > 3) => found.push(Category::Address),
            ValueKind::Age if number_of(value).is_some_and(|age| age >= f64::from(OLDEST_AGE)) => {
                found.push(Category::AgeOver89);
            }
            _ if (self.is_birth || self.kind == ValueKind::Date)
                && oldest_year.is_some_and(|oldest| last_year(value).is_some_and(|year| year < oldest)) =>
            {
                found.push(Category::AgeOver89);
            }
            _ => {}
        }
        // A month of a year has no shape of its own; a column may hold few dates among other texts.
        if self.kind != ValueKind::Range && is_full_date(value) && !found.contains(&Category::Date) {
            found.push(Category::Date);
        }
        found.retain(|category| *category != Category::Identifier || shapes != [Shape::FullDate]);
        found.dedup();
        found
    }
}

fn kind_of(named: impl Fn(&[&str]) -> bool, is_birth: bool, dictionary: &[String]) -> ValueKind {
    let known = || dictionary.iter().map(|value| value.trim()).filter(|value| !is_missing(value) && *value != ANY);
    let count = known().count();
    let mostly =
        |test: &dyn Fn(&str) -> bool| count > 0 && known().filter(|value| test(value)).count() * 10 >= count * 9;
    let any = |test: &dyn Fn(&str) -> bool| known().any(test);
    // What a name tells holds for every value that fits, however few do: the others are no reason to tell these.
    if mostly(&|value| is_full_date(value) || (is_birth && is_year(value))) {
        ValueKind::Date
    } else if named(&["zip", "postal", "postcode", "zipcode"]) && any(&medshare_deid_identifiers::is_zip) {
        ValueKind::Zip
    } else if mostly(&|value| range_of(value).is_some()) {
        ValueKind::Range
    } else if named(&["age"]) && any(&|value| number_of(value).is_some_and(|number| number <= MOST_YEARS)) {
        ValueKind::Age
    } else if named(&["id", "code", "type", "nbr", "key"]) {
        // Numbers that name things have no size.
        ValueKind::Text
    } else if mostly(&|value| number_of(value).is_some()) {
        ValueKind::Number
    } else {
        ValueKind::Text
    }
}

/// The last year that a value may mean: a band that reaches into younger years tells no age.
fn last_year(value: &str) -> Option<i32> {
    match range_of(value) {
        Some((_, end)) => Some(end.ceil() as i32 - 1),
        None => year_of(value.trim()),
    }
}

/// The last year of birth that tells an age of 90 or more in the year in which ages are counted.
pub(super) fn oldest_year(table: &Table, config: &DeidConfig) -> Option<i32> {
    Some(reference_year(table, config)? - OLDEST_AGE)
}

/// The year in which ages are counted: as configured, or the latest one in the table's dates. What is released of a table tells no later
/// one, so that nobody becomes older by being released.
pub(crate) fn reference_year(table: &Table, config: &DeidConfig) -> Option<i32> {
    config.reference_year.or_else(|| years(table, config.table.person.as_deref()).map(|(_, year)| year).max())
}

/// The latest year in the table's dates, if some of them are of events and not of births only.
pub(crate) fn latest_event_year(table: &Table) -> Option<i32> {
    let of_events = years(table, None).any(|(is_birth, _)| !is_birth);
    years(table, None).map(|(_, year)| year).max().filter(|_| of_events)
}

/// The years in a table's dates, and whether they are of births. In a column of births every year counts, whatever else is in it: what is
/// emptied there must not make dates of the rest. Numbers of people tell none, whatever they are called: pseudonyms have such digits.
fn years<'a>(table: &'a Table, person: Option<&'a str>) -> impl Iterator<Item = (bool, i32)> + 'a {
    table.columns().iter().filter(move |column| Some(column.name()) != person).flat_map(|column: &Column| {
        let meaning = Meaning::of(column.name(), column.dictionary());
        let dates: &[String] =
            if meaning.kind == ValueKind::Date || meaning.is_birth { column.dictionary() } else { &[] };
        let years = dates.iter().filter_map(move |value| meaning.year(value.trim())).filter(|year| is_plausible(*year));
        years.map(move |year| (meaning.is_birth, year))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, values: &[&str]) -> Vec<String> {
        let dictionary: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        let meaning = Meaning::of(name, &dictionary);
        values.iter().map(|value| meaning.base(value, &RestrictedZips::Both, Some(1929))).collect()
    }

    #[test]
    fn zip_codes_become_areas_however_few_and_however_written() {
        assert_eq!(told("zip", &["n/a", "elsewhere", "abroad", "01940"]), ["", "", "", "019"]);
        assert_eq!(told("ZipCode", &["1940", "3601", "94103-1234", "019"]), ["019", "000", "941", "019"]);
        assert_eq!(told("zip2", &["01940"]), ["019"]);
    }

    #[test]
    fn ages_above_89_are_one_class_however_few_are_numbers() {
        assert_eq!(told("age", &["adult", "child", "senior", "93"]), ["adult", "child", "senior", "90+"]);
        assert_eq!(told("age", &["[80-90)", "[90-100)", "95"]), ["[80-90)", "90+", "90+"]);
        assert_eq!(told("age", &["91,5", "89,75", "0,700"]), ["90+", "89,75", "0,700"]);
        assert_eq!(told("weight", &["95", "120"]), ["95", "120"]);
    }

    #[test]
    fn years_that_tell_an_age_above_89_are_one_class() {
        assert_eq!(told("birth_date", &["1910-03-01", "1929-01-01", "1930-01-01"]), ["<=1929", "<=1929", "1930"]);
        assert_eq!(told("BirthYear", &["1910", "1950"]), ["<=1929", "1950"]);
        assert_eq!(told("founded", &["1910", "1950"]), ["1910", "1950"]);
        assert_eq!(told("birth_weight", &["1910", "3300"]), ["1910", "3300"]);
        let meaning = Meaning::of("birth_year", &["[1910, 1915)".to_owned(), "<=1929".to_owned()]);
        assert_eq!(meaning.identifying("[1910, 1915)", Some(1929)), [Category::AgeOver89]);
        for harmless in ["<=1929", "[1925, 1930)", "[1920, 1940)", "<1935"] {
            assert_eq!(meaning.identifying(harmless, Some(1929)), []);
        }
    }
}
