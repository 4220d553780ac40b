//! Postcodes of other countries than the United States: the area that one is told by.
//!
//! Two digits of four, three of more; of codes that begin with letters these alone, which are the areas of the United Kingdom and the
//! provinces of Canada.

/// Letters before a dash name the country, as in `D-10115`.
const MOST_COUNTRY_LETTERS: usize = 3;
/// Letters of an area at most.
const MOST_AREA_LETTERS: usize = 2;

/// The area of a postcode; nothing for what is none.
pub(super) fn postal_area(text: &str) -> Option<String> {
    let code = without_country(text.trim());
    let letters: String = code.chars().take_while(char::is_ascii_alphabetic).collect();
    let digits: String = code.chars().take_while(char::is_ascii_digit).collect();
    let is_code = code.len() <= 10 && code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'));
    if !is_code {
        return None;
    }
    match (letters.len(), digits.len()) {
        (1..=MOST_AREA_LETTERS, _) => Some(letters.to_ascii_uppercase()),
        (0, 2 | 3) => Some(digits),
        (0, 4) => digits.get(..2).map(str::to_owned),
        (0, 5..=7) => digits.get(..3).map(str::to_owned),
        _ => None,
    }
}

fn without_country(text: &str) -> &str {
    match text.split_once('-') {
        Some((country, rest))
            if (1..=MOST_COUNTRY_LETTERS).contains(&country.len())
                && country.bytes().all(|byte| byte.is_ascii_alphabetic())
                && rest.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            rest
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postcode_is_told_by_its_area_and_an_area_by_itself() {
        for (code, area) in [
            ("8004", Some("80")),
            ("LS1 4DY", Some("LS")),
            ("M1 1AE", Some("M")),
            ("K1A 0B1", Some("K")),
            ("1012 AB", Some("10")),
            ("D-20095", Some("200")),
            ("100081", Some("100")),
            ("4000-123", Some("40")),
            ("80", Some("80")),
            ("LS", Some("LS")),
            ("elsewhere", None),
            ("12 Main Street", None),
        ] {
            assert_eq!(postal_area(code).as_deref(), area, "{code}");
        }
    }
}
