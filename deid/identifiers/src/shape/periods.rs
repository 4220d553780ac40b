//! Whole texts that are a year with its quarter or week, or a month with a short year: `2020-Q3`, `KW 14/2020`, `Oct-20`.

use super::months::month;

/// Words and letters of quarters and weeks.
const PARTS: &str = "q qu qtr quarter quartal trimestre trimester kwartaal kw cw w wk week woche kalenderwoche semaine sem semana settimana \
季度 周";
/// Bytes of such a text at most.
const LONGEST: usize = 32;

/// Whether a text is a part of a year and nothing else.
pub(super) fn is_part_of_year(text: &str) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let (mut words, mut numbers, mut rest) = (Vec::new(), Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let same =
            |c: char| (first.is_ascii_digit() && c.is_ascii_digit()) || (first.is_alphabetic() && c.is_alphabetic());
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (part, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if first.is_ascii_digit() {
            numbers.push(part);
        } else if first.is_alphabetic() {
            words.push(part.to_lowercase());
        } else if !" -/.,\u{27}".contains(first) {
            return false;
        }
        rest = behind;
    }
    let is_year = |part: &str| part.len() == 4 && part.parse().is_ok_and(|year: u32| (1850..2100).contains(&year));
    let is_short =
        |part: &str| matches!(part.len(), 1 | 2) && part.parse().is_ok_and(|number: u32| (1..=53).contains(&number));
    match (words.as_slice(), numbers.as_slice()) {
        ([word], [a, b]) => {
            PARTS.split_ascii_whitespace().any(|part| part == word)
                && ((is_year(a) && is_short(b)) || (is_short(a) && is_year(b)))
        }
        // A day of a month would have a space behind it.
        ([word], [year]) => {
            year.len() == 2
                && month(word).is_some()
                && text.starts_with(|c: char| c.is_alphabetic())
                && text.contains(['-', '/', '\u{27}'])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_weeks_and_months_of_a_year_are_parts_of_it() {
        for part in ["2020-Q3", "Q3 2020", "2020Q3", "3. Quartal 2020", "KW 14/2020", "Oct-20", "okt/20", "W14 2020"] {
            assert!(is_part_of_year(part), "{part}");
        }
        for other in ["Q3", "Oct", "T1 2020", "Q 3-2", "BRCA-20", "KW 14/2020 Bern", "week 14", "Oct 20 mg", "2020"] {
            assert!(!is_part_of_year(other), "{other}");
        }
    }
}
