//! Whether two labels of a quasi-identifier may be of one value.

use std::collections::HashSet;

use crate::config::HierarchyConfig;
use crate::table::{chapter_bounds, is_missing, number_range};
use medshare_deid_anon::ANY;
use medshare_deid_records::Column;

/// The labels of one quasi-identifier in two releases.
pub(super) struct Labels {
    /// Number of labels in the second.
    width: usize,
    /// For each pair whether they may be of one value.
    fit: Vec<bool>,
    are_comparable: bool,
    /// Whether labels fit where they are equal, and nowhere else.
    are_equal_only: bool,
}

impl Labels {
    /// The labels in both columns, with the hierarchies that they may be from.
    pub(super) fn of((one, other): (&Column, &Column), hierarchies: [Option<&HierarchyConfig>; 2]) -> Self {
        let siblings = siblings(&hierarchies);
        let (labels, others) = (one.dictionary(), other.dictionary());
        let fit: Vec<bool> = labels.iter().flat_map(|a| others.iter().map(|b| may_be_one(a, b, &siblings))).collect();
        let is_told = |label: &&String| !is_missing(label) && *label != ANY;
        let known: HashSet<&str> = others.iter().map(String::as_str).collect();
        let are_equal_only = labels
            .iter()
            .zip(fit.chunks(others.len().max(1)))
            .all(|(a, fits)| others.iter().zip(fits).all(|(b, fits)| *fits == (a == b)));
        // Labels of which none fits any other one are from a hierarchy that nobody named, or of people who have nothing in common.
        let told: Vec<&String> = labels.iter().filter(is_told).collect();
        let are_strange = are_equal_only && !told.is_empty() && others.iter().any(|label| is_told(&label));
        let are_comparable = !(are_strange && told.iter().all(|label| !known.contains(label.as_str())));
        Labels { width: others.len(), fit, are_comparable, are_equal_only }
    }

    /// Whether a label of the first and one of the second may be of one value.
    pub(super) fn fit(&self, one: u32, other: u32) -> bool {
        self.fit.get(one as usize * self.width + other as usize).copied().unwrap_or_default()
    }

    /// Whether anything can be said of them.
    pub(super) fn are_comparable(&self) -> bool {
        self.are_comparable
    }

    /// Whether labels fit where they are equal, and nowhere else.
    pub(super) fn are_equal_only(&self) -> bool {
        self.are_equal_only
    }
}

/// Pairs of labels of one value, by the rows of hierarchies.
fn siblings<'a>(hierarchies: &[Option<&'a HierarchyConfig>]) -> HashSet<(&'a str, &'a str)> {
    let rows = hierarchies.iter().flatten().filter_map(|hierarchy| match hierarchy {
        HierarchyConfig::Rows { rows } => Some(rows),
        _ => None,
    });
    let rows = rows.flatten();
    rows.flat_map(|row| row.iter().flat_map(|a| row.iter().map(|b| (a.as_str(), b.as_str())))).collect()
}

fn may_be_one(a: &str, b: &str, siblings: &HashSet<(&str, &str)>) -> bool {
    let says_nothing = |label: &str| is_missing(label) || label == ANY;
    if a == b || says_nothing(a) || says_nothing(b) || siblings.contains(&(a, b)) {
        return true;
    }
    if let Some(members) = set_of(a) {
        return members.split(", ").any(|member| may_be_one(member, b, siblings));
    }
    if let Some(members) = set_of(b) {
        return members.split(", ").any(|member| may_be_one(a, member, siblings));
    }
    if let (Some((low, high)), Some((from, to))) = (number_range(a), number_range(b)) {
        return low <= to && from <= high;
    }
    is_cut_of(a, b) || is_cut_of(b, a) || is_in_chapter(a, b) || is_in_chapter(b, a)
}

/// What is inside of `{a, b}`.
fn set_of(label: &str) -> Option<&str> {
    label.strip_prefix('{')?.strip_suffix('}')
}

/// Whether a code is another one cut: `021**` or `E11` of `02139` or `E11.9`.
fn is_cut_of(cut: &str, whole: &str) -> bool {
    let head = cut.trim_end_matches('*');
    let is_code = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit()) && !text.contains([' ', '-']);
    let is_starred = head.len() < cut.len();
    (is_starred || is_code(cut)) && !head.is_empty() && whole.trim_end_matches('*').starts_with(head)
}

/// Whether a chapter such as `E00-E90` has a code.
fn is_in_chapter(chapter: &str, code: &str) -> bool {
    let Some((first, last)) = chapter_bounds(chapter) else { return false };
    match chapter_bounds(code) {
        Some((from, to)) => first <= to && from <= last,
        None => code.get(..3).is_some_and(|category| first <= category && category <= last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_fit_where_a_value_has_both() {
        let rows = [["Lyon", "France", "Europe"], ["Bern", "Switzerland", "Europe"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec()).to_vec();
        let hierarchy = HierarchyConfig::Rows { rows };
        let siblings = siblings(&[Some(&hierarchy), None]);
        for (a, b) in [
            ("[40, 45)", "[40, 60)"),
            ("90+", "[80, 95)"),
            ("90+", "93"),
            ("<=1929", "<1935"),
            ("1950-1959", "1955"),
            ("*", "Lyon"),
            ("", "F"),
            ("Lyon", "Europe"),
            ("France", "Lyon"),
            ("{F, M}", "M"),
            ("021**", "02139"),
            ("021", "02*"),
            ("E11", "E11.9"),
            ("E00-E90", "E11.9"),
            ("E00-E90", "E11"),
        ] {
            assert!(may_be_one(a, b, &siblings) && may_be_one(b, a, &siblings), "{a} {b}");
        }
        for (a, b) in [
            ("[40, 45)", "[45, 60)"),
            ("90+", "[80, 90)"),
            ("<=1929", "1930"),
            ("Lyon", "Switzerland"),
            ("{F, M}", "X"),
            ("021**", "03139"),
            ("E11", "E12.1"),
            ("F00-F99", "E11"),
            ("Fr", "France"),
        ] {
            assert!(!may_be_one(a, b, &siblings) && !may_be_one(b, a, &siblings), "{a} {b}");
        }
    }
}
