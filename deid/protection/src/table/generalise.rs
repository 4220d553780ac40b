//! How a column's values become coarser.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::config::HierarchyConfig;
use medshare_deid_anon::{ANY, Hierarchy, HierarchyError};

use super::codes::{category, icd9_chapter, icd10_chapter};
use super::meaning::ValueKind;
use super::values::{and_above, and_below, below, bound_above, bound_below, number_of, plain, position_of, range_of};

/// A hierarchy over a column's base values, as configured or by the form of the values. Leaves are ordered: numbers by size,
/// texts so that those with common labels are neighbours.
pub(crate) fn hierarchy_for(
    kind: ValueKind,
    values: &[String],
    config: Option<&HierarchyConfig>,
) -> Result<Hierarchy, HierarchyError> {
    let mut leaves = values.to_vec();
    leaves
        .sort_by(|a, b| position_of(a).partial_cmp(&position_of(b)).unwrap_or(Ordering::Equal).then_with(|| a.cmp(b)));
    let built = match config {
        Some(HierarchyConfig::Rows { rows }) => return Hierarchy::from_rows(&with_open_ends(rows, &leaves)),
        Some(HierarchyConfig::Widths { widths }) => banded(&leaves, widths),
        Some(HierarchyConfig::Prefix { lengths }) => prefixes(&leaves, lengths),
        Some(HierarchyConfig::Icd10) => {
            leaves.sort_by_key(|code| (icd10_chapter(code), category(code), code.clone()));
            Hierarchy::build(&leaves, &[&category, &icd10_chapter])
        }
        Some(HierarchyConfig::Icd9) => {
            leaves.sort_by_key(|code| (icd9_chapter(code), category(code), code.clone()));
            Hierarchy::build(&leaves, &[&category, &icd9_chapter])
        }
        Some(HierarchyConfig::File { .. }) | None => by_kind(kind, &leaves),
    };
    Ok(built)
}

/// Whether values of this kind become coarser in bands, so that several of them may be told as a range.
pub(super) fn may_be_joined(kind: ValueKind, config: Option<&HierarchyConfig>) -> bool {
    let is_numeric = matches!(kind, ValueKind::Age | ValueKind::Range | ValueKind::Number);
    matches!((config, is_numeric), (Some(HierarchyConfig::Widths { .. }), _) | (None, true))
}

/// The range of several numbers or ranges that are closed below and open above, if they are that.
pub(super) fn joined_range<'a>(values: impl Iterator<Item = &'a str>) -> Option<String> {
    let (mut from, mut to, mut is_open) = (f64::INFINITY, f64::NEG_INFINITY, true);
    for value in values {
        let (low, high, open) = match (number_of(value), range_of(value)) {
            (Some(number), _) => (number, number, false),
            (None, Some((low, high))) if value.ends_with(')') && !value.starts_with('(') => (low, high, true),
            _ => return None,
        };
        from = from.min(low);
        // Of two that end at the same number the one that holds it reaches further.
        if high > to || (high == to && !open) {
            (to, is_open) = (high, open);
        }
    }
    let (from, to) = (plain(from), plain(to));
    (from != to).then(|| format!("[{from}, {to}{}", if is_open { ')' } else { ']' }))
}

fn by_kind(kind: ValueKind, leaves: &[String]) -> Hierarchy {
    match kind {
        ValueKind::Date => banded(leaves, &[5.0, 10.0, 20.0, 60.0]),
        ValueKind::Age => banded(leaves, &[5.0, 10.0, 20.0, 40.0]),
        ValueKind::Zip | ValueKind::Postcode => prefixes(leaves, &[1]),
        ValueKind::Range => {
            let widths = leaves.iter().filter_map(|leaf| range_of(leaf)).map(|(from, to)| to - from);
            let width = widths.fold(f64::INFINITY, f64::min);
            if width.is_finite() {
                banded(leaves, &[2.0 * width, 4.0 * width, 8.0 * width])
            } else {
                Hierarchy::build(leaves, &[])
            }
        }
        ValueKind::Number => banded(leaves, &number_widths(leaves)),
        ValueKind::Text => Hierarchy::build(leaves, &[]),
    }
}

fn prefixes(leaves: &[String], lengths: &[usize]) -> Hierarchy {
    let cuts: Vec<_> = lengths.iter().map(|length| move |code: &str| prefix(code, *length)).collect();
    let levels: Vec<&dyn Fn(&str) -> String> = cuts.iter().map(|cut| cut as &dyn Fn(&str) -> String).collect();
    Hierarchy::build(leaves, &levels)
}

/// The first characters of a code, the rest starred.
fn prefix(code: &str, length: usize) -> String {
    code.chars().enumerate().map(|(index, c)| if index < length { c } else { '*' }).collect()
}

