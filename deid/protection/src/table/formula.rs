//! Values that a spreadsheet would run as formulas when it opens the result (OWASP, "CSV Injection").
//!
//! They get an apostrophe in front, by which spreadsheets know text. Numbers are none, nor are signs alone, as laboratories write them.

use crate::category::Category;
use medshare_deid_records::Column;

/// Whether a spreadsheet may take a value for a formula.
pub(super) fn is_formula(value: &str) -> bool {
    if value.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let text = value.trim_start();
    match text.chars().next() {
        Some('=' | '@' | '\u{ff1d}' | '\u{ff20}') => true,
        Some(sign @ ('+' | '-' | '\u{ff0b}' | '\u{ff0d}')) => {
            let rest = text.get(sign.len_utf8()..).unwrap_or_default().trim();
            !rest.chars().all(|c| matches!(c, '+' | '-')) && !is_number(rest)
        }
        _ => false,
    }
}

/// Digits, with marks between thousands and before decimals, an exponent, or a percent sign.
fn is_number(text: &str) -> bool {
    let text = text.trim_end_matches(['%', ' ']);
    let (number, exponent) =
        text.split_once(['e', 'E']).map_or((text, None), |(number, exponent)| (number, Some(exponent)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    number.bytes().any(|byte| byte.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b' ' | b'\''))
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// The column with its formulas as text; how many there were is noted.
pub(super) fn defused(column: Column, removed: &mut Vec<(String, Category, u64)>) -> Column {
    if !column.dictionary().iter().any(|value| is_formula(value)) {
        return column;
    }
    let frequencies = column.frequencies().into_iter();
    let formulas = column.dictionary().iter().zip(frequencies).filter(|(value, _)| is_formula(value));
    let count = formulas.map(|(_, count)| count as u64).sum();
    if count > 0 {
        removed.push((column.name().to_owned(), Category::Formula, count));
    }
    column.map_values(|value| if is_formula(value) { format!("'{value}") } else { value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_told_from_numbers_and_signs() {
        for formula in [
            "=1+1",
            "=HYPERLINK(\"http://x\",\"y\")",
            "@SUM(1)",
            "+cmd|' /C calc'!A0",
            "-2+3+cmd|x",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
            "-A1",
            "+1+1",
            "-1-2",
            "\u{ff1d}1",
            "\u{ff0b}A1",
            "+ve",
        ] {
            assert!(is_formula(formula), "{formula:?}");
        }
        for harmless in [
            "-1", "+2.50", "-0", "-1e-7", "+1E5", "-45,000", "-79,6", "-5 %", "-5%", "-", "+", "++", "- ", "", "1=1",
            "a@b", "'=1", "[-5, 0)", "-.5",
        ] {
            assert!(!is_formula(harmless), "{harmless:?}");
        }
    }
}
