//! Dates with day or month: in digits in every usual order, and with the month's name in nine languages.

use super::atoms::{Atom, Kind};
use super::months::{Sureness, day_in_words, is_joining, is_ordinal_ending, month};
use super::periods::is_part_of_year;

/// The bytes of the dates in a text, from and to.
pub(super) fn dates_in(text: &str, atoms: &[Atom<'_>]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut next = 0;
    for at in 0..atoms.len() {
        if at < next {
            continue;
        }
        let length = in_digits(atoms, at).or_else(|| named(atoms, at)).or_else(|| chinese(atoms, at));
        if let (Some(length), Some(first)) = (length, atoms.get(at)) {
            let last = atoms.get(at + length - 1).unwrap_or(first);
            found.push((first.start, last.end()));
            next = at + length;
        }
    }
    if found.is_empty() && (is_short_of_a_day(text.trim()) || is_part_of_year(text.trim())) {
        found.push((0, text.len()));
    }
    found
}

/// How many atoms a date in digits takes that begins at `at`.
fn in_digits(atoms: &[Atom<'_>], at: usize) -> Option<usize> {
    let first = atoms.get(at).filter(|atom| atom.kind == Kind::Number)?;
    if !is_start(atoms, at) {
        return None;
    }
    if matches!(first.text.len(), 8 | 12 | 14) {
        return (is_compact_date(first.text, atoms.len() == 1) && is_end(atoms, at + 1)).then_some(1);
    }
    let (separator, second_at) = separator(atoms, at + 1)?;
    let (again, third_at) = self::separator(atoms, second_at + 1)?;
    let (second, third) = (atoms.get(second_at)?, atoms.get(third_at)?);
    let (a, b, c) = (first.number(4)?, second.number(2)?, third.number(4)?);
    let lengths = (first.text.len(), second.text.len(), third.text.len());
    let spaced = third_at > at + 4;
    let is_date = separator == again
        && match (separator, lengths) {
            (" ", (4, 2, 2)) => (1900..2100).contains(&a) && is_month(b) && is_day(c),
            (" ", (4, _, _)) => false,
            (_, (4, 1..=2, 1..=2)) => (1800..2200).contains(&a) && is_month(b) && is_day(c),
            ("_", _) => false,
            (" ", (2, 2, 4)) => is_year(c) && days_of_months(a, b),
            (" ", _) => false,
            (_, (1..=2, 1..=2, 4)) => is_year(c) && days_of_months(a, b),
            ("/", (1..=2, 1..=2, 2)) => days_of_months(a, b) && !is_counted(atoms, at),
            (".", (1..=2, 1..=2, 2)) => is_day(a) && is_month(b) && !spaced && !is_counted(atoms, at),
            ("-", (2, 2, 2)) => days_of_months(a, b) && !is_counted(atoms, at),
            _ => false,
        };
    (is_date && (lengths.0 == 4 || is_end(atoms, third_at + 1))).then_some(third_at + 1 - at)
}

/// The mark that separates two parts of a date, and where the next part is; a space may follow a point.
fn separator<'a>(atoms: &[Atom<'a>], at: usize) -> Option<(&'a str, usize)> {
    let mark = atoms.get(at).filter(|atom| atom.is("-/._ "))?;
    let space = atoms.get(at + 1).is_some_and(|atom| atom.is(" "));
    Some((mark.text, if mark.text == "." && space { at + 2 } else { at + 1 }))
}

