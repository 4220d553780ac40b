//! What a column's values are, how each of them is told at the least, and which of them no column may tell.
//!
//! HIPAA Safe Harbor (45 CFR 164.514(b)(2)(i)(B, C)): of dates the year, of ZIP codes the area, and no age over 89, nor a year that tells
//! one.

use std::borrow::Cow;

use crate::category::Category;
use crate::config::TableConfig;
use medshare_deid_anon::ANY;
use medshare_deid_identifiers::{CountedDates, RestrictedZips, Shape, as_seen, counted_dates, shapes_in};

use super::ages::{OLDEST_EVER, age_in_words, age_of, is_above, unit_of};
use super::fits::{are_years, is_age, is_area};
use super::kind::{Told, are_months, kind_of};
use super::postcodes::postal_area;
use super::values::{
    and_above, and_below, bound_above, is_full_date, is_missing, number_of, plain, range_of, year_of, zip_of,
};
use super::words::words;
use super::years::{Years, year_of_month, year_of_two_digits};

/// Oldest age that is told; from it on there is one class.
pub(super) const OLDEST_AGE: i32 = 90;

/// Earlier years are none.
const FIRST_OF_ALL: i32 = 1000;

/// The form of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// Dates, or years of birth.
    Date,
    /// US ZIP codes.
    Zip,
    /// Postcodes of other countries.
    Postcode,
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
    /// How many of the unit of ages make a year.
    per_year: f64,
    /// What the numbers of a column of dates count.
    counted: Option<CountedDates>,
    /// Whether header, configuration or nearly all values say what the values are, so that none of another form leaves.
    is_told: bool,
    /// Whether its labels are those of a configured hierarchy.
    has_labels: bool,
    /// Whether its numbers are years with their month: `202010`.
    has_months: bool,
}

impl Meaning {
    /// By the column's name, its distinct values, and what is configured.
    pub(super) fn of(name: &str, dictionary: &[String], config: &TableConfig) -> Self {
        let words = words(name);
        let seen: Vec<Cow<'_, str>> = dictionary.iter().map(|value| as_seen(value.trim())).collect();
        let known: Vec<&str> =
            seen.iter().map(|value| value.trim()).filter(|value| !is_missing(value) && *value != ANY).collect();
        let told = Told::by(name, &words, &known, config);
        let counted = counted_dates(&words, told.may_count, known.iter().copied()).filter(|_| !told.is_postcode);
        let per_year = unit_of(name);
        let (kind, is_told) = kind_of(told, per_year, &known);
        let has_months = kind == ValueKind::Date && are_months(&known);
        Meaning {
            kind: if counted.is_some() { ValueKind::Date } else { kind },
            is_age: told.is_age,
            is_birth: told.is_birth,
            per_year,
            counted,
            is_told: is_told || has_months,
            has_labels: config.hierarchies.contains_key(name),
            has_months,
        }
    }

    /// Whether the values are dates of events and not of births.
    pub(super) fn is_of_events(self) -> bool {
        self.kind == ValueKind::Date && !self.is_birth
    }

    /// Whether its dates tell of years.
    pub(super) fn has_years(self) -> bool {
        self.kind == ValueKind::Date || self.is_birth
    }

    /// The year that a value tells; one of two digits up to the year in which ages are counted.
    pub(super) fn year(self, value: &str, reference: Option<i32>) -> Option<i32> {
        let seen = as_seen(value);
        let value = &*seen;
        let counted = self.counted.and_then(|counted| counted.year_of(value));
        let of_month = || year_of_month(value).filter(|_| self.has_months);
        counted.or_else(|| year_of(value)).or_else(of_month).or_else(|| year_of_two_digits(value, reference?))
    }

