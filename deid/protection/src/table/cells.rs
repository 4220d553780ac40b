//! What cells by themselves say a column is, where its header says nothing.

use std::collections::HashSet;
use std::sync::OnceLock;

use medshare_deid_anon::ANY;

use super::letters::folded;
use super::values::{is_missing, is_year, number_of};
use super::vocabulary::phrases_of;

/// Distinct values that are looked at.
const SAMPLE: usize = 10_000;
/// Answers and states that one question has at most.
const MOST_ANSWERS: usize = 20;
/// Words from which on a value is a text.
const WORDS_OF_TEXT: usize = 6;

fn set(cell: &'static OnceLock<HashSet<String>>, file: &str) -> &'static HashSet<String> {
    cell.get_or_init(|| phrases_of(file).into_iter().collect())
}

fn answers() -> &'static HashSet<String> {
    static ANSWERS: OnceLock<HashSet<String>> = OnceLock::new();
    set(&ANSWERS, include_str!("../../vocabulary/answers.txt"))
}

fn sexes() -> &'static HashSet<String> {
    static SEXES: OnceLock<HashSet<String>> = OnceLock::new();
    set(&SEXES, include_str!("../../vocabulary/sexes.txt"))
}

/// The known values of a dictionary that are looked at.
pub(super) fn known(dictionary: &[String]) -> impl Iterator<Item = &str> + Clone {
    let values = dictionary.iter().take(SAMPLE).map(|value| value.trim());
    values.filter(|value| !is_missing(value) && *value != ANY)
}

fn share(dictionary: &[String], test: impl Fn(&str) -> bool) -> (usize, usize) {
    known(dictionary).fold((0, 0), |(all, fit), value| (all + 1, fit + usize::from(test(value))))
}

/// Whether nearly all known values pass a test, and there are some.
pub(super) fn mostly(dictionary: &[String], test: impl Fn(&str) -> bool) -> bool {
    let (all, fit) = share(dictionary, test);
    all > 0 && fit * 10 >= all * 9
}

/// Whether there are known values and all are answers or states, as "yes", "no" or "stable", or a flag: 0 and 1.
pub(super) fn are_answers(dictionary: &[String]) -> bool {
    let (all, fit) = share(dictionary, is_answer);
    (1..=MOST_ANSWERS).contains(&all) && fit == all
        || all == 2 && share(dictionary, |value| matches!(value, "0" | "1")).1 == all
}

pub(super) fn is_answer(value: &str) -> bool {
    value.len() <= 40 && {
        let value = folded(value).replace(['-', '_'], " ");
        answers().contains(value.trim()) || answers().contains(value.trim_end_matches('.').trim())
    }
}

/// Whether there are two sexes and nothing else.
pub(super) fn are_sexes(dictionary: &[String]) -> bool {
    let (all, fit) = share(dictionary, |value| value.len() <= 20 && sexes().contains(&folded(value)));
    (2..=6).contains(&all)
        && fit == all
        && (all > 2 || !known(dictionary).any(|value| matches!(value, "x" | "X" | "d" | "D")))
}

/// Whether nearly all known values are numbers (behind a comparator), ranges or answers.
pub(super) fn are_measured(dictionary: &[String]) -> bool {
    mostly(dictionary, |value| {
        let bare = value.trim_start_matches(['<', '>', '=', '≤', '≥', '~', ' ']).trim_end_matches(['+', '%', ' ']);
        number_of(bare).is_some() || is_pair(bare) || is_measured_with_unit(bare) || is_grade(value) || is_answer(value)
    })
}

/// A stage, a grade, a blood group: `IIIa`, `T2`, `AB`, `H`.
pub(super) fn is_grade(value: &str) -> bool {
    let roman = value.trim_end_matches(['a', 'b', 'c', 'A', 'B', 'C']);
    (!roman.is_empty() && roman.chars().all(|c| matches!(c, 'I' | 'V' | 'X')))
        || (value.len() <= 2 && value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "+-".contains(c)))
}

/// Two numbers of a range or a pressure: `120/80`, `3-5`.
pub(super) fn is_pair(value: &str) -> bool {
    let both = |mark| value.split_once(mark).is_some_and(|(a, b)| number_of(a).is_some() && number_of(b).is_some());
    both('/') || both('-') || super::values::range_of(value).is_some()
}

/// `5 mg`, `38.2°C`, `5.4 mmol/l`.
fn is_measured_with_unit(value: &str) -> bool {
    let end = value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(value.len());
    let Some((number, unit)) = value.split_at_checked(end) else { return false };
    number_of(number).is_some()
        && unit.trim_start().len() <= 12
        && unit.chars().filter(|c| c.is_whitespace()).count() <= 1
}

