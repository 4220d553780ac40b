//! The forms in which years, ages and areas of postcodes are told: by themselves, and in the classes of which releases are made.

use super::ages::{OLDEST_EVER, is_unit};
use super::letters::folded;
use super::values::number_range;

/// Words of which classes of ages are made, in the languages of headers.
const CLASSES: &str = "adult adults child children infant infants neonate neonates newborn toddler adolescent adolescents teenager minor senior \
seniors elderly young youth middle old older younger over under above below up and or to of age aged less more than plus \
kind kinder erwachsen erwachsene erwachsener jugendlich jugendliche senioren saugling alter alt bis und oder uber unter ab mehr weniger als \
adulte adultes enfant enfants adolescente nourrisson et ou a plus moins que de \
adulto adultos nino ninos adolescentes anciano mas menos o y \
adulti bambino bambini anziano anziani piu meno adolescenti \
crianca criancas idoso idosos mais e \
volwassene volwassenen kinderen oudere ouderen tot en of ouder jonger 成人 儿童 及 以上 以下 至 岁以上 岁以下 بالغ طفل";
/// Marks between them.
const MARKS: &str = " -–—<>=≤≥+()[].,/&_";
/// Characters of a class of ages at most.
const LONGEST: usize = 40;
/// Years that classes begin with, at least.
const FIRST_YEAR: f64 = 900.0;
const LAST_YEAR: f64 = 9999.0;

/// Whether a value is an age, or a class of ages in digits and known words: `34`, `34 J.`, `[30-40)`, `90 and older`, `child`.
pub(super) fn is_age(text: &str, per_year: f64) -> bool {
    if let Some((from, _)) = number_range(text) {
        return from.is_infinite() || from <= OLDEST_EVER * per_year;
    }
    if text.chars().count() > LONGEST {
        return false;
    }
    let text = folded(text);
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let same =
            |c: char| (first.is_alphabetic() && c.is_alphabetic()) || (first.is_ascii_digit() && c.is_ascii_digit());
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (part, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let fits = if first.is_ascii_digit() {
            part.parse::<f64>().is_ok_and(|number| number <= OLDEST_EVER * per_year)
        } else if first.is_alphabetic() {
            is_unit(part) || CLASSES.split_ascii_whitespace().any(|word| word == part)
        } else {
            MARKS.contains(first)
        };
        if !fits {
            return false;
        }
        rest = behind;
    }
    true
}

/// Whether a value is a year of four digits or a class of years.
pub(super) fn are_years(text: &str) -> bool {
    let is_year = |number: f64| (FIRST_YEAR..=LAST_YEAR).contains(&number);
    let is_plain = !text.bytes().all(|byte| byte.is_ascii_digit()) || text.len() == 4;
    is_plain
        && !text.contains('.')
        && number_range(text).is_some_and(|(from, to)| {
            (is_year(from) || from.is_infinite()) && (is_year(to) || to.is_infinite()) && (is_year(from) || is_year(to))
        })
}

/// Whether a value is an area of postcodes, one with stars, or a set of such: `019`, `0**`, `{LS, M}`.
pub(super) fn is_area(text: &str) -> bool {
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    inner.split(", ").all(|part| {
        let code = part.trim_end_matches('*');
        (code.len() <= 3 && code.bytes().all(|byte| byte.is_ascii_digit()))
            || (code.len() <= 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_has_the_form_of_its_kind() {
        for age in ["34", "34 J.", "[30-40)", "90 and older", "child", "85 to 94", "90+", "<18", ">60", "7 Monate"] {
            assert!(is_age(age, 1.0), "{age}");
        }
        for other in ["ninety-three", "九十三", "XCIV", "~93", "34 Ojukwu", "٩٧", "2131", "n3"] {
            assert!(!is_age(other, 1.0), "{other}");
        }
        assert!(["1950", "<=1929", "<1935", "[1925, 1930)", "2000+"].into_iter().all(are_years));
        let others = ["112/03/02", "510405", "4 III 1950", "12/15", "05-2020", "1950-03", "93", "201.5", "20100"];
        assert_eq!(others.into_iter().find(|own| are_years(own)), None);
        assert!(["019", "0**", "***", "LS", "{019, 021}", ""].into_iter().all(is_area));
        assert!(!["02131", "8004", "LS1 4DY", "〒100-0001", "Berlin"].into_iter().any(is_area));
    }
}