    /// A value as it is told at the least: dates as years, postcodes as areas, ages and years that tell them capped. Values of another form
    /// than these, and years that mean that something has no end, are told as nothing.
    pub(super) fn base(self, value: &str, zips: &RestrictedZips, years: Years) -> String {
        let seen = as_seen(value);
        let trimmed = seen.trim();
        match self.kind {
            ValueKind::Date => match (self.year(trimmed, years.reference), years.oldest) {
                (Some(year), _) if year > years.last || year < FIRST_OF_ALL => String::new(),
                (Some(year), Some(oldest)) if year <= oldest => and_below(f64::from(oldest)),
                (Some(year), _) => format!("{year:04}"),
                (None, _) => String::new(),
            },
            ValueKind::Zip => zip_of(trimmed).and_then(|zip| zips.area_of(&zip)).unwrap_or_default(),
            ValueKind::Postcode => postal_area(trimmed).unwrap_or_default(),
            ValueKind::Age | ValueKind::Range if self.is_age => self.age(value, trimmed),
            _ => value.to_owned(),
        }
    }

    /// An age as it is told at the least: in whole years if it is written with a unit, one class from 90 on, and nothing for what nobody
    /// reaches, such as 999.
    fn age(self, value: &str, trimmed: &str) -> String {
        let oldest = f64::from(OLDEST_AGE);
        let first_of_oldest = (oldest * self.per_year).ceil();
        let same = || if value.trim() == trimmed { value.to_owned() } else { trimmed.to_owned() };
        if is_above(trimmed, oldest, self.per_year) {
            return and_above(first_of_oldest);
        }
        match age_of(trimmed, self.per_year) {
            Some(age) if !(0.0..=OLDEST_EVER).contains(&age) => String::new(),
            Some(age) if age >= oldest => and_above(first_of_oldest),
            Some(_) if number_of(trimmed).is_some() => same(),
            Some(age) => plain((age * self.per_year + 1e-9).floor()),
            None if age_in_words(trimmed).is_some_and(|age| age >= first_of_oldest) => and_above(first_of_oldest),
            None if is_missing(trimmed) || is_age(trimmed, self.per_year) => same(),
            None => String::new(),
        }
    }

    /// Whether a value has the form that header or configuration demand.
    fn fits(self, seen: &str) -> bool {
        let is_labelled = self.has_labels || !self.is_told;
        is_labelled || is_missing(seen) || seen == ANY || self.has_form(seen)
    }

    fn has_form(self, seen: &str) -> bool {
        match self.kind {
            ValueKind::Date => are_years(seen),
            ValueKind::Zip | ValueKind::Postcode => is_area(seen),
            ValueKind::Age | ValueKind::Range => is_age(seen, self.per_year),
            ValueKind::Number | ValueKind::Text => true,
        }
    }

    /// What a value of another form than its column's is counted as.
    pub(super) fn category(self) -> Category {
        match self.kind {
            ValueKind::Zip | ValueKind::Postcode => Category::Address,
            ValueKind::Date => Category::Date,
            _ => Category::AgeOver89,
        }
    }

    /// What a value tells that no value outside a direct identifier may tell.
    pub(super) fn identifying(self, value: &str, oldest_year: Option<i32>) -> Vec<Category> {
        if self.counted.is_some_and(|counted| counted.year_of(value).is_some()) {
            return vec![Category::Date];
        }
        let shapes = shapes_in(value);
        let mut found: Vec<Category> = shapes.iter().copied().map(Category::from).collect();
        let seen = as_seen(value);
        let trimmed = seen.trim();
        let too_old = || {
            let in_words = || age_in_words(trimmed).filter(|age| !is_open(trimmed, *age, self.per_year));
            let age = age_of(trimmed, self.per_year).or_else(|| Some(in_words()? / self.per_year));
            bound_above(trimmed).is_none()
                && age.is_some_and(|age| (f64::from(OLDEST_AGE)..=OLDEST_EVER).contains(&age))
        };
        match self.kind {
            ValueKind::Zip if zip_of(trimmed).is_some_and(|zip| zip.len() > 3) => found.push(Category::Address),
            ValueKind::Postcode if postal_area(trimmed).is_some_and(|area| area != trimmed) => {
                found.push(Category::Address);
            }
            ValueKind::Age | ValueKind::Range if self.is_age && too_old() => found.push(Category::AgeOver89),
            _ if self.has_years()
                && oldest_year.is_some_and(|oldest| last_year(value).is_some_and(|year| year < oldest)) =>
            {
                found.push(Category::AgeOver89);
            }
            _ => {}
        }
        // A month of a year has no shape of its own; a column may hold few dates among other texts.
        if self.kind != ValueKind::Range
            && !(self.kind == ValueKind::Date && are_years(trimmed))
            && is_full_date(value)
            && !found.contains(&Category::Date)
        {
            found.push(Category::Date);
        }
        if !self.fits(trimmed) && !found.contains(&self.category()) {
            found.push(self.category());
        }
        found.retain(|category| *category != Category::Identifier || shapes != [Shape::FullDate]);
        found.dedup();
        found
    }
}

