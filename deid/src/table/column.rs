//! What a column's values are, how each value is told at the least, and how it is generalised.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::anon::{ANY, Hierarchy, HierarchyError};
use crate::config::{HierarchyConfig, RestrictedZips};
use crate::date::PartialDate;
use crate::shape::is_zip;

use super::codes::{category, icd9_chapter, icd10_chapter};

/// Oldest age that is told; above it there is one class.
const OLDEST_AGE: f64 = 90.0;
/// The label of that class.
const OLD_AGES: &str = "90+";
/// A column without a number up to this holds no ages but, for instance, years of birth.
const MOST_YEARS: f64 = 150.0;

/// What a column's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// Dates.
    Date,
    /// US ZIP codes.
    Zip,
    /// Ages in years.
    Age,
    /// Ranges of numbers such as `[70-80)`.
    Range,
    /// Numbers.
    Number,
    /// Anything else.
    Text,
}

/// Values that mean that nothing is known.
pub(crate) fn is_missing(value: &str) -> bool {
    matches!(value.trim(), "" | "?" | "NA" | "N/A" | "NaN" | "nan" | "NULL" | "null" | "None" | "unknown" | "Unknown")
}

/// The kind of a column, from its name and its distinct values.
pub(crate) fn kind_of(name: &str, dictionary: &[String]) -> ValueKind {
    let known: Vec<&str> = dictionary.iter().map(|value| value.trim()).filter(|value| !is_missing(value)).collect();
    let mostly = |test: &dyn Fn(&str) -> bool| {
        !known.is_empty() && known.iter().filter(|value| test(value)).count() * 10 >= known.len() * 9
    };
    let any = |test: &dyn Fn(&str) -> bool| known.iter().any(|value| test(value));
    let words = super::roles::words(name);
    let named = |word: &str| words.iter().any(|own| own == word);
    // What a name tells holds for every value that fits, however few do: the others are no reason to tell these.
    if mostly(&|value| is_full_date(value)) {
        ValueKind::Date
    } else if (named("zip") || named("postal") || named("postcode") || named("zipcode")) && any(&|value| is_zip(value))
    {
        ValueKind::Zip
    } else if mostly(&|value| range_of(value).is_some()) {
        ValueKind::Range
    } else if named("age") && any(&|value| number_of(value).is_some_and(|number| number <= MOST_YEARS)) {
        ValueKind::Age
    } else if ["id", "code", "type", "nbr", "key"].iter().any(|word| named(word)) {
        // Numbers that name things have no size.
        ValueKind::Text
    } else if mostly(&|value| number_of(value).is_some()) {
        ValueKind::Number
    } else {
        ValueKind::Text
    }
}

/// A value as it is told at the least: dates as years, ZIP codes as areas, ages capped. Values that do not fit their column are kept
/// only if they are not dates.
pub(crate) fn base_value(kind: ValueKind, name: &str, value: &str, zips: &RestrictedZips) -> String {
    let trimmed = value.trim();
    match kind {
        ValueKind::Date => year_of(trimmed).map_or_else(String::new, |year| format!("{year:04}")),
        ValueKind::Zip => zip_of(trimmed).and_then(|zip| zips.area_of(&zip)).unwrap_or_default(),
        ValueKind::Age | ValueKind::Range if super::roles::words(name).iter().any(|word| word == "age") => {
            match position_of(trimmed) {
                Some(age) if age >= OLDEST_AGE => OLD_AGES.to_owned(),
                _ => value.to_owned(),
            }
        }
        _ => value.to_owned(),
    }
}

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
        Some(HierarchyConfig::Rows { rows }) => return Hierarchy::from_rows(rows),
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

