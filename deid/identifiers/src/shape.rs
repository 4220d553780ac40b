//! Shapes of identifying text: social security number, record number, telephone, e-mail, URL, address of a machine, full date.
//!
//! Recognised by form alone, in one pass and without regular expressions; a match says that a text *looks like* an identifier.

use serde::{Deserialize, Serialize};

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `ddd-dd-dddd`.
    SocialSecurityNumber,
    /// `MRN` followed by digits.
    RecordNumber,
    /// A telephone or fax number.
    Telephone,
    /// An e-mail address.
    Email,
    /// A web address.
    Url,
    /// An IPv4 address.
    NetworkAddress,
    /// A date with day and month.
    FullDate,
    /// A UUID.
    Uuid,
}

impl Shape {
    /// The shape in words.
    pub fn label(self) -> &'static str {
        match self {
            Shape::SocialSecurityNumber => "social security number",
            Shape::RecordNumber => "medical record number",
            Shape::Telephone => "telephone number",
            Shape::Email => "e-mail address",
            Shape::Url => "web address",
            Shape::NetworkAddress => "network address",
            Shape::FullDate => "full date",
            Shape::Uuid => "unique identifier",
        }
    }
}

/// All shapes found in a text.
pub fn shapes_in(text: &str) -> Vec<Shape> {
    let mut found = Vec::new();
    let lower_hint = text.as_bytes();
    if !lower_hint.iter().any(|byte| byte.is_ascii_digit() || matches!(byte, b'@' | b':' | b'.')) {
        return found;
    }
    if has_email(text) {
        found.push(Shape::Email);
    }
    if has_url(text) {
        found.push(Shape::Url);
    }
    for run in runs(text) {
        let shape = shape_of_run(run);
        if let Some(shape) = shape.filter(|shape| !found.contains(shape)) {
            found.push(shape);
        }
    }
    if !found.contains(&Shape::RecordNumber) && has_record_number(text) {
        found.push(Shape::RecordNumber);
    }
    if !found.contains(&Shape::FullDate) && has_written_date(text) {
        found.push(Shape::FullDate);
    }
    found
}

/// Whether the whole text is a US ZIP code (`ddddd` or `ddddd-dddd`).
pub fn is_zip(text: &str) -> bool {
    let pattern = pattern_of(text);
    matches!(pattern.as_str(), "5" | "5-4")
}

fn has_email(text: &str) -> bool {
    text.match_indices('@').any(|(at, _)| {
        let before = text.get(..at).unwrap_or("").chars().next_back().is_some_and(char::is_alphanumeric);
        let domain: String = text
            .get(at + 1..)
            .unwrap_or("")
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
            .collect();
        before && domain.trim_end_matches('.').contains('.')
    })
}

fn has_url(text: &str) -> bool {
    let bytes = text.as_bytes();
    let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle));
    contains(b"http://") || contains(b"https://") || contains(b"ftp://") || contains(b"www.")
}

fn has_record_number(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    upper.match_indices("MRN").any(|(at, _)| {
        let tail = upper.get(at + 3..).unwrap_or("");
        let digits = tail.chars().take(16).filter(char::is_ascii_digit).count();
        digits >= 4 && tail.chars().next().is_some_and(|c| !c.is_ascii_alphabetic())
    })
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `12 March 1980`, `March 12, 1980`: a month's name between or before a day and a year.
fn has_written_date(text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    // The whole name, or its beginning: Mar and March, not Mary.
    let is_month = |word: &str| {
        let lower = word.to_ascii_lowercase();
        lower.len() >= 3 && (lower == "sept" || MONTHS.iter().any(|month| month.starts_with(&lower)))
    };
    let is_year = |word: &str| word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    let is_day = |word: &str| {
        let digits = word.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']);
        digits.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day))
    };
    words.windows(3).any(|window| match window {
        [a, b, c] => (is_day(a) && is_month(b) && is_year(c)) || (is_month(a) && is_day(b) && is_year(c)),
        _ => false,
    })
}

/// Maximal runs of characters that numbers, dates and identifiers are written with.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.' | '(' | ')' | '+' | ' ' | ':')))
        .flat_map(numeric_runs)
}

