//! Columns in which hardly anybody shares a value: numbers of people, unless they are plain measures, diagnoses or answers.
//!
//! A column is nearly unique when at least half of its known rows have a value that fewer than `k` rows share; in tables of so few rows that
//! any value is rare, and under headers of measures and diagnoses, one that occurs once. What makes numbers a plain measure:
//!
//! - decimals: at most three digits behind the point, or more under a header that tells of a measure (coordinates have more);
//! - whole numbers that neither begin with a zero nor are of like length (four digits or more) nor follow one another, that is: fill at
//!   least half of their span, or only rise or only fall from row to row. Under a header that tells of a measure they may be of like length
//!   up to six digits, and rise or fall.

use medshare_deid_anon::ANY;
use medshare_deid_records::Column;

use super::cells::is_diagnosis_code;
use super::values::{is_missing, number_of};
use super::vocabulary::{Concept, Concepts, concepts_of};

/// Known rows below which nothing is said of a column.
const LEAST_ROWS: usize = 5;
/// Known rows, as so many times `k`, from which on a value is rare that fewer than `k` rows have.
const LEAST_CLASSES: usize = 8;
/// Digits of numbers that are given to people at least, and under a header that tells of a measure.
const GIVEN_DIGITS: usize = 4;
const GIVEN_DIGITS_OF_MEASURES: usize = 7;
/// Digits behind the point of a measure at most.
const MOST_DECIMALS: usize = 3;
/// Numbers that are said to follow one another at least.
const LEAST_RUN: usize = 10;

/// Whether nearly every row has a value of its own by which a person is found, so that the column must not leave as it is.
pub(crate) fn singles_out(column: &Column, k: u32) -> bool {
    is_nearly_unique(column, k as usize) && !is_harmless(column)
}

fn is_known(value: &str) -> bool {
    !is_missing(value) && value != ANY
}

/// Whether at least half of the known rows have a value that is nearly theirs alone.
fn is_nearly_unique(column: &Column, k: usize) -> bool {
    let counts = column.frequencies();
    let known = || column.dictionary().iter().zip(&counts).filter(|(value, count)| **count > 0 && is_known(value));
    let rows: usize = known().map(|(_, count)| count).sum();
    let shared = if rows >= LEAST_CLASSES * k && !is_clinical(concepts_of(column.name())) { k } else { 2 };
    let alone: usize = known().map(|(_, count)| count).filter(|count| **count < shared).sum();
    rows >= LEAST_ROWS && alone * 2 >= rows
}

/// Whether a header tells of measures, drugs or diagnoses, of which each person has her own, and of no numbers of people.
fn is_clinical(concepts: Concepts) -> bool {
    concepts.has(Concept::Diagnosis) || is_of_measures(concepts)
}

fn is_of_measures(concepts: Concepts) -> bool {
    concepts.has_any(&[Concept::Laboratory, Concept::Vital, Concept::Measure, Concept::Drug, Concept::Body])
        && !concepts.has_any(&[Concept::Number, Concept::Counted, Concept::Person])
}

/// A plain measure, or codes under a header that tells of diagnoses.
fn is_harmless(column: &Column) -> bool {
    let concepts = concepts_of(column.name());
    let values = || column.dictionary().iter().map(|value| value.trim()).filter(|value| is_known(value));
    let all = values().count();
    if concepts.has(Concept::Diagnosis) && values().filter(|value| is_diagnosis_code(value)).count() * 20 >= all * 19 {
        return true;
    }
    let is_measure = is_of_measures(concepts);
    let numbers: Vec<(&str, f64)> = values().filter_map(|value| Some((value, measured(value)?))).collect();
    if numbers.len() * 20 < all * 19 {
        return false;
    }
    if numbers.iter().filter(|(_, number)| number.fract() != 0.0).count() * 4 >= numbers.len() {
        let fine = |value: &str| value.split(['.', ',']).nth(1).is_some_and(|part| part.len() > MOST_DECIMALS);
        return is_measure || numbers.iter().filter(|(value, _)| fine(value)).count() * 10 < numbers.len();
    }
    !are_given(column, &numbers, is_measure)
}

/// The number of a value, behind a comparator; of two of a pressure as decimals, since nobody has such a number.
fn measured(value: &str) -> Option<f64> {
    let value = value.trim_start_matches(['<', '>', '=', '≤', '≥', '~', ' ']);
    let part = |text: &str| text.parse::<u16>().ok().filter(|_| (2..=3).contains(&text.len()));
    match value.split_once('/') {
        Some((systolic, diastolic)) => Some(f64::from(part(systolic)?) + f64::from(part(diastolic)?) / 1000.0),
        None => number_of(value),
    }
}

