//! Columns of people's names, told by their content.
//!
//! By the 50 most frequent given names of women and of men (US Census Bureau, 1990 census) and the 100 most frequent family names (2010
//! census), both in the public domain, without those that are also words or places. No list holds everybody: a column counts as one of
//! names when enough of its distinct values hold a listed one and nearly all look like names.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::values::is_missing;

/// Distinct values that are looked at, about.
const SAMPLE: usize = 10_000;

/// Distinct values with a listed name that it takes.
const LEAST_LISTED: usize = 3;

/// How easily a column counts as one of names: one in so many distinct values must hold a listed one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Suspicion {
    /// When columns are given roles or removed.
    High = 40,
    /// When a result is judged, which has lost rows since: what was not suspected before must not be now.
    Low = 20,
}

/// Words of a name at most.
const MOST_WORDS: usize = 5;

const GIVEN: &str = "james john robert michael william david richard charles joseph thomas christopher daniel paul donald george \
kenneth steven edward brian ronald anthony kevin jason matthew gary timothy jose larry jeffrey eric stephen andrew raymond gregory \
joshua jerry dennis walter patrick peter harold douglas henry carl arthur ryan roger \
mary patricia linda barbara elizabeth jennifer maria susan margaret dorothy lisa nancy karen betty helen sandra donna ruth \
sharon michelle laura sarah kimberly deborah jessica shirley cynthia angela melissa brenda amy anna rebecca kathleen pamela \
martha debra amanda stephanie carolyn christine marie janet catherine frances ann joyce diane";

const FAMILY: &str = "smith johnson williams jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson \
taylor moore jackson martin lee perez thompson harris sanchez clark ramirez lewis robinson allen wright scott torres nguyen flores \
adams nelson rivera campbell mitchell roberts gomez phillips evans diaz edwards collins reyes stewart morris morales murphy rogers \
gutierrez ortiz morgan peterson reed kelly howard ramos kim richardson watson chavez bennett mendoza ruiz hughes alvarez castillo \
sanders patel myers ross jimenez";

fn listed() -> &'static HashSet<&'static str> {
    static LISTED: OnceLock<HashSet<&str>> = OnceLock::new();
    LISTED.get_or_init(|| GIVEN.split_whitespace().chain(FAMILY.split_whitespace()).collect())
}

/// Whether a text consists of listed names.
pub(super) fn is_listed(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase);
    looks_like_a_name(text) && words.all(|word| listed().contains(word.as_str()))
}

/// Whether a column with these distinct values holds people's names.
pub(super) fn are_names(dictionary: &[String], suspicion: Suspicion) -> bool {
    let listed = listed();
    let (mut looked, mut alike, mut hits) = (0usize, 0usize, 0usize);
    for value in sample(dictionary).filter(|value| !is_missing(value)) {
        looked += 1;
        if looks_like_a_name(value) {
            alike += 1;
            let mut words = value.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase);
            hits += usize::from(words.any(|word| listed.contains(word.as_str())));
        }
    }
    hits >= LEAST_LISTED && hits * suspicion as usize >= looked && alike * 10 >= looked * 9
}

/// Some of many values, the same ones in whatever order they come: a release is in another order than the table that it was made from.
fn sample(dictionary: &[String]) -> impl Iterator<Item = &String> {
    let one_in = dictionary.len().div_ceil(SAMPLE) as u64;
    // FNV-1a.
    let hash = |value: &str| {
        let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        value.bytes().fold(0xcbf2_9ce4_8422_2325, add) >> 16
    };
    dictionary.iter().filter(move |value| one_in <= 1 || hash(value) % one_in == 0)
}

/// One to five words of letters with nothing else but `.`, `,`, `-` and `'`.
fn looks_like_a_name(value: &str) -> bool {
    let fits = value.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | ',' | '-' | '\'' | '\u{2019}'));
    let words = value.split_whitespace().count();
    fits && (1..=MOST_WORDS).contains(&words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[&str]) -> bool {
        are_names(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>(), Suspicion::High)
    }

    #[test]
    fn names_are_found_whatever_their_column_is_called() {
        assert!(column(&["Mary", "Okonjo", "Jose", "Wanda", "", "Peter"]));
        assert!(column(&["SMITH, JANE", "NGUYEN, VAN", "ABENDROTH, IDA", "GARCIA LOPEZ, JUAN"]));
        assert!(column(&["Dr. Linda Zellweger", "Paul O'Brien", "Ann-Marie Dunmore"]));
    }

    #[test]
    fn words_places_and_codes_are_no_names() {
        assert!(!column(&["White", "Black", "Brown", "Green", "Gray", "Young", "Long"]));
        assert!(!column(&["Virginia", "Georgia", "Carolina", "Washington", "Lincoln", "Madison"]));
        assert!(!column(&["Emergency/Trauma", "InternalMedicine", "Cardiology", "Surgery-General"]));
        assert!(!column(&["Influenza", "Hypertension", "Parkinson disease", "Crohn disease", "Graves disease"]));
        assert!(!column(&["1", "2", "3", "Mary", "Paul", "Peter"]));
    }
}
