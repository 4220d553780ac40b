//! Ages as people write them: numbers, `92y`, `101 J.`, `7 months`, `>89`.

use super::letters::folded;
use super::values::number_of;
use super::words::words_in_order;

/// Nobody was older (J. Calment, 122).
pub(super) const OLDEST_EVER: f64 = 125.0;

const YEARS: &str = "y yr yrs yo year years j jahr jahre jahren lj an ans annee annees a ano anos anni anno jaar jaren jr 岁 周岁 歲 سنه سنوات عام عاما";
const MONTHS: &str = "m mo mos mon month months monat monate monaten mois mes meses mesi mese maand maanden mnd 月 个月 月龄 شهر اشهر شهور";
const WEEKS: &str =
    "w wk wks week weeks woche wochen semaine semaines semana semanas settimana settimane weken 周 اسبوع";
const DAYS: &str = "d day days tag tage tagen jour jours dia dias giorno giorni dag dagen 天 日 يوم ايام";

/// How many of a unit make a year.
fn unit(word: &str) -> Option<f64> {
    let units = [(YEARS, 1.0), (MONTHS, 12.0), (WEEKS, 52.1786), (DAYS, 365.2425)];
    units.into_iter().find(|(list, _)| list.split(' ').any(|own| own == word)).map(|(_, count)| count)
}

/// Whether a folded word is a unit of ages.
pub(super) fn is_unit(word: &str) -> bool {
    unit(word).is_some()
}

/// How many of the unit that a header names make a year; 1 if it names none.
pub(super) fn unit_of(header: &str) -> f64 {
    let units = [(MONTHS, 12.0), (WEEKS, 52.1786), (DAYS, 365.2425)];
    let words = words_in_order(header);
    let named =
        |list: &str| words.iter().any(|word| word.chars().count() > 2 && list.split(' ').any(|own| own == word));
    let in_months = header.contains('月') && !header.contains('岁');
    units.into_iter().find(|(list, _)| named(list)).map_or(if in_months { 12.0 } else { 1.0 }, |(_, count)| count)
}

/// An age in years, of a column whose numbers count so many to the year.
pub(super) fn age_of(text: &str, per_year: f64) -> Option<f64> {
    if let Some(number) = number_of(text) {
        return Some(number / per_year);
    }
    if text.len() > 40 || !text.starts_with(|c: char| c.is_numeric()) {
        return None;
    }
    let text = folded(text);
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))?;
    let (number, rest) = text.split_at_checked(digits)?;
    let number = number_of(number.trim_end_matches(['.', ',']))?;
    let word = rest.trim_start_matches([' ', '-', '.', '/', '\u{a0}']);
    let end = word.find(|c: char| !c.is_alphabetic()).unwrap_or(word.len());
    unit(word.get(..end)?).map(|count| number / count)
}

/// The first number of a class of ages, which may be in words: `95 to 99`, `[90-95)`, `90 and older`; none of one that begins with nobody.
pub(super) fn age_in_words(text: &str) -> Option<f64> {
    if text.len() > 40 || !text.trim_start_matches(['[', '(']).starts_with(char::is_alphanumeric) {
        return None;
    }
    let from = text.find(|c: char| c.is_ascii_digit())?;
    let rest = text.get(from..)?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
    number_of(rest.get(..end)?.trim_end_matches('.'))
}

/// Whether a text is the class of those who are older than an age: `>89`, `≥ 90`.
pub(super) fn is_above(text: &str, age: f64, per_year: f64) -> bool {
    let rest = text.trim_start().trim_start_matches(['>', '=', '≥', '＞', ' ']);
    rest.len() < text.len()
        && text.starts_with(['>', '≥', '＞'])
        && age_of(rest, per_year).is_some_and(|own| own >= age - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_in_every_unit_and_language() {
        for (text, years) in [
            ("92", 92.0),
            ("92y", 92.0),
            ("68 y", 68.0),
            ("101 J.", 101.0),
            ("34 ans", 34.0),
            ("91 años", 91.0),
            ("18 months", 1.5),
            ("93岁", 93.0),
            ("90-year-old", 90.0),
            ("3 years 2 months", 3.0),
        ] {
            assert_eq!(age_of(text, 1.0), Some(years), "{text}");
        }
        assert_eq!(age_of("1104", unit_of("Alter in Monaten")), Some(92.0));
        for none in ["30-34", "adult", "90+", "5 mg", "2019-05-01", "12 Main Street"] {
            assert_eq!(age_of(none, 1.0), None, "{none}");
        }
        assert!(is_above(">89", 90.0, 1.0) && is_above("≥ 90 y", 90.0, 1.0) && !is_above(">60", 90.0, 1.0));
    }
}