/// The label of all leaves from one to another, as few as say it: an interval, a set, or what their hierarchy calls them.
pub(crate) fn range_label(kind: ValueKind, hierarchy: &Hierarchy, low: u32, high: u32) -> String {
    let text = |leaf: u32| hierarchy.label(leaf, 0).unwrap_or_default();
    if low == high {
        return text(low).to_owned();
    }
    if !matches!(kind, ValueKind::Text | ValueKind::Zip | ValueKind::Postcode) {
        // A text among the numbers, or what is not told of a person, is not between any two.
        let Some(from) = position_of(text(low)).map(Some) else { return ANY.to_owned() };
        return match (range_of(text(high)), bound_below(text(low)), bound_above(text(high))) {
            (_, Some(_), Some(_)) => ANY.to_owned(),
            (_, Some(_), None) => position_of(text(high)).map_or_else(|| ANY.to_owned(), and_below),
            (_, None, Some(_)) => from.map_or_else(|| ANY.to_owned(), and_above),
            (Some((_, to)), None, None) => format!("[{}, {})", from.map_or_else(|| ANY.to_owned(), plain), plain(to)),
            (None, None, None) => format!("[{}, {}]", from.map_or_else(|| ANY.to_owned(), plain), text(high)),
        };
    }
    if high - low < 4 {
        let members: Vec<&str> = (low..=high).map(text).collect();
        return format!("{{{}}}", members.join(", "));
    }
    let shared = (1..hierarchy.height()).find(|level| {
        let first = hierarchy.label(low, *level);
        (low..=high).all(|leaf| hierarchy.label(leaf, *level) == first)
    });
    shared.and_then(|level| hierarchy.label(low, level)).unwrap_or(ANY).to_owned()
}

/// Widths that divide the numbers' span into about 32, 16, 8, 4 and 2 bands, rounded to 1, 2 or 5 times a power of ten.
fn number_widths(leaves: &[String]) -> Vec<f64> {
    let numbers = || leaves.iter().filter_map(|leaf| number_of(leaf));
    let (low, high) =
        numbers().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (low.min(number), high.max(number)));
    // Numbers that are too far apart for any width are not divided into bands.
    if low >= high || !(high - low).is_finite() {
        return Vec::new();
    }
    let mut widths: Vec<f64> = [32.0, 16.0, 8.0, 4.0, 2.0].iter().map(|bands| round_up((high - low) / bands)).collect();
    widths.dedup();
    // Bands nest only if each width divides the next.
    let mut nested: Vec<f64> = Vec::new();
    for width in widths {
        if nested.last().is_none_or(|last| ((width / last) - (width / last).round()).abs() < 1e-9) {
            nested.push(width);
        }
    }
    nested
}

fn round_up(width: f64) -> f64 {
    let power = 10f64.powf(width.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    steps.iter().map(|step| step * power).find(|rounded| *rounded >= width * (1.0 - 1e-9)).unwrap_or(width)
}

fn banded(leaves: &[String], widths: &[f64]) -> Hierarchy {
    let ends = Ends {
        below: leaves.iter().find_map(|leaf| bound_below(leaf)),
        above: leaves.iter().find_map(|leaf| bound_above(leaf)),
    };
    let bands: Vec<_> = widths.iter().map(|width| move |leaf: &str| band(leaf, *width, ends)).collect();
    let levels: Vec<&dyn Fn(&str) -> String> = bands.iter().map(|band| band as &dyn Fn(&str) -> String).collect();
    Hierarchy::build(leaves, &levels)
}

/// The numbers at which a column's open classes begin.
#[derive(Clone, Copy, Debug)]
struct Ends {
    below: Option<f64>,
    above: Option<f64>,
}

/// The band of a number, or the bands of a range together, closed below and open above; open to a side on which they hold an open class.
fn band(leaf: &str, width: f64, ends: Ends) -> String {
    let Some(number) = position_of(leaf) else { return leaf.to_owned() };
    let start_of = |number: f64| (number / width + 1e-9).floor() * width;
    let start = start_of(number);
    let end = match range_of(leaf) {
        Some((_, to)) if leaf.ends_with(']') => start_of(to) + width,
        Some((_, to)) => (to / width - 1e-9).ceil() * width,
        None => start + width,
    };
    if ends.below.is_some_and(|last| start <= last) {
        below(end)
    } else if ends.above.is_some_and(|first| end > first) {
        and_above(start)
    } else {
        format!("[{}, {})", plain(start), plain(end))
    }
}

/// The rows of a hierarchy, with one for each open class that the values have and the rows lack: that of the number at which it begins, or
/// of the next one inside. What is not told of a person is told of her at no level.
fn with_open_ends<'a>(rows: &'a [Vec<String>], leaves: &[String]) -> Cow<'a, [Vec<String>]> {
    let lacks = |leaf: &&String| rows.iter().all(|row| row.first() != Some(*leaf));
    let mut all = Cow::Borrowed(rows);
    for leaf in leaves.iter().filter(lacks) {
        if leaf == ANY
            && let Some((top, levels)) = rows.first().and_then(|row| row.split_last())
        {
            let is_one = rows.iter().all(|row| row.last() == Some(top));
            let labels = levels.iter().map(|_| ANY.to_owned());
            all.to_mut().push(
                labels.chain([if is_one && !levels.is_empty() { top.clone() } else { ANY.to_owned() }]).collect(),
            );
            continue;
        }
        let (Some(bound), is_above) = (bound_above(leaf).or_else(|| bound_below(leaf)), bound_above(leaf).is_some())
        else {
            continue;
        };
        let inside = |row: &&Vec<String>| {
            let number = row.first().and_then(|first| number_of(first));
            number.is_some_and(|number| if is_above { number >= bound } else { number <= bound })
        };
        let distance = |row: &Vec<String>| {
            row.first().and_then(|first| number_of(first)).map_or(f64::INFINITY, |number| (number - bound).abs())
        };
        let nearest = rows.iter().filter(inside).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        if let Some((_, labels)) = nearest.and_then(|row| row.split_first()) {
            all.to_mut().push(std::iter::once(leaf.clone()).chain(labels.iter().cloned()).collect());
        }
    }
    all
}
