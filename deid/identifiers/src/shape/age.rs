//! Ages over 89 in words: `92 years old`, `92-year-old`, `aged 92`, `1104 months`, in nine languages.

use super::atoms::{Atom, Kind};

/// Youngest age that may not be told.
const OLDEST: u32 = 90;
/// Nobody is older.
const MOST_YEARS: u32 = 125;

const YEARS: &str = "y yr yrs yo yrold year years yearold yearolds j jahre jahr jahren jährig jährige jähriger jähriges \
jährigen ans años año anni anno anos jaar jaren jarige 岁 歲 سنة عام \
عاما عاماً سنوات";
const MONTHS: &str = "mo mos mth mths month months monate monaten mois meses mesi maanden mês";
const WEEKS: &str = "wk wks week weeks wochen semaines semanas settimane weken";
const DAYS: &str = "day days tage tagen jours días dias giorni dagen";
const AGE: &str = "age aged ages alter alters âge âgé âgée edad età idade leeftijd 年龄 龄 \
العمر عمره عمرها";
const TENS: &str = "ninety neunzig nonante novanta noventa negentig hundred";

/// Whether a text tells an age over 89.
pub(super) fn has_age_over_89(atoms: &[Atom<'_>]) -> bool {
    atoms.iter().enumerate().any(|(at, atom)| match atom.kind {
        Kind::Number => is_old(atoms, at),
        Kind::Word if atom.text.len() >= 6 => is_old_in_words(atoms, at),
        _ => false,
    })
}

fn is_old(atoms: &[Atom<'_>], at: usize) -> bool {
    let Some(number) = atoms.get(at).and_then(|atom| atom.number(5)).filter(|number| *number >= OLDEST) else {
        return false;
    };
    let before = |by: usize| at.checked_sub(by).and_then(|before| atoms.get(before));
    // What stands behind a point, or is the end of a range, is no age of its own.
    let continued =
        before(1).is_some_and(|mark| mark.is(".,-/")) && before(2).is_some_and(|own| own.kind == Kind::Number);
    if continued
        || before(1).is_some_and(|word| word.kind == Kind::Word && !word.text.chars().all(super::stretches::is_cjk))
    {
        return false;
    }
    let mut next = at + 1;
    if atoms.get(next).is_some_and(|mark| mark.is(".,"))
        && atoms.get(next + 1).is_some_and(|part| part.kind == Kind::Number)
    {
        next += 2;
    }
    // `90+` and `>= 90` are the class of all who are older.
    let open = number == OLDEST && (atoms.get(next).is_some_and(|mark| mark.is("+")) || is_bounded(atoms, at));
    let marks = atoms.iter().skip(next).take(2).take_while(|mark| mark.is(" -")).count();
    let unit = atoms
        .get(next + marks)
        .filter(|unit| unit.kind == Kind::Word)
        .map_or_else(String::new, |unit| unit.text.to_lowercase());
    let behind = atoms.get(next + marks + 1);
    // `92 j` is a German year with its point only, `92 y/o` one year.
    let dotted = unit != "j" || behind.is_some_and(|mark| mark.is("."));
    let limits = [
        (YEARS, 1, MOST_YEARS),
        (MONTHS, 12, MOST_YEARS * 12),
        (WEEKS, 52, MOST_YEARS * 53),
        (DAYS, 365, MOST_YEARS * 366),
    ];
    let measured = limits
        .iter()
        .any(|(units, in_year, most)| listed(units, &unit) && number >= OLDEST * in_year && number <= *most);
    let other = [MONTHS, WEEKS, DAYS].iter().any(|units| listed(units, &unit))
        || atoms.get(next).is_some_and(|mark| mark.is("%"));
    let named = number <= MOST_YEARS && is_named(atoms, at) && !other;
    let class = number == OLDEST && is_class(atoms, next + marks + 1);
    !open && !class && ((measured && dotted && !is_share(atoms, next + marks + 1)) || named)
}

/// A comparison stands before a number: `>=90`, `over 90`.
fn is_bounded(atoms: &[Atom<'_>], at: usize) -> bool {
    let from = at.saturating_sub(3);
    atoms.get(from..at).unwrap_or(&[]).iter().any(|atom| {
        atom.is("<>≤≥") || matches!(atom.text, "over" | "above" | "least" | "über" | "ab" | "than" | "plus" | "from")
    })
}

/// `90 years or older`, `90 years of age and over`.
fn is_class(atoms: &[Atom<'_>], at: usize) -> bool {
    const OLDER: &str = "older over above more älter mehr darüber plus más più mais ouder meer";
    atoms.iter().skip(at).take(8).any(|atom| listed(OLDER, &atom.lower()) || atom.is("+"))
}

/// A word that says that an age follows stands before a number: `age: 92`, `im Alter von 92`, `年龄92`.
fn is_named(atoms: &[Atom<'_>], at: usize) -> bool {
    let mut before = atoms.get(..at).unwrap_or(&[]).iter().rev().filter(|atom| !atom.is(" :=()\t"));
    let mut word = || before.next().map_or_else(String::new, |atom| atom.text.to_lowercase());
    let (first, second) = (word(), word());
    let joining = matches!(first.as_str(), "of" | "von" | "de" | "di" | "is" | "ist" | "van");
    listed(AGE, &first) || (joining && listed(AGE, &second))
}

/// Years of something else: follow-up, survival, packs, persons.
fn is_share(atoms: &[Atom<'_>], at: usize) -> bool {
    atoms
        .iter()
        .skip(at)
        .take(2)
        .any(|atom| matches!(atom.text, "follow" | "survival" | "after" | "later" | "ago" | "vor" | "nach"))
}

/// `ninety-two years old`.
fn is_old_in_words(atoms: &[Atom<'_>], at: usize) -> bool {
    let is_ten = atoms.get(at).is_some_and(|atom| listed(TENS, &atom.lower()));
    is_ten
        && atoms.iter().skip(at + 1).take(6).any(|atom| atom.text.len() > 1 && listed(YEARS, &atom.lower()))
        && !is_bounded(atoms, at)
}

fn listed(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_whitespace().any(|own| own == word)
}