/// Whether whole numbers look as if they were given to people.
fn are_given(column: &Column, numbers: &[(&str, f64)], is_measure: bool) -> bool {
    if numbers.iter().any(|(value, _)| value.len() > 1 && value.starts_with('0') && !value.contains(['.', ','])) {
        return true;
    }
    let digits = |number: f64| format!("{:.0}", number.abs()).len();
    let most = if is_measure { GIVEN_DIGITS_OF_MEASURES } else { GIVEN_DIGITS };
    let mut lengths = [0usize; 32];
    for (_, number) in numbers {
        if let Some(slot) = lengths.get_mut(digits(*number).min(31)) {
            *slot += 1;
        }
    }
    let alike = lengths.iter().skip(most).any(|count| count * 10 >= numbers.len() * 9);
    let (low, high) = numbers
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, number)| (low.min(*number), high.max(*number)));
    let dense = numbers.len() >= LEAST_RUN && numbers.len() as f64 * 2.0 >= high - low + 1.0;
    alike || dense || (!is_measure && runs(column))
}

/// Whether the numbers only rise or only fall from row to row.
fn runs(column: &Column) -> bool {
    let numbers: Vec<f64> = column.values().filter_map(|value| measured(value.trim())).collect();
    let steps = || numbers.iter().zip(numbers.iter().skip(1));
    let (up, down) = (steps().filter(|(a, b)| a < b).count(), steps().filter(|(a, b)| a > b).count());
    numbers.len() >= LEAST_RUN && up.max(down) * 20 >= (numbers.len() - 1) * 19
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(name: &str, value: impl Fn(u64) -> String) -> bool {
        singles_out(&Column::from_values(name, (0..60).map(value)), 5)
    }

    /// Numbers in no order.
    fn any(row: u64) -> u64 {
        (row + 1).wrapping_mul(2_654_435_761) >> 7
    }

    #[test]
    fn a_number_with_two_rows_is_rare_where_k_rows_are_asked_for() {
        let pairs = |row: u64| format!("P-{}", any(row / 2));
        assert!(out("x", pairs));
        assert!(!singles_out(&Column::from_values("x", (0..60).map(pairs)), 2));
        assert!(!out("x", |row| format!("P-{}", any(row / 6))));
        assert!(!singles_out(&Column::from_values("x", (0..12).map(pairs)), 5), "of few rows nothing is said");
    }

    #[test]
    fn numbers_of_people_single_out_and_measures_do_not() {
        assert!(!out("x", |row| format!("{}.{:02}", 3 + any(row) % 9, any(row) % 89)), "glucose");
        assert!(!out("x", |row| format!("{},{:02}", 3 + any(row) % 9, any(row) % 89)), "glucose with a comma");
        assert!(!out("Thrombozyten", |row| (150_000 + any(row) % 300_000).to_string()), "platelets");
        assert!(!out("BP", |row| format!("{}/{}", 100 + any(row) % 89, 60 + any(row) % 37)), "pressures");
        assert!(!out("crp", |row| format!("<{}.{}", row % 7, any(row) % 97)), "comparators");
        assert!(!out("x", |row| (any(row) % 1_900 / (1 + row % 40)).to_string()), "counts of many lengths");
        assert!(!out("sex", |row| if row % 2 == 0 { "m".to_owned() } else { "f".to_owned() }));
        assert!(!out("diagnosis", |row| format!("E{:02}.{}", 10 + row % 80, row % 9)), "codes of diagnoses");
        for (name, of) in [
            ("in order", (|row| (row + 1).to_string()) as fn(u64) -> String),
            ("of like length", |row| (4_000 + any(row) % 5_900).to_string()),
            ("with zeros", |row| format!("{:05}", any(row) % 9_000)),
            ("rising", |row| (row * row * 7 + 3).to_string()),
            ("as decimals", |row| format!("{}.0", 10_000 + any(row) % 80_000)),
            ("latitudes", |row| format!("51.{:06}", 100_000 + any(row) % 800_000)),
            ("letters", |row| format!("P-{}", any(row))),
            ("words", |row| format!("word{}", any(row))),
        ] {
            assert!(out("x", of), "{name}");
        }
        assert!(out("glucose", |row| (row + 1).to_string()), "in order under a known header");
        assert!(out("lab_id", |row| (100_000 + any(row) % 800_000).to_string()), "a number by its name");
    }
}