/// Whether a number that begins here goes on from nothing before it.
fn is_start(atoms: &[Atom<'_>], at: usize) -> bool {
    let (before, first) =
        (at.checked_sub(1).and_then(|at| atoms.get(at)), at.checked_sub(2).and_then(|at| atoms.get(at)));
    match before {
        None => true,
        Some(atom) if atom.kind == Kind::Word => atom.text.chars().all(super::stretches::is_cjk),
        Some(atom) if atom.is("-/._,") => first.is_none_or(|first| first.kind != Kind::Number),
        Some(_) => true,
    }
}

/// Whether a date ends before the atom at `at`: `T` and a time may follow, or words with a space between.
fn is_end(atoms: &[Atom<'_>], at: usize) -> bool {
    match (atoms.get(at), atoms.get(at + 1)) {
        (None, _) => true,
        (Some(atom), _) if atom.kind == Kind::Word => {
            matches!(atom.text, "T" | "t" | "Z") || atom.text.chars().all(super::stretches::is_cjk)
        }
        (Some(atom), Some(next)) if atom.is("-/.,") => next.kind != Kind::Number,
        _ => true,
    }
}

/// `20200503`, `202005030417`, `20200503041700`; alone in a text also with the day or month first.
fn is_compact_date(digits: &str, is_alone: bool) -> bool {
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(9999);
    let time = digits.len() == 8 || (part(8, 10) < 24 && part(10, 12) < 60);
    let year_first = (1850..2100).contains(&part(0, 4)) && is_month(part(4, 6)) && is_day(part(6, 8)) && time;
    let year_last =
        is_alone && digits.len() == 8 && (1900..2040).contains(&part(4, 8)) && days_of_months(part(0, 2), part(2, 4));
    year_first || year_last
}

/// Whether what stands before a number says that it is one of a version or a score.
fn is_counted(atoms: &[Atom<'_>], at: usize) -> bool {
    let words = atoms.get(at.saturating_sub(3)..at).unwrap_or(&[]);
    words.iter().any(|atom| {
        matches!(
            &*atom.lower(),
            "v" | "ver" | "version" | "release" | "rev" | "revision" | "fhir" | "hl" | "ec" | "r" | "apgar" | "gcs"
        )
    })
}

fn is_day(number: u32) -> bool {
    (1..=31).contains(&number)
}

fn is_month(number: u32) -> bool {
    (1..=12).contains(&number)
}

/// A year of people's lives: Gregorian, or of the Islamic or the Buddhist era.
fn is_year(number: u32) -> bool {
    (1000..3000).contains(&number)
}

fn days_of_months(a: u32, b: u32) -> bool {
    (is_day(a) && is_month(b)) || (is_month(a) && is_day(b))
}

/// How many atoms a date takes that begins at `at` with a day or the name of a month.
fn named(atoms: &[Atom<'_>], at: usize) -> Option<usize> {
    let first = atoms.get(at)?;
    let is_month_here = |atom: &Atom<'_>| atom.kind == Kind::Word && month(&atom.lower()).is_some();
    if is_month_here(first) {
        return month_first(atoms, at);
    }
    let in_words = first.kind == Kind::Word && day_in_words(&first.lower());
    let day = first.number(2).filter(|day| is_day(*day)).filter(|_| is_start(atoms, at));
    if day.is_none() && !in_words {
        return None;
    }
    let (ordinal, mut next) = behind_day(atoms, at + 1);
    next = skip(atoms, next, " .-/,", 2);
    let joined = atoms.get(next).is_some_and(|atom| is_joining(&atom.lower()));
    let name_at = if joined { skip(atoms, next + 1, " ", 1) } else { next };
    let name = atoms.get(name_at).filter(|atom| atom.kind == Kind::Word)?;
    let sureness = month(&name.lower())?;
    let glued = name_at == at + 1;
    let year = year_behind(atoms, name_at + 1);
    let is_date = match (year, sureness) {
        (Some(_), _) => true,
        (None, _) if glued => false,
        (None, Sureness::Whole | Sureness::Short) => true,
        // The third may be repeated.
        (None, Sureness::Word) => (joined && (ordinal || in_words)) || matches!(name.text, "May" | "March"),
    };
    is_date.then(|| year.unwrap_or(name_at + 1) - at)
}

/// A month's name, then a day, a year, or both.
fn month_first(atoms: &[Atom<'_>], at: usize) -> Option<usize> {
    let name = atoms.get(at)?;
    let sureness = month(&name.lower())?;
    let mut letters = name.text.chars();
    let is_title = letters.next().is_some_and(|c| !c.is_lowercase()) && !letters.any(char::is_uppercase);
    let sure = sureness != Sureness::Word || matches!(name.text, "May" | "March");
    let mut next = skip(atoms, at + 1, " .-/,", 2);
    let separated = next > at + 1;
    if atoms.get(next).is_some_and(|atom| is_joining(&atom.lower())) {
        next = skip(atoms, next + 1, " ", 1);
    }
    let number = atoms.get(next)?;
    if number.kind == Kind::Word && day_in_words(&number.lower()) {
        return sure.then_some(next + 1 - at);
    }
    if number.text.len() == 4 {
        let alone = number.number(4).is_some_and(|year| (1800..2200).contains(&year)) && is_end(atoms, next + 1);
        return (alone && separated && (sure || is_title)).then_some(next + 1 - at);
    }
    number.number(2).filter(|day| is_day(*day))?;
    let (ordinal, behind) = behind_day(atoms, next + 1);
    if let Some(end) = year_behind(atoms, behind).filter(|_| separated && has_long_year(atoms, behind)) {
        return Some(end - at);
    }
    let spaced = atoms.get(at + 1).is_some_and(|atom| atom.is(" .")) && is_end(atoms, behind);
    let a_day = ordinal || (sure && spaced && !is_measured(atoms, behind) && is_title);
    (separated && a_day).then_some(behind - at)
}

/// Whether a unit or a part of a number follows: `Mar 3.5`, `May 10 mg`.
fn is_measured(atoms: &[Atom<'_>], at: usize) -> bool {
    let next = skip(atoms, at, " ", 1);
    atoms
        .get(next)
        .is_some_and(|atom| atom.is("%") || matches!(atom.text, "mg" | "g" | "ml" | "kg" | "mm" | "x" | "times"))
}

/// Whether a day is an ordinal, and the place behind it: `3rd`, `1º`, `1er`.
fn behind_day(atoms: &[Atom<'_>], at: usize) -> (bool, usize) {
    match atoms.get(at) {
        Some(atom) if atom.is("º°ª") => (true, at + 1),
        Some(atom) if atom.kind == Kind::Word && is_ordinal_ending(&atom.lower()) => (true, at + 1),
        _ => (false, at),
    }
}

fn has_long_year(atoms: &[Atom<'_>], at: usize) -> bool {
    atoms.get(skip(atoms, at, " .,-/", 3)).is_some_and(|atom| atom.text.len() == 4)
}

/// The place behind the year that follows a month: four digits, or two.
fn year_behind(atoms: &[Atom<'_>], at: usize) -> Option<usize> {
    let mut next = skip(atoms, at, " .,-/'", 3);
    if atoms.get(next).is_some_and(|atom| is_joining(&atom.lower())) {
        next = skip(atoms, next + 1, " l'", 2);
    }
    let year = atoms.get(next).filter(|atom| atom.kind == Kind::Number)?;
    let fits = match year.text.len() {
        4 => year.number(4).is_some_and(is_year),
        2 => !atoms.get(next + 1).is_some_and(|atom| atom.is(":%")) && !is_measured(atoms, next + 1),
        _ => false,
    };
    (fits && is_end(atoms, next + 1)).then_some(next + 1)
}

/// The place behind at most so many of these marks.
fn skip(atoms: &[Atom<'_>], at: usize, marks: &str, most: usize) -> usize {
    let count = atoms.get(at..).unwrap_or(&[]).iter().take(most).take_while(|atom| atom.is(marks)).count();
    at + count
}

/// `2020年5月3日`, `5月3日`, `2020年5月`, `二〇二〇年五月三日`.
fn chinese(atoms: &[Atom<'_>], at: usize) -> Option<usize> {
    let mut next = at;
    let mut signs = String::new();
    while let Some((sign, behind)) = counted_sign(atoms, next).filter(|_| signs.len() <= LONGEST_SIGNS) {
        signs.push_str(sign);
        next = behind;
    }
    matches!(signs.as_str(), "年月" | "年月日" | "月日" | "年月号" | "月号").then_some(next - at)
}

/// Bytes of the signs of a year, a month and a day.
const LONGEST_SIGNS: usize = 9;
/// Numerals of a year in words.
const MOST_NUMERALS: usize = 6;

/// A number in digits or Chinese numerals, then 年, 月, 日 or 号.
fn counted_sign<'a>(atoms: &[Atom<'a>], at: usize) -> Option<(&'a str, usize)> {
    let mut next = skip(atoms, at, " ", 1);
    let numeral = |atom: &Atom<'_>| atom.kind == Kind::Number || "〇零一二三四五六七八九十廿".contains(atom.text);
    let start = next;
    while next < start + MOST_NUMERALS && atoms.get(next).is_some_and(numeral) {
        next += 1;
    }
    next = if next > start { skip(atoms, next, " ", 1) } else { return None };
    let sign = atoms.get(next).filter(|atom| matches!(atom.text, "年" | "月" | "日" | "号"))?;
    Some((sign.text, next + 1))
}

/// A whole text that is a month, a week or a day of a year: `2020-05`, `05/2020`, `2019-W11-4`, `2020-124`.
fn is_short_of_a_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !(6..=10).contains(&bytes.len()) {
        return false;
    }
    let number = |from: usize, to: usize| {
        let part = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        part.and_then(|part| part.parse::<u32>().ok()).unwrap_or(9999)
    };
    let is_recent = |year: u32| (1850..2100).contains(&year);
    let length = bytes.len();
    let year_first = is_recent(number(0, 4)) && bytes.get(4).is_some_and(|byte| b"-/.".contains(byte));
    let month = year_first
        && ((length == 7 && is_month(number(5, 7))) || (length == 6 && text.contains('/') && is_month(number(5, 6))));
    let of_year = year_first && bytes.get(4) == Some(&b'-') && length == 8 && (1..=366).contains(&number(5, 8));
    let week = is_recent(number(0, 4))
        && text.get(4..).is_some_and(|tail| tail.trim_start_matches('-').starts_with(['W', 'w']))
        && text.get(5..).is_some_and(|tail| tail.bytes().filter(u8::is_ascii_digit).count() >= 2);
    let slash = bytes.iter().position(|byte| *byte == b'/');
    let month_slash = slash.is_some_and(|at| at <= 2 && is_month(number(0, at)) && is_recent(number(at + 1, length)));
    let month_mark = length == 7
        && matches!(bytes.get(2), Some(b'.' | b'-'))
        && bytes.first() <= Some(&b'1')
        && is_month(number(0, 2))
        && is_recent(number(3, 7));
    let decimal = text.contains('.') && !text.starts_with('0');
    month && !(text.contains('.')) || of_year || week || month_slash || (month_mark && !decimal)
}
