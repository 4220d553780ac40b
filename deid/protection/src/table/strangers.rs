//! Cells of a measured column that are nothing measured: in a column of numbers a name is somebody's.

use medshare_deid_anon::ANY;
use medshare_deid_records::Column;

use super::ages::is_unit;
use super::cells::{is_answer, is_diagnosis_code, is_grade, is_pair, known, mostly};
use super::letters::folded;
use super::meaning::{Meaning, ValueKind};
use super::told::CLINICAL;
use super::values::{is_missing, number_of, number_range};
use super::vocabulary::Concept::{Name, Person, Place};
use super::vocabulary::concepts_of;

/// Letters that a word of a unit has at most, unless it is listed.
const LONGEST_UNIT: usize = 3;
/// Longer words of units.
const UNITS: &str = "mmol nmol pmol umol µmol μmol mosm mmhg torr kcal cells cell copies beats breaths litre liter litres min hour hours hrs std \
week mval mequ percent prozent points punkte score times schlage";

/// Which of a column's distinct values are strangers among its numbers: none where not nine of ten are numbers.
pub(super) fn strangers(column: &Column, meaning: Meaning) -> Vec<bool> {
    let dictionary = column.dictionary();
    let is_other = matches!(meaning.kind, ValueKind::Date | ValueKind::Zip | ValueKind::Postcode);
    if is_other || known(dictionary).all(is_measured) || !mostly(dictionary, is_number) {
        return vec![false; dictionary.len()];
    }
    dictionary.iter().map(|value| value != ANY && !is_missing(value) && !is_measured(value.trim())).collect()
}

/// The column without its strangers, and in how many rows there were any.
pub(super) fn without_strangers(column: Column, meaning: Meaning) -> (Column, u64) {
    let strange = strangers(&column, meaning);
    let count = count_of(&column, &strange);
    if count == 0 {
        return (column, 0);
    }
    let mut own = strange.into_iter();
    let told = column.map_values(|value| if own.next().unwrap_or_default() { String::new() } else { value.to_owned() });
    (told, count)
}

/// The rows that have one of these values.
pub(super) fn count_of(column: &Column, of: &[bool]) -> u64 {
    column.frequencies().into_iter().zip(of).filter(|(_, own)| **own).map(|(count, _)| count as u64).sum()
}

fn bare(value: &str) -> &str {
    let value = value.strip_prefix('\'').unwrap_or(value);
    value.trim_start_matches(['<', '>', '=', '≤', '≥', '~', ' ']).trim_end_matches(['+', '%', ' '])
}

fn is_number(value: &str) -> bool {
    let bare = bare(value);
    number_of(bare).is_some() || is_pair(bare) || has_unit(bare)
}

fn is_measured(value: &str) -> bool {
    is_number(value)
        || number_range(value).is_some()
        || is_grade(value)
        || is_answer(value)
        || is_diagnosis_code(value)
        || !value.chars().any(char::is_alphabetic)
        || is_of_clinic(value)
}

fn is_of_clinic(value: &str) -> bool {
    let concepts = concepts_of(value);
    concepts.has_any(&CLINICAL) && !concepts.has_any(&[Name, Place, Person]) && words_known(value)
}

/// Whether every word of a value says something.
fn words_known(value: &str) -> bool {
    value
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| word.chars().count() > LONGEST_UNIT)
        .all(|word| concepts_of(word) != super::vocabulary::Concepts::default() || is_answer(word))
}

/// A number, with marks between thousands, and its unit.
fn has_unit(value: &str) -> bool {
    let end = value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(value.len());
    let Some((number, unit)) = value.split_at_checked(end) else { return false };
    let is_word = |word: &str| {
        let word = folded(word);
        word.chars().count() <= LONGEST_UNIT || is_unit(&word) || UNITS.split_ascii_whitespace().any(|own| own == word)
    };
    number.starts_with(|c: char| c.is_ascii_digit())
        && unit.chars().count() <= 16
        && unit.split(|c: char| !c.is_alphabetic()).all(is_word)
}

/// Whether nearly all values are words of the clinic themselves, such as names of tests.
pub(super) fn are_clinical_words(dictionary: &[String]) -> bool {
    let of_clinic = |value: &str| {
        let concepts = concepts_of(value);
        concepts.has_any(&CLINICAL) && !concepts.has_any(&[Name, Place, Person])
    };
    known(dictionary).count() <= MOST_WORDS && mostly(dictionary, of_clinic)
}

/// Different words of the clinic that are looked up at most.
const MOST_WORDS: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TableConfig;

    fn left(last: &str) -> (Vec<String>, u64) {
        let values: Vec<String> = (0..20).map(|row| format!("{}.{row}", row % 7)).chain([last.to_owned()]).collect();
        let column = Column::from_values("glucose", &values);
        let meaning = Meaning::of("glucose", column.dictionary(), &TableConfig::default());
        let (column, count) = without_strangers(column, meaning);
        (column.values().map(str::to_owned).collect(), count)
    }

    #[test]
    fn a_name_among_numbers_goes_and_what_laboratories_write_stays() {
        for name in
            ["Ojukwu", "Grünewälder", "5 Ojukwu", "Ilmarit Underbough", "王小明", "see Ojukwu", "glucose Ojukwu"]
        {
            let (values, count) = left(name);
            assert_eq!((values.last().map(String::as_str), count), (Some(""), 1), "{name}");
        }
        for own in [
            "<0.5",
            "5,4 mmol/l",
            "3-5",
            "120/80",
            "IIIa",
            "negative",
            "positiv",
            "1.2 mg/dL",
            "unknown",
            "120 mmHg",
            "++",
            "V27",
        ] {
            assert_eq!(
                left(own),
                {
                    let (values, _) = left(own);
                    (values, 0)
                },
                "{own}"
            );
            assert_eq!(left(own).0.last().map(String::as_str), Some(own));
        }
    }
}
