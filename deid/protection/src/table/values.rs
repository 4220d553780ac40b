//! Single values of tables: numbers, ranges, years, ZIP codes, and the two classes that are open at one end.

use std::borrow::Cow;

use medshare_deid_identifiers::{Shape, is_zip, shapes_in};
use medshare_deid_records::date::PartialDate;

/// Marks a class that is open above: `90+`.
const OPEN_ABOVE: char = '+';
/// Begins the class of the years that tell an age of 90 or more: `<=1929`.
const UP_TO: &str = "<=";
/// Begins a band that is open below: `<1935`.
const BELOW: char = '<';

/// Values that mean that nothing is known.
pub(crate) fn is_missing(value: &str) -> bool {
    matches!(
        value.trim(),
        "" | "."
            | "-"
            | "?"
            | "NA"
            | "N/A"
            | "n/a"
            | "n/k"
            | "NaN"
            | "nan"
            | "NULL"
            | "null"
            | "None"
            | "unknown"
            | "Unknown"
    )
}

/// A finite number, also with a decimal comma: one that is surely none between thousands, as in `79,6` and `0,700`.
pub(super) fn number_of(text: &str) -> Option<f64> {
    let text = text.trim();
    let number = match text.split_once(',') {
        None => text.parse::<f64>(),
        Some((whole, part)) if part.len() != 3 || matches!(whole, "0" | "-0") => format!("{whole}.{part}").parse(),
        Some(_) => return None,
    };
    number.ok().filter(|number| number.is_finite())
}

/// A range of numbers: `[a-b)`, `(a-b]`, `a-b`, `[a, b)`.
pub(super) fn range_of(text: &str) -> Option<(f64, f64)> {
    let inner = text.trim().trim_start_matches(['[', '(']).trim_end_matches([']', ')']);
    let (from, to) = inner.split_once(", ").or_else(|| inner.split_once('-'))?;
    let (from, to) = (number_of(from)?, number_of(to)?);
    (from < to).then_some((from, to))
}

/// The numbers that a label may mean, from the least to the greatest: of a number, a range, or a class that is open to a side.
pub(crate) fn number_range(label: &str) -> Option<(f64, f64)> {
    let label = label.trim();
    if let Some((from, to)) = range_of(label) {
        let is_open = label.ends_with(')');
        return Some((
            if label.starts_with('(') { from.next_up() } else { from },
            if is_open { to.next_down() } else { to },
        ));
    }
    if let Some(number) = number_of(label) {
        return Some((number, number));
    }
    bound_above(label)
        .map(|from| (from, f64::INFINITY))
        .or_else(|| bound_below(label).map(|to| (f64::NEG_INFINITY, to)))
        .or_else(|| label.strip_prefix(BELOW).and_then(number_of).map(|end| (f64::NEG_INFINITY, end.next_down())))
}

/// Where a value stands among numbers; nothing for texts, which come first.
pub(super) fn position_of(leaf: &str) -> Option<f64> {
    let open = || bound_below(leaf).or_else(|| bound_above(leaf));
    range_of(leaf).map(|(from, _)| from).or_else(|| number_of(leaf)).or_else(open)
}

/// The number in `<=1929`, the last one of a class that is open below.
pub(super) fn bound_below(leaf: &str) -> Option<f64> {
    number_of(leaf.strip_prefix(UP_TO)?)
}

/// The number in `90+`, the first one of a class that is open above.
pub(super) fn bound_above(leaf: &str) -> Option<f64> {
    number_of(leaf.strip_suffix(OPEN_ABOVE)?)
}

/// The class of a number and all above.
pub(super) fn and_above(number: f64) -> String {
    format!("{}{OPEN_ABOVE}", plain(number))
}

/// The class of a number and all below.
pub(super) fn and_below(number: f64) -> String {
    format!("{UP_TO}{}", plain(number))
}

/// The class of all below a number.
pub(super) fn below(number: f64) -> String {
    format!("{BELOW}{}", plain(number))
}

/// A number without digits that its computation made up; zero has no sign.
pub(super) fn plain(number: f64) -> String {
    let rounded = (number * 1e9).round() / 1e9;
    format!("{}", if rounded.is_finite() { rounded } else { number } + 0.0)
}

/// What a value in a column of ZIP codes means: a code of five or nine digits, one of four that has lost its zero as a number, or an area
/// of three digits.
pub(super) fn zip_of(text: &str) -> Option<Cow<'_, str>> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text.len());
    match digits {
        Some(3) => Some(Cow::Borrowed(text)),
        Some(4) => Some(Cow::Owned(format!("0{text}"))),
        _ => is_zip(text).then_some(Cow::Borrowed(text)),
    }
}

/// Whether a text is a date with month or day.
pub(super) fn is_full_date(text: &str) -> bool {
    PartialDate::parse(text).is_some_and(PartialDate::is_finer_than_year)
        || (text.len() <= 40 && shapes_in(text) == [Shape::FullDate])
}

/// Whether a text is a year and nothing else.
pub(super) fn is_year(text: &str) -> bool {
    text.len() == 4 && year_of(text).is_some_and(is_plausible)
}

/// The year in a date, or the first one in any text.
pub(super) fn year_of(text: &str) -> Option<i32> {
    if let Some(date) = PartialDate::parse(text) {
        return Some(date.year);
    }
    // A year alone, or before month and day without marks: 20200503, 20200503041700.
    let digits = text.split(|c: char| !c.is_ascii_digit()).find(|part| matches!(part.len(), 4 | 8 | 12 | 14))?;
    digits.get(..4)?.parse().ok().filter(|year| is_plausible(*year))
}

/// Whether a year may be one of people's lives; 9999 often means that something has no end.
pub(super) fn is_plausible(year: i32) -> bool {
    (1800..=2200).contains(&year)
}

/// The place of each value in the order of numbers, or of texts where not all are numbers.
pub(super) fn ranks(dictionary: &[String]) -> Vec<u32> {
    let numbers: Option<Vec<f64>> = dictionary.iter().map(|value| number_of(value)).collect();
    let mut order: Vec<usize> = (0..dictionary.len()).collect();
    match &numbers {
        Some(numbers) => {
            order.sort_by(|a, b| numbers.get(*a).partial_cmp(&numbers.get(*b)).unwrap_or(std::cmp::Ordering::Equal))
        }
        None => order.sort_by_key(|index| dictionary.get(*index)),
    }
    let mut ranks = vec![0u32; dictionary.len()];
    for (rank, index) in order.into_iter().enumerate() {
        if let Some(slot) = ranks.get_mut(index) {
            *slot = rank as u32;
        }
    }
    ranks
}
