//! What a column's values are, how each of them is told at the least, and which of them no column may tell.
//!
//! HIPAA Safe Harbor (45 CFR 164.514(b)(2)(i)(B, C)): of dates the year, of ZIP codes the area, and no age over 89, nor a year that tells
//! one.

use crate::category::Category;
use crate::config::{ColumnKind, TableConfig};
use medshare_deid_anon::ANY;
use medshare_deid_identifiers::{CountedDates, RestrictedZips, Shape, counted_dates, shapes_in};

use super::ages::{OLDEST_EVER, age_in_words, age_of, is_above, unit_of};
use super::postcodes::postal_area;
use super::values::{
    and_above, and_below, bound_above, is_full_date, is_missing, is_year, number_of, plain, range_of, year_of, zip_of,
};
use super::vocabulary::{Concept, Concepts, concepts_of};
use super::words::words;
use super::years::{Years, year_of_two_digits};

/// Oldest age that is told; from it on there is one class.
pub(super) const OLDEST_AGE: i32 = 90;

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
}

impl Meaning {
    /// By the column's name, its distinct values, and what is configured.
    pub(super) fn of(name: &str, dictionary: &[String], config: &TableConfig) -> Self {
        let (words, concepts) = (words(name), Told::by(name, config));
        let known = dictionary.iter().map(|value| value.trim()).filter(|value| !is_missing(value) && *value != ANY);
        let counted = counted_dates(&words, concepts.may_count, known.clone());
        let per_year = unit_of(name);
        // Under a header of ages, years are ones of births.
        let in_years = concepts.is_age && {
            let all = known.clone().count();
            all > 0 && known.filter(|value| is_year(value)).count() * 10 >= all * 9
        };
        let told = Told { is_birth: concepts.is_birth || in_years, ..concepts };
        let names_things = words.iter().any(|word| ["id", "code", "type", "nbr", "key"].contains(&word.as_str()));
        let kind = if counted.is_some() { ValueKind::Date } else { kind_of(told, names_things, per_year, dictionary) };
        Meaning { kind, is_age: told.is_age, is_birth: told.is_birth, per_year, counted }
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
        let counted = self.counted.and_then(|counted| counted.year_of(value));
        counted.or_else(|| year_of(value)).or_else(|| year_of_two_digits(value, reference?))
    }

    /// A value as it is told at the least: dates as years, postcodes as areas, ages and years that tell them capped. Values that do not fit
    /// their column, and years that mean that something has no end, are kept only if they are not dates.
    pub(super) fn base(self, value: &str, zips: &RestrictedZips, years: Years) -> String {
        let trimmed = value.trim();
        match self.kind {
            ValueKind::Date => match (self.year(trimmed, years.reference), years.oldest) {
                (Some(year), _) if year > years.last => String::new(),
                (Some(year), Some(oldest)) if year <= oldest => and_below(f64::from(oldest)),
                (Some(year), _) => format!("{year:04}"),
                (None, _) => String::new(),
            },
            ValueKind::Zip => zip_of(trimmed).and_then(|zip| zips.area_of(&zip)).unwrap_or_default(),
            ValueKind::Postcode => postal_area(trimmed).unwrap_or_default(),
            ValueKind::Age | ValueKind::Range if self.is_age => self.age(value),
            _ => value.to_owned(),
        }
    }

    /// An age as it is told at the least: in whole years if it is written with a unit, one class from 90 on, and nothing for what nobody
    /// reaches, such as 999.
    fn age(self, value: &str) -> String {
        let (trimmed, oldest) = (value.trim(), f64::from(OLDEST_AGE));
        let first_of_oldest = (oldest * self.per_year).ceil();
        if is_above(trimmed, oldest, self.per_year) {
            return and_above(first_of_oldest);
        }
        match age_of(trimmed, self.per_year) {
            Some(age) if !(0.0..=OLDEST_EVER).contains(&age) => String::new(),
            Some(age) if age >= oldest => and_above(first_of_oldest),
            Some(_) if number_of(trimmed).is_some() => value.to_owned(),
            Some(age) => plain((age * self.per_year + 1e-9).floor()),
            None if age_in_words(trimmed).is_some_and(|age| age >= first_of_oldest) => and_above(first_of_oldest),
            None => value.to_owned(),
        }
    }

