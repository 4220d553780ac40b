//! What a column's values are, as header, configuration and content say.
//!
//! What a header says holds whatever the values look like: what cannot be read as a date, an age or a postcode is told as nothing. What is
//! configured only adds to it, so that nobody makes an age of a postcode.

use crate::config::{ColumnKind, TableConfig};
use medshare_deid_identifiers::is_month_name;

use super::ages::{OLDEST_EVER, age_in_words, age_of};
use super::cells::is_answer;
use super::letters::folded;
use super::meaning::ValueKind;
use super::values::{is_full_date, is_year, number_of, number_range, range_of};
use super::vocabulary::{Concept, concepts_of};
use super::years::year_of_month;

/// What a header or the configuration tells of a column's values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) is_age: bool,
    pub(super) is_birth: bool,
    is_dated: bool,
    pub(super) is_postcode: bool,
    /// Whether the values are dates whatever they look like.
    is_surely_dated: bool,
    /// Whether numbers may count days or seconds: not those of something measured at some date.
    pub(super) may_count: bool,
    names_things: bool,
}

/// Whether a column holds parts of dates, such as months and days: one that is not measured, and not the fourth week's.
pub(super) fn is_part_of_date(name: &str) -> bool {
    let concepts = concepts_of(name);
    let others = [Concept::Drug, Concept::Age, Concept::Diagnosis, Concept::Text];
    concepts.has(Concept::Part)
        && !concepts.has_any(&MEASURES)
        && !concepts.has_any(&others)
        && (concepts.has_any(&[Concept::Date, Concept::Birth]) || !name.contains(|c: char| c.is_ascii_digit()))
}

/// Columns whose words measure something at some date.
const MEASURES: [Concept; 5] = [Concept::Laboratory, Concept::Vital, Concept::Measure, Concept::Body, Concept::Counted];
/// Parts of words that tell of dates and of nothing else; `visit` and `start` may tell of numbers and kinds.
const DATED: [&str; 15] = [
    "dat",
    "fecha",
    "日",
    "年",
    "تاريخ",
    "سنه",
    "dob",
    "geb",
    "jahr",
    "year",
    "anno",
    "annee",
    "jaar",
    "birth",
    "born",
];
/// Numbers below it may count visits.
const MOST_VISITS: f64 = 1000.0;

impl Told {
    /// By a column's name, its words, and the known distinct values.
    pub(super) fn by(name: &str, words: &[String], known: &[&str], config: &TableConfig) -> Self {
        let concepts = concepts_of(name);
        let kind = config.kinds.get(name).copied();
        let is_timed = concepts.has_any(&[Concept::Age, Concept::Birth, Concept::Date]);
        let is_measure = concepts.has_any(&MEASURES);
        let is_age = concepts.has(Concept::Age) || kind == Some(ColumnKind::Age);
        let is_dated = concepts.has_any(&[Concept::Date, Concept::Birth]) && !is_measure;
        // Under a header of ages, years are ones of births.
        let is_birth = concepts.has(Concept::Birth)
            || kind == Some(ColumnKind::Birth)
            || (concepts.has(Concept::Age) && mostly(known, |value| is_year(value) || is_band_of_years(value)));
        let names_things = words.iter().any(|word| ["id", "code", "type", "nbr", "key"].contains(&word.as_str()));
        let is_plainly = {
            let name = folded(name);
            DATED.iter().any(|part| name.contains(part))
        };
        let may_be_other = names_things
            || concepts.has(Concept::KindOf)
            || known.iter().all(|value| {
                number_range(value).is_some_and(|(from, to)| {
                    from > -MOST_VISITS && (to < MOST_VISITS || to.is_infinite()) && from < MOST_VISITS
                })
            });
        let is_part = is_part_of_date(name);
        let is_configured = matches!(kind, Some(ColumnKind::Date | ColumnKind::Birth));
        Told {
            is_age,
            is_birth,
            is_dated: is_dated || kind == Some(ColumnKind::Date),
            is_postcode: (concepts.has(Concept::Postcode) || kind == Some(ColumnKind::Postcode)) && !is_timed,
            is_surely_dated: is_configured
                || is_part
                || (is_birth && !is_measure)
                || (is_dated && (is_plainly || !may_be_other)),
            may_count: is_dated || is_configured,
            names_things,
        }
    }
}

fn mostly(known: &[&str], test: impl Fn(&str) -> bool) -> bool {
    !known.is_empty() && known.iter().filter(|value| test(value)).count() * 10 >= known.len() * 9
}

/// The form of a column's values, and whether header or configuration say so, so that no other leaves.
pub(super) fn kind_of(told: Told, per_year: f64, known: &[&str]) -> (ValueKind, bool) {
    let any = |test: &dyn Fn(&str) -> bool| known.iter().any(|value| test(value));
    let is_age = |value: &str| {
        let age = age_of(value, per_year).or_else(|| Some(age_in_words(value)? / per_year));
        age.is_some_and(|age| age <= OLDEST_EVER) || is_year(value)
    };
    let is_range = |value: &str| range_of(value).is_some();
    // Whether somebody was born here, or is of age: `yes` and `no`.
    let are_told_by_answers = !known.is_empty()
        && known.iter().flat_map(|value| members(value)).all(|value| is_answer(value) || matches!(value, "0" | "1"));
    if told.is_postcode {
        (if any(&medshare_deid_identifiers::is_zip) { ValueKind::Zip } else { ValueKind::Postcode }, true)
    } else if told.is_surely_dated && !are_told_by_answers {
        (ValueKind::Date, true)
    } else if mostly(known, |value| is_full_date(value) || (told.is_birth && is_year(value)))
        || ((told.is_dated || told.is_birth) && any(&|value| is_full_date(value) || is_year(value)))
        || are_months(known)
    {
        (ValueKind::Date, false)
    } else if told.is_age && !are_told_by_answers {
        (if mostly(known, is_range) { ValueKind::Range } else { ValueKind::Age }, true)
    } else if mostly(known, is_range) {
        (ValueKind::Range, false)
    } else if told.is_age && any(&is_age) {
        (ValueKind::Age, false)
    } else if told.names_things {
        // Numbers that name things have no size.
        (ValueKind::Text, false)
    } else if mostly(known, |value| number_of(value).is_some()) {
        (ValueKind::Number, false)
    } else {
        (ValueKind::Text, false)
    }
}

/// Distinct values from which on a form that single values may have by chance is one of their column.
const LEAST_MONTHS: usize = 3;

/// Whether a column's values are months by themselves: of a year, `202010`, or of any, `February`.
pub(super) fn are_months(known: &[&str]) -> bool {
    known.len() >= LEAST_MONTHS
        && (mostly(known, |value| year_of_month(value).is_some()) || mostly(known, is_month_name))
}

/// The members of a class `{no, yes}`, or the value.
fn members(value: &str) -> impl Iterator<Item = &str> {
    value.trim_start_matches('{').trim_end_matches('}').split(", ")
}

fn is_band_of_years(value: &str) -> bool {
    number_range(value).is_some_and(|(from, to)| {
        let is_year = |number: f64| (1800.0..2200.0).contains(&number);
        (is_year(from) && (is_year(to) || to.is_infinite())) || (from.is_infinite() && is_year(to))
    })
}