/// Splits at words, so that `call 555-123-4567 now` yields the number alone; single spaces inside a number stay.
fn numeric_runs(part: &str) -> Vec<&str> {
    if pattern_is_uuid(part.trim()) {
        return vec![part.trim()];
    }
    let mut found = Vec::new();
    let mut start = None;
    for (index, c) in part.char_indices() {
        let belongs = c.is_ascii_digit() || matches!(c, '-' | '/' | '.' | '(' | ')' | '+' | ' ');
        match (belongs, start) {
            (true, None) if c != ' ' => start = Some(index),
            (false, Some(begin)) => {
                found.push((begin, index));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(begin) = start {
        found.push((begin, part.len()));
    }
    let tokens = part.split(' ').map(str::trim).filter(|token| pattern_is_uuid(token));
    let numbers = found.into_iter().filter_map(|(begin, end)| {
        let run = part.get(begin..end)?.trim_end_matches([' ', '.', '-', '(', '/']);
        let before = part.get(..begin).and_then(|head| head.chars().next_back());
        let after = part.get(begin + run.len()..).and_then(|tail| tail.chars().next());
        let glued = before.is_some_and(char::is_alphabetic) || after.is_some_and(|c| c.is_alphabetic() && c != 'T');
        let run = run.trim_start_matches(['.', '-', '/']);
        (!glued).then_some(run)
    });
    numbers.chain(tokens).collect()
}

fn shape_of_run(run: &str) -> Option<Shape> {
    if pattern_is_uuid(run) {
        return Some(Shape::Uuid);
    }
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    if digits < 4 {
        return None;
    }
    let pattern = pattern_of(run);
    match pattern.as_str() {
        "3-2-4" | "3 2 4" => Some(Shape::SocialSecurityNumber),
        "4-2-2" | "4/2/2" | "4.2.2" | "2-2-4" | "1-1-4" | "1-2-4" | "2-1-4" | "1/1/4" | "1/2/4" | "2/1/4" | "2/2/4"
        | "1.1.4" | "1.2.4" | "2.1.4" | "2.2.4" | "2/2/2" | "1/2/2" | "2/1/2" | "1/1/2" => {
            plausible_date(run).then_some(Shape::FullDate)
        }
        "3-3-4" | "3.3.4" | "3 3 4" | "(3) 3-4" | "(3)3-4" | "(3) 3 4" | "1-3-3-4" | "1 3 3 4" | "+1-3-3-4"
        | "+1 3 3 4" | "+1 (3) 3-4" | "1.3.3.4" => Some(Shape::Telephone),
        _ if run.starts_with('+') && (9..=15).contains(&digits) => Some(Shape::Telephone),
        _ => network_address(run).then_some(Shape::NetworkAddress),
    }
}

fn plausible_date(run: &str) -> bool {
    let numbers: Vec<u32> = run.split(['-', '/', '.']).filter_map(|part| part.parse().ok()).collect();
    match numbers.as_slice() {
        [year, month, day] if *year > 31 => {
            (1000..=2999).contains(year) && (1..=12).contains(month) && (1..=31).contains(day)
        }
        [a, b, _] => (1..=31).contains(a) && (1..=31).contains(b) && (*a <= 12 || *b <= 12),
        _ => false,
    }
}

fn network_address(run: &str) -> bool {
    let parts: Vec<&str> = run.split('.').collect();
    parts.len() == 4 && parts.iter().all(|part| !part.is_empty() && part.parse::<u8>().is_ok())
}

/// Digits as run lengths, other characters as they are: `555-123-4567` is `3-3-4`.
fn pattern_of(text: &str) -> String {
    let mut pattern = String::new();
    let mut digits = 0usize;
    for c in text.trim().chars() {
        if c.is_ascii_digit() {
            digits += 1;
            continue;
        }
        if digits > 0 {
            pattern.push_str(&digits.to_string());
            digits = 0;
        }
        pattern.push(c);
    }
    if digits > 0 {
        pattern.push_str(&digits.to_string());
    }
    pattern
}

fn pattern_is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifying_shapes_are_found_inside_sentences() {
        let cases: [(&str, &[Shape]); 13] = [
            ("ssn 999-22-1962 on file", &[Shape::SocialSecurityNumber]),
            ("call 555-978-4581 now", &[Shape::Telephone]),
            ("(978) 741-1215", &[Shape::Telephone]),
            ("+44 20 7946 0018", &[Shape::Telephone]),
            ("write to a.b@example.org.", &[Shape::Email]),
            ("see https://example.org/x", &[Shape::Url]),
            ("born 1956-08-03", &[Shape::FullDate]),
            ("on 3/14/1999 she", &[Shape::FullDate]),
            ("born 3 March 1956", &[Shape::FullDate]),
            ("Sept. 4th, 1990", &[Shape::FullDate]),
            ("host 192.168.0.12", &[Shape::NetworkAddress]),
            ("MRN: 0012345", &[Shape::RecordNumber]),
            ("e925b0f3-8006-43f6-aa31-94bd215e55e7", &[Shape::Uuid]),
        ];
        for (text, expected) in cases {
            assert_eq!(shapes_in(text), expected, "{text}");
        }
    }

    #[test]
    fn clinical_text_has_no_identifying_shape() {
        for text in [
            "Body mass index 30+ - obesity (finding)",
            "8302-2",
            "300913006",
            "Influenza, seasonal, injectable, preservative free",
            "250.83",
            "[70-80)",
            "0.5 MG/ML",
            "24 HR Metformin 500 MG",
            "1997",
            "E11.9, Mary, 2001",
            "12/24",
            "insulin lispro 100 UNT/ML",
            "1 ML medroxyPROGESTERone acetate 150 MG/ML Injection",
        ] {
            assert!(shapes_in(text).is_empty(), "{text}: {:?}", shapes_in(text));
        }
    }

    #[test]
    fn zip_codes_have_five_or_nine_digits() {
        assert!(is_zip("01940") && is_zip("01940-1234"));
        assert!(!is_zip("0194") && !is_zip("019401") && !is_zip("0194a"));
    }
}