    /// What a value tells that no value outside a direct identifier may tell.
    pub(super) fn identifying(self, value: &str, oldest_year: Option<i32>) -> Vec<Category> {
        if self.counted.is_some_and(|counted| counted.year_of(value).is_some()) {
            return vec![Category::Date];
        }
        let shapes = shapes_in(value);
        let mut found: Vec<Category> = shapes.iter().copied().map(Category::from).collect();
        let trimmed = value.trim();
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
            ValueKind::Age if too_old() => found.push(Category::AgeOver89),
            _ if self.has_years()
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

/// What a header or the configuration tells of a column's values.
#[derive(Clone, Copy, Debug)]
struct Told {
    is_age: bool,
    is_birth: bool,
    is_dated: bool,
    is_postcode: bool,
    /// Whether numbers may count days or seconds: not those of something measured at some date.
    may_count: bool,
}

impl Told {
    fn by(name: &str, config: &TableConfig) -> Self {
        let concepts: Concepts = concepts_of(name);
        let kind = config.kinds.get(name).copied();
        let is = |concept, wanted| concepts.has(concept) || kind == Some(wanted);
        let measures = [Concept::Laboratory, Concept::Vital, Concept::Measure, Concept::Body, Concept::Counted];
        let is_dated = concepts.has_any(&[Concept::Date, Concept::Birth]) && !concepts.has_any(&measures);
        let is_timed = concepts.has_any(&[Concept::Age, Concept::Birth, Concept::Date]) || kind.is_some();
        Told {
            is_age: is(Concept::Age, ColumnKind::Age),
            is_birth: is(Concept::Birth, ColumnKind::Birth),
            is_dated: is(Concept::Date, ColumnKind::Date),
            is_postcode: kind == Some(ColumnKind::Postcode) || (concepts.has(Concept::Postcode) && !is_timed),
            may_count: is_dated || matches!(kind, Some(ColumnKind::Date | ColumnKind::Birth)),
        }
    }
}

/// Whether a class of ages, told in words, is the one that is open above: `90 or more`.
fn is_open(text: &str, first: f64, per_year: f64) -> bool {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).count();
    numbers == 1 && first == (f64::from(OLDEST_AGE) * per_year).ceil()
}

fn kind_of(told: Told, names_things: bool, per_year: f64, dictionary: &[String]) -> ValueKind {
    let known = || dictionary.iter().map(|value| value.trim()).filter(|value| !is_missing(value) && *value != ANY);
    let count = known().count();
    let mostly =
        |test: &dyn Fn(&str) -> bool| count > 0 && known().filter(|value| test(value)).count() * 10 >= count * 9;
    let any = |test: &dyn Fn(&str) -> bool| known().any(test);
    let is_age = |value: &str| {
        let age = age_of(value, per_year).or_else(|| Some(age_in_words(value)? / per_year));
        age.is_some_and(|age| age <= OLDEST_EVER) || is_year(value)
    };
    // What a name tells holds for every value that fits, however few do: the others are no reason to tell these.
    if told.is_postcode && any(&medshare_deid_identifiers::is_zip) {
        ValueKind::Zip
    } else if told.is_postcode && count > 0 {
        ValueKind::Postcode
    } else if mostly(&|value| is_full_date(value) || (told.is_birth && is_year(value)))
        || ((told.is_dated || told.is_birth) && any(&|value| is_full_date(value) || is_year(value)))
    {
        ValueKind::Date
    } else if mostly(&|value| range_of(value).is_some()) {
        ValueKind::Range
    } else if told.is_age && any(&is_age) {
        ValueKind::Age
    } else if names_things {
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
