//! Two releases held together: what somebody learns who has both.
//!
//! Each release may be anonymous alone and both together may not be: told in fives and in tens, an age is told in fives; released before and after one
//! admission, the admission stands alone. The attacker is the one of composition (Ganta, Kasiviswanathan and Smith, KDD 2008) who knows of a person that
//! she is in both, and what quasi-identifiers say of her. A row of the one release and a row of the other may be the same person's where everything that
//! **both show** agrees: columns that are no quasi-identifier are equal, and the labels of quasi-identifiers have a value in common ([`labels`]).
//! Rows then fall into **joint classes**, by the quasi-identifiers in the one release and in the other: of a person in such a class the attacker knows
//! that she is one of the rows in it which have a partner. Rows without any partner are told as well: who came or left between the releases is among
//! them.
//!
//! Pure: a node can ask it of what it released before and of what it is about to deliver.

mod labels;
mod pairs;
mod shown;

use serde::{Deserialize, Serialize};

use crate::config::DeidConfig;
use medshare_deid_records::{Column, Records};

use labels::Labels;
use pairs::{Rows, Shared, joint_classes};
use shown::Shown;

/// What two releases tell together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TogetherReport {
    /// Whether the second may be handed to somebody who has the first.
    pub passed: bool,
    /// The `k` that is required: the greater one of both configurations.
    pub k_required: u32,
    /// What both show.
    pub shared: Vec<String>,
    /// Joint classes of the quasi-identifiers of both.
    pub classes: usize,
    /// The size of the smallest joint class; 0 where nobody can be in both.
    pub smallest_class: u32,
    /// Subjects of the first release in joint classes smaller than `k`.
    pub below_k: usize,
    /// Subjects that only one of the two shows, in a class that has fewer than `k` of them.
    pub only_in_one: usize,
    /// Subjects of the first release that fit exactly one of the second, which fits no other.
    pub aligned: usize,
    /// Subjects of the first release.
    pub subjects: usize,
    /// Quasi-identifiers that the two tell in ways which cannot be compared without the hierarchy that made them.
    pub incomparable: Vec<String>,
}

/// Why two releases cannot be held together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TogetherError {
    /// One is a table, the other FHIR.
    #[error(
        "one of the two releases is a table and the other FHIR: nothing in them can be compared; expected two of one kind"
    )]
    Kinds,
    /// More combinations than can be looked at.
    #[error(
        "the two releases have more than {MOST_PAIRS} pairs of classes that may be the same people; generalise more before both leave"
    )]
    TooMany,
}

/// Pairs of classes that are looked at, at most: some seconds.
const MOST_PAIRS: u64 = 200_000_000;

/// Holds two releases together, each with the configuration that it was made with.
///
/// # Errors
/// When they are of two kinds, or have too many classes.
pub fn together(
    first: (&Records, &DeidConfig),
    second: (&Records, &DeidConfig),
) -> Result<TogetherReport, TogetherError> {
    let same_kind =
        matches!((first.0, second.0), (Records::Table(_), Records::Table(_)) | (Records::Fhir(_), Records::Fhir(_)));
    if !same_kind {
        return Err(TogetherError::Kinds);
    }
    let k = first.1.k.max(second.1.k);
    let (one, other) = (Shown::of(first.0, first.1), Shown::of(second.0, second.1));
    let mut shared = Shared { of_people: Vec::new(), facts: Vec::new() };
    let hierarchies = |name: &str| [first.1, second.1].map(|config| config.table.hierarchies.get(name));
    for own in one.columns.iter().map(AsRef::as_ref) {
        let Some(theirs) = other.column(own.name()) else { continue };
        if one.is_quasi(own.name()) || other.is_quasi(own.name()) {
            shared.of_people.push((own, theirs, Labels::of((own, theirs), hierarchies(own.name()))));
        } else {
            shared.facts.push((own, theirs));
        }
    }
    let (rows, others) = Rows::of(&one, &other, &shared);
    let found = joint_classes((&rows, &others), &shared, MOST_PAIRS).ok_or(TogetherError::TooMany)?;
    let named = |column: &Column| column.name().to_owned();
    let incomparable: Vec<String> = shared
        .of_people
        .iter()
        .filter(|(_, _, labels)| !labels.are_comparable())
        .map(|(own, _, _)| named(own))
        .collect();
    let names =
        shared.of_people.iter().map(|(own, _, _)| named(own)).chain(shared.facts.iter().map(|(own, _)| named(own)));
    let small = |sizes: &[(u32, u32)]| -> usize {
        sizes.iter().filter(|(own, partners)| (*own).min(*partners) < k).map(|(own, _)| *own as usize).sum()
    };
    let few = |counts: &[u32]| {
        counts.iter().filter(|count| (1..k).contains(*count)).map(|count| *count as usize).sum::<usize>()
    };
    let below_k = small(&found.classes);
    let only_in_one = few(&found.alone) + few(&found.others_alone);
    Ok(TogetherReport {
        passed: below_k == 0 && only_in_one == 0 && incomparable.is_empty(),
        k_required: k,
        classes: found.classes.len(),
        smallest_class: found.classes.iter().map(|(own, partners)| (*own).min(*partners)).min().unwrap_or_default(),
        below_k,
        only_in_one,
        aligned: found.aligned as usize,
        subjects: one.subjects,
        shared: names.collect(),
        incomparable,
    })
}