fn by_kind(kind: ValueKind, leaves: &[String]) -> Hierarchy {
    match kind {
        ValueKind::Date => banded(leaves, &[5.0, 10.0, 20.0, 60.0]),
        ValueKind::Age => banded(leaves, &[5.0, 10.0, 20.0, 40.0]),
        ValueKind::Zip => prefixes(leaves, &[1]),
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

/// Where a value stands among numbers; nothing for texts, which come first.
fn position_of(leaf: &str) -> Option<f64> {
    if leaf == OLD_AGES { Some(OLDEST_AGE) } else { range_of(leaf).map(|(from, _)| from).or_else(|| number_of(leaf)) }
}

/// The label of all leaves from one to another, as few as say it: an interval, a set, or what their hierarchy calls them.
pub(crate) fn range_label(kind: ValueKind, hierarchy: &Hierarchy, low: u32, high: u32) -> String {
    let text = |leaf: u32| hierarchy.label(leaf, 0).unwrap_or_default();
    if low == high {
        return text(low).to_owned();
    }
    if kind != ValueKind::Text && kind != ValueKind::Zip {
        let from = position_of(text(low)).map_or_else(|| "*".to_owned(), plain);
        return match range_of(text(high)) {
            Some((_, to)) => format!("[{from}, {})", plain(to)),
            None => format!("[{from}, {}]", text(high)),
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
    if low >= high {
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
    let bands: Vec<_> = widths.iter().map(|width| move |leaf: &str| band(leaf, *width)).collect();
    let levels: Vec<&dyn Fn(&str) -> String> = bands.iter().map(|band| band as &dyn Fn(&str) -> String).collect();
    Hierarchy::build(leaves, &levels)
}

/// The band of a number, or of the lower end of a range, closed below and open above.
fn band(leaf: &str, width: f64) -> String {
    let position = if leaf == OLD_AGES {
        Some(OLDEST_AGE)
    } else {
        range_of(leaf).map(|(from, _)| from).or_else(|| number_of(leaf))
    };
    match position {
        Some(number) => {
            let start = (number / width + 1e-9).floor() * width;
            format!("[{}, {})", plain(start), plain(start + width))
        }
        None => leaf.to_owned(),
    }
}

fn plain(number: f64) -> String {
    let rounded = (number * 1e9).round() / 1e9;
    format!("{rounded}")
}

/// What a value in a column of ZIP codes means: a code of five or nine digits, one of four that has lost its zero as a number, or an area
/// of three digits.
fn zip_of(text: &str) -> Option<Cow<'_, str>> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text.len());
    match digits {
        Some(3) => Some(Cow::Borrowed(text)),
        Some(4) => Some(Cow::Owned(format!("0{text}"))),
        _ => is_zip(text).then_some(Cow::Borrowed(text)),
    }
}

/// Whether a value in a column of ZIP codes tells more than an area.
pub(crate) fn is_finer_than_area(text: &str) -> bool {
    zip_of(text.trim()).is_some_and(|zip| zip.len() > 3)
}

/// A finite number.
pub(crate) fn number_of(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// A range of numbers: `[a-b)`, `(a-b]`, `a-b`, `[a, b)`.
fn range_of(text: &str) -> Option<(f64, f64)> {
    let inner = text.trim().trim_start_matches(['[', '(']).trim_end_matches([']', ')']);
    let (from, to) = inner.split_once(", ").or_else(|| inner.split_once('-'))?;
    let (from, to) = (number_of(from)?, number_of(to)?);
    (from < to).then_some((from, to))
}

/// Whether a text is a date with month or day.
pub(crate) fn is_full_date(text: &str) -> bool {
    PartialDate::parse(text).is_some_and(PartialDate::is_finer_than_year)
        || (text.len() <= 40 && crate::shape::shapes_in(text) == [crate::shape::Shape::FullDate])
}

fn year_of(text: &str) -> Option<i32> {
    if let Some(date) = PartialDate::parse(text) {
        return Some(date.year);
    }
    let digits = text.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 4)?;
    digits.parse().ok().filter(|year| (1800..=2200).contains(year))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, values: &[&str]) -> Vec<String> {
        let dictionary: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        let kind = kind_of(name, &dictionary);
        values.iter().map(|value| base_value(kind, name, value, &RestrictedZips::Both)).collect()
    }

    #[test]
    fn zip_codes_become_areas_however_few_and_however_written() {
        assert_eq!(told("zip", &["n/a", "elsewhere", "abroad", "01940"]), ["", "", "", "019"]);
        assert_eq!(told("ZipCode", &["1940", "3601", "94103-1234", "019"]), ["019", "000", "941", "019"]);
    }

    #[test]
    fn ages_above_89_are_one_class_however_few_are_numbers() {
        assert_eq!(told("age", &["adult", "child", "senior", "93"]), ["adult", "child", "senior", "90+"]);
        assert_eq!(told("age", &["[80-90)", "[90-100)", "95"]), ["[80-90)", "90+", "90+"]);
        assert_eq!(told("weight", &["95", "120"]), ["95", "120"]);
    }
}
