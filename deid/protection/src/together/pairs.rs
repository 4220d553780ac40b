//! Joint classes: rows of two releases that may be the same people's.

use std::collections::HashMap;

use super::labels::Labels;
use super::shown::Shown;
use crate::classes::classes_of;
use medshare_deid_records::Column;

/// The rows of one release, those that are equal together.
pub(super) struct Rows {
    groups: Vec<Group>,
    /// Number of classes by the quasi-identifiers.
    classes: usize,
}

/// Rows that show the same.
struct Group {
    /// What both releases have to show alike.
    facts: u32,
    /// The class by all quasi-identifiers of its release.
    class: u32,
    /// The labels of the quasi-identifiers that both show.
    labels: Vec<u32>,
    count: u32,
}

/// What both releases show: pairs of columns of one name.
pub(super) struct Shared<'a> {
    /// Quasi-identifiers of one of them at least, with what their labels mean.
    pub(super) of_people: Vec<(&'a Column, &'a Column, Labels)>,
    /// All others.
    pub(super) facts: Vec<(&'a Column, &'a Column)>,
}

impl Rows {
    /// The rows of both releases.
    pub(super) fn of(one: &Shown<'_>, other: &Shown<'_>, shared: &Shared<'_>) -> (Self, Self) {
        // Labels that fit where they are equal are compared as facts are: at once for all rows.
        let equal = shared.of_people.iter().filter(|(_, _, labels)| labels.are_equal_only());
        let equal = shared.facts.iter().copied().chain(equal.map(|(own, other, _)| (*own, *other)));
        let joined: Vec<Column> = equal.map(|(own, other)| joined(own, other)).collect();
        let (classes, _) = classes_of(joined.iter(), one.subjects + other.subjects);
        let (first, second) = classes.split_at(one.subjects.min(classes.len()));
        let own: Vec<&Column> = shared.of_people.iter().map(|(own, _, _)| *own).collect();
        let others: Vec<&Column> = shared.of_people.iter().map(|(_, other, _)| *other).collect();
        (Self::grouped(one, first, &own), Self::grouped(other, second, &others))
    }

    fn grouped(shown: &Shown<'_>, facts: &[u32], labels: &[&Column]) -> Self {
        let own = shown.columns.iter().map(AsRef::as_ref).filter(|column| shown.is_quasi(column.name()));
        let others = labels.iter().copied().filter(|column| !shown.is_quasi(column.name()));
        let (classes, sizes) = classes_of(own.chain(others), shown.subjects);
        let mut known: HashMap<(u32, u32), usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for (row, (facts, class)) in facts.iter().zip(&classes).enumerate() {
            let labels = || labels.iter().map(|column| column.codes().get(row).copied().unwrap_or_default()).collect();
            let place = *known.entry((*facts, *class)).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.count += 1,
                None => groups.push(Group { facts: *facts, class: *class, labels: labels(), count: 1 }),
            }
        }
        groups.sort_by_key(|group| (group.facts, group.class));
        Rows { groups, classes: sizes.len() }
    }
}

/// Both columns, one below the other.
fn joined(one: &Column, other: &Column) -> Column {
    let mut dictionary = one.dictionary().to_vec();
    let places: HashMap<&str, u32> = one.dictionary().iter().map(String::as_str).zip(0..).collect();
    let mut place = |value: &String| {
        places.get(value.as_str()).copied().unwrap_or_else(|| {
            dictionary.push(value.clone());
            (dictionary.len() - 1) as u32
        })
    };
    let theirs: Vec<u32> = other.dictionary().iter().map(&mut place).collect();
    let mapped = other.codes().iter().map(|code| theirs.get(*code as usize).copied().unwrap_or_default());
    let codes = one.codes().iter().copied().chain(mapped).collect();
    Column::from_codes(one.name(), dictionary, codes).unwrap_or_else(|| Column::from_values(one.name(), [""; 0]))
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    /// Of each joint class, rows of the first release that have a partner in it, and rows of the second.
    pub(super) classes: Vec<(u32, u32)>,
    /// Of each class of the first release, how many rows have no partner.
    pub(super) alone: Vec<u32>,
    /// The same of the second.
    pub(super) others_alone: Vec<u32>,
    /// Rows of the first that fit one row of the second, which fits no other.
    pub(super) aligned: u32,
}

/// Finds them; nothing where there are more than `most` pairs to look at.
pub(super) fn joint_classes((rows, others): (&Rows, &Rows), shared: &Shared<'_>, most: u64) -> Option<Found> {
    let mut joint: HashMap<(u32, u32), (u32, u32)> = HashMap::new();
    let mut found = Found { alone: vec![0; rows.classes], others_alone: vec![0; others.classes], ..Found::default() };
    let mut looked = 0;
    let mut rest = others.groups.as_slice();
    let mut partnered = vec![0u32; others.groups.len()];
    let fits = |a: &Group, b: &Group| {
        let mut of_people = shared.of_people.iter().zip(a.labels.iter().zip(&b.labels));
        of_people.all(|((_, _, labels), (a, b))| labels.fit(*a, *b))
    };
    for same in rows.groups.chunk_by(|a, b| a.facts == b.facts) {
        let facts = same.first().map_or(0, |group| group.facts);
        let skipped = rest.iter().take_while(|group| group.facts < facts).count();
        rest = rest.get(skipped..).unwrap_or_default();
        let start = others.groups.len() - rest.len();
        let candidates = rest.iter().take_while(|group| group.facts == facts).count();
        let candidates = rest.get(..candidates).unwrap_or_default();
        looked += same.len() as u64 * candidates.len() as u64;
        if looked > most {
            return None;
        }
        let mut single: Vec<(usize, usize)> = Vec::new();
        for (own_place, own) in same.iter().enumerate() {
            let mut partners = 0u32;
            for (place, other) in candidates.iter().enumerate().filter(|(_, other)| fits(own, other)) {
                partners += other.count;
                let count = joint.entry((own.class, other.class)).or_default();
                count.0 += own.count;
                count.1 += other.count;
                if let Some(slot) = partnered.get_mut(start + place) {
                    *slot += own.count;
                }
                if own.count == 1 && other.count == 1 {
                    single.push((own_place, place));
                }
            }
            if partners == 0
                && let Some(slot) = found.alone.get_mut(own.class as usize)
            {
                *slot += own.count;
            }
            if partners != 1 {
                single.retain(|(own, _)| *own != own_place);
            }
        }
        let fits_one = |place: &usize| partnered.get(start + place) == Some(&1);
        found.aligned += single.iter().filter(|(_, place)| fits_one(place)).count() as u32;
    }
    for (group, partners) in others.groups.iter().zip(&partnered) {
        if *partners == 0
            && let Some(slot) = found.others_alone.get_mut(group.class as usize)
        {
            *slot += group.count;
        }
    }
    found.classes = joint.into_values().collect();
    Some(found)
}
