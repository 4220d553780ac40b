//! Names of months, and of days in words, in nine languages.
//!
//! English, German (with Austria's), French, Spanish, Italian, Portuguese, Dutch and Arabic (of the Levant and of Egypt); Chinese writes
//! months as numbers.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// How surely a word is a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sureness {
    /// A month's whole name.
    Whole,
    /// An abbreviation that is no other word.
    Short,
    /// A word that means something else as well: `may`, `mar`, `set`, `oct` and `mrt` (scans), `sep`, `avr` and `fev` (measured).
    Word,
}

/// One line a month.
const WHOLE: [&str; 12] = [
    "january januar jänner janner janvier enero gennaio janeiro januari يناير كانون",
    "february februar feber février fevrier febrero febbraio fevereiro februari فبراير شباط",
    "märz maerz marzo março marco maart mars مارس آذار اذار",
    "april avril abril aprile أبريل ابريل إبريل نيسان",
    "mayo maggio maio mai mei مايو أيار ايار",
    "june juni juin junio giugno junho يونيو حزيران",
    "july juli juillet julio luglio julho يوليو تموز",
    "august août aout agosto augustus أغسطس اغسطس آب",
    "september septembre septiembre setiembre settembre setembro سبتمبر أيلول ايلول",
    "october oktober octobre octubre ottobre outubro أكتوبر اكتوبر تشرين",
    "november novembre noviembre novembro نوفمبر",
    "december dezember décembre decembre diciembre dicembre dezembro ديسمبر",
];
const SHORT: [&str; 12] = [
    "jan jän janv ene",
    "feb fév févr fevr febr",
    "mär mrz",
    "apr abr",
    "",
    "jun giu",
    "jul juil lug",
    "aug août",
    "sept",
    "okt ott",
    "nov",
    "dez déc",
];
const WORDS: [&str; 12] =
    ["gen", "fev", "march mar mrt", "avr", "may mag", "", "", "ago", "set sep", "oct out", "", "dec dic"];

/// A word in lower case as a month.
pub(super) fn month(word: &str) -> Option<Sureness> {
    static MONTHS: OnceLock<HashMap<&str, Sureness>> = OnceLock::new();
    let months = MONTHS.get_or_init(|| {
        let listed = |lines: &'static [&'static str], sureness| {
            lines
                .iter()
                .flat_map(|line| line.split(' '))
                .filter(|word| !word.is_empty())
                .map(move |word| (word, sureness))
        };
        listed(&WORDS, Sureness::Word)
            .chain(listed(&SHORT, Sureness::Short))
            .chain(listed(&WHOLE, Sureness::Whole))
            .collect()
    });
    months.get(word).copied()
}

const ORDINALS: &str = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth \
fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth ersten erste zweiten dritten vierten fünften sechsten siebten \
achten neunten zehnten elften zwölften premier primero primo primeiro eerste";

/// A word in lower case as a day of a month.
pub(super) fn day_in_words(word: &str) -> bool {
    static DAYS: OnceLock<HashSet<&str>> = OnceLock::new();
    DAYS.get_or_init(|| ORDINALS.split(' ').collect()).contains(word)
}

/// Words that stand between a day and its month, or a month and its year: 3 de mayo de 2020.
pub(super) fn is_joining(word: &str) -> bool {
    matches!(word, "of" | "de" | "del" | "di" | "do" | "the" | "van" | "من")
}

/// What makes a day of a number: 3rd, 1er, 2e.
pub(super) fn is_ordinal_ending(word: &str) -> bool {
    matches!(word, "st" | "nd" | "rd" | "th" | "er" | "ste" | "de" | "e" | "o" | "ter" | "ten")
}