/// Whether at least one in five known values is a text of several words.
pub(super) fn are_texts(dictionary: &[String]) -> bool {
    let (all, fit) = share(dictionary, |value| value.split_whitespace().count() >= WORDS_OF_TEXT);
    all > 0 && fit * 5 > all
}

/// Whether a value is a code of ICD-10 (`E11.9`) or ICD-9 (`250.83`, `V27`), or several of them.
pub(super) fn is_diagnosis_code(value: &str) -> bool {
    value.split([';', ',', '|', ' ']).filter(|code| !code.is_empty()).all(|code| is_icd10(code) || is_icd9(code))
}

/// A letter, a digit, a digit or letter, then at most four characters behind a point.
pub(super) fn is_icd10(code: &str) -> bool {
    let (head, tail) = code.split_once('.').unwrap_or((code, ""));
    let head: Vec<u8> = head.bytes().collect();
    let fits = matches!(head.as_slice(), [letter, digit, third]
        if letter.is_ascii_uppercase() && digit.is_ascii_digit() && third.is_ascii_alphanumeric());
    fits && tail.len() <= 4
        && tail.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && (!code.contains('.') || !tail.is_empty())
}

fn is_icd9(code: &str) -> bool {
    let code = code.strip_prefix(['V', 'E']).unwrap_or(code);
    let (head, tail) = code.split_once('.').unwrap_or((code, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&head.len()) && digits(head) && tail.len() <= 2 && digits(tail)
}

/// What an unknown column's values may be, and in which list of the configuration it belongs then.
pub(super) fn suspected(dictionary: &[String]) -> &'static str {
    let whole = |value: &str| number_of(value).filter(|number| number.fract() == 0.0);
    let digits = |value: &str, length: usize| value.len() == length && value.bytes().all(|byte| byte.is_ascii_digit());
    if are_texts(dictionary) {
        "its values are texts, which may say anything: `direct_identifiers` removes it"
    } else if mostly(dictionary, is_year) {
        "its values may be years: if so, `quasi_identifiers`, and \"birth\" or \"date\" under `kinds`"
    } else if mostly(dictionary, |value| digits(value, 5)) {
        "its values may be postcodes or counted days: if so, `quasi_identifiers`, and \"postcode\" or \"date\" under `kinds`"
    } else if mostly(dictionary, |value| whole(value).is_some_and(|number| (0.0..=120.0).contains(&number)))
        && known(dictionary).filter_map(whole).any(|number| number > 17.0)
    {
        "its values may be ages: if so, `quasi_identifiers`, and \"age\" under `kinds`"
    } else if mostly(dictionary, |value| whole(value).is_some_and(|number| number.abs() >= 1000.0)) {
        "its values may be numbers given to people: if so, `direct_identifiers`"
    } else if mostly(dictionary, |value| number_of(value).is_some()) {
        "its values are numbers, and its header does not say of what: `keep` if they are measured, `quasi_identifiers` if others may know them"
    } else {
        "its values may be names, places or anything else: `keep` only if nobody is known by them, `quasi_identifiers` if others may know them"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn answers_are_known_and_names_and_places_are_none() {
        for cells in [
            &["Yes", "No", ""][..],
            &["No", "Steady", "Up", "Down"],
            &["Ja", "nein", "unbekannt"],
            &["阳性", "阴性"],
            &["إيجابي", "سلبي"],
            &["0", "1"],
            &["Ex", "nunca"],
            &["leicht", "mittelschwer", "schwer"],
            &["Ex-fumeur", "jamais"],
        ] {
            assert!(are_answers(&values(cells)), "{cells:?}");
        }
        for cells in
            [&["Klein", "Wolf"][..], &["Bern", "Basel"], &["C1", "C2"], &["A", "B"], &["1", "2"], &["30", "40"], &[""]]
        {
            assert!(!are_answers(&values(cells)), "{cells:?}");
        }
    }

    #[test]
    fn sexes_are_known_in_every_language() {
        for cells in [
            &["m", "w"][..],
            &["m", "w", "d"],
            &["H", "F"],
            &["V", "M"],
            &["男", "女"],
            &["ذكر", "أنثى"],
            &["Hombre", "Mujer"],
        ] {
            assert!(are_sexes(&values(cells)), "{cells:?}");
        }
        assert!(!are_sexes(&values(&["m", "k"])) && !are_sexes(&values(&["f"])));
    }

    #[test]
    fn codes_of_diagnoses_have_a_form() {
        assert!(["E11.9", "I10", "C50.911", "V27", "250.83", "I10; N18.3"].into_iter().all(is_diagnosis_code));
        assert!(!["C161973069", "Bern", "4711", "AB1"].into_iter().any(is_diagnosis_code));
    }
}
