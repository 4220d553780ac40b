//! Numbers of digits alone, without anything between them.
//!
//! No clinical quantity is written with nine significant digits and more; what has as many are identifiers of SNOMED CT, which their check
//! digit tells, drug codes of eleven digits, counts that end with noughts, and places in a genome.

use super::Shape;
use super::check_digits::{is_dated_or_keyed, nhs, of_eleven_digits, snomed_ct};
use super::stretches::Stretch;
use super::telephone::{is_north_american, is_of_eleven_digits, is_telephone};

/// What a number of digits alone is.
pub(super) fn bare_number(stretch: &Stretch<'_>) -> Option<Shape> {
    let digits = stretch.text.as_bytes();
    if is_telephone(stretch) {
        return Some(Shape::Telephone);
    }
    if digits.len() < 9 || is_place_in_genome(stretch.before) {
        return None;
    }
    if digits.len() == 11 {
        let telephone = is_of_eleven_digits(digits).then_some(Shape::Telephone);
        return of_eleven_digits(digits).then_some(Shape::NationalNumber).or(telephone);
    }
    if is_dated_or_keyed(digits) {
        return Some(Shape::NationalNumber);
    }
    if snomed_ct(digits) || digits.ends_with(b"000") {
        return None;
    }
    Some(match digits.len() {
        9 => Shape::NationalNumber,
        10 if nhs(digits) => Shape::NationalNumber,
        10 if is_north_american(digits) => Shape::Telephone,
        15 | 18 => Shape::NationalNumber,
        _ => Shape::LongNumber,
    })
}

/// `chr1:` before a number.
fn is_place_in_genome(before: &str) -> bool {
    let start = before.len().saturating_sub(6);
    before.ends_with(':') && before.get(start..).is_some_and(|tail| tail.to_ascii_lowercase().contains("chr"))
}