/// Whether a class of ages, told in words, is the one that is open above: `90 or more`.
fn is_open(text: &str, first: f64, per_year: f64) -> bool {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).count();
    numbers == 1 && first == (f64::from(OLDEST_AGE) * per_year).ceil()
}

/// The last year that a value may mean: a band that reaches into younger years tells no age.
fn last_year(value: &str) -> Option<i32> {
    match range_of(value) {
        Some((_, end)) => Some(end.ceil() as i32 - 1),
        None => year_of(value.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, values: &[&str]) -> Vec<String> {
        let dictionary: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        let meaning = Meaning::of(name, &dictionary, &TableConfig::default());
        let years = Years { reference: Some(2019), oldest: Some(1929), last: 2029 };
        values.iter().map(|value| meaning.base(value, &RestrictedZips::Both, years)).collect()
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
        assert_eq!(told("Alter", &["92y", "34 J.", "7 Monate", ">89", "999", "-1"]), ["90+", "34", "0", "90+", "", ""]);
        assert_eq!(
            told("age_group", &["95 to 99", "90 and older", "85-94", "<18", "12"]),
            ["90+", "90+", "85-94", "<18", "12"]
        );
        assert_eq!(told("edad meses", &["1104", "18"]), ["1080+", "18"]);
    }

    #[test]
    fn years_that_have_no_end_are_no_dates_and_days_are_known_by_their_header() {
        assert_eq!(told("valid_until", &["2021-03-01", "9999-12-31", "2099-12-31"]), ["2021", "", ""]);
        assert_eq!(told("Eintrittsdatum", &["43200", "43967"]), ["2018", "2020"]);
        assert_eq!(told("Postleitzahl", &["8004", "8005"]), ["80", "80"]);
    }

    #[test]
    fn years_that_tell_an_age_above_89_are_one_class() {
        assert_eq!(told("birth_date", &["1910-03-01", "1929-01-01", "1930-01-01"]), ["<=1929", "<=1929", "1930"]);
        assert_eq!(told("BirthYear", &["1910", "1950"]), ["<=1929", "1950"]);
        assert_eq!(told("founded", &["1910", "1950"]), ["1910", "1950"]);
        assert_eq!(told("Geburtsdatum", &["03.05.61", "12.11.28", "1.2.1950"]), ["1961", "<=1929", "1950"]);
        assert_eq!(told("Alter", &["1915", "1950"]), ["<=1929", "1950"]);
        assert_eq!(told("birth_weight", &["1910", "3300"]), ["1910", "3300"]);
        let meaning =
            Meaning::of("birth_year", &["[1910, 1915)".to_owned(), "<=1929".to_owned()], &TableConfig::default());
        assert_eq!(meaning.identifying("[1910, 1915)", Some(1929)), [Category::AgeOver89]);
        for harmless in ["<=1929", "[1925, 1930)", "[1920, 1940)", "<1935"] {
            assert_eq!(meaning.identifying(harmless, Some(1929)), []);
        }
    }
}
