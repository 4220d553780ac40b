//! Joining the nodes' parts.
//!
//! `T = Π T_i^{λ_i(0)}`. Parts join that are of one division, were made with the same attributes, and say alike how many are needed: a node that says
//! otherwise stands with its own part apart, and takes nothing from the others. A part that its node made wrongly spoils every way that it is in,
//! and only the user sees that, who recovers σ or not: see [`super::opening`].

use std::cmp::Reverse;
use std::collections::BTreeSet;

use rand_core::{CryptoRng, RngCore};

use super::choices::choices;
use super::{Place, SharingError, TransformShare};
use crate::abe::Transform;
use crate::pairing::{Fp12, Gt, Scalar, SplitGt};
use crate::policy::lagrange_at_zero;

/// Parts that join.
#[derive(Debug, Clone)]
pub struct Joinable {
    pub(super) needed: usize,
    division: u32,
    a: Fp12,
    /// By share. Of one share there are several where they differ: which of them is right, the others tell.
    parts: Vec<(u8, SplitGt)>,
}

/// As many parts as are needed, joined.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// What the user recovers from.
    pub transform: Transform,
    parts: Vec<(u8, SplitGt)>,
}

/// The parts that join with each other, those of the most shares first; what joins with too few others is in none.
///
/// # Errors
/// When there are nowhere enough.
pub fn joinable(shares: &[TransformShare]) -> Result<Vec<Joinable>, SharingError> {
    let mut found: Vec<Joinable> = Vec::new();
    for share in shares {
        match found.iter_mut().find(|parts| parts.joins(share)) {
            Some(parts) => parts.take(share),
            None => found.push(Joinable::of(share)),
        }
    }
    found.sort_by_key(|parts| Reverse(parts.count()));
    if !found.iter().any(Joinable::are_enough) {
        return Err(too_few(&found));
    }
    found.retain(Joinable::are_enough);
    Ok(found)
}

/// Joins the nodes' parts to a transform, which the user recovers from if all parts are right: the lowest shares of those that are the most.
///
/// # Errors
/// As [`joinable`]. A wrong part shows only when the user recovers.
pub fn join_transforms(shares: &[TransformShare]) -> Result<Transform, SharingError> {
    let joinable = joinable(shares)?;
    let first = joinable.first().and_then(Joinable::lowest);
    Ok(first.ok_or(SharingError::TooFew { given: 0, needed: 1 })?.transform)
}

/// Why there are nowhere enough.
fn too_few(found: &[Joinable]) -> SharingError {
    let Some(most) = found.first() else { return SharingError::TooFew { given: 0, needed: 1 } };
    let needed = |parts: &Joinable| u8::try_from(parts.needed).unwrap_or(u8::MAX);
    let Some(other) = found.get(1) else {
        return SharingError::TooFew { given: most.count(), needed: needed(most) };
    };
    if other.division != most.division {
        SharingError::Divisions { first: most.division, second: other.division }
    } else if other.needed != most.needed {
        SharingError::Needed { first: needed(most), second: needed(other) }
    } else {
        SharingError::Mismatch
    }
}

impl Joinable {
    fn of(TransformShare { place, transform }: &TransformShare) -> Self {
        let Place { node, needed, division } = *place;
        Self { needed: needed.into(), division, a: transform.a, parts: vec![(node, transform.t)] }
    }

    fn take(&mut self, TransformShare { place, transform }: &TransformShare) {
        let is_there = |(share, t): &(u8, SplitGt)| *share == place.node && t.element() == transform.t.element();
        if !self.parts.iter().any(is_there) {
            self.parts.push((place.node, transform.t));
            self.parts.sort_by_key(|(share, _)| *share);
        }
    }

    /// Whether a part joins with these, as far as it says itself.
    #[must_use]
    pub fn joins(&self, share: &TransformShare) -> bool {
        usize::from(share.place.needed) == self.needed
            && share.place.division == self.division
            && share.transform.a.to_bytes() == self.a.to_bytes()
    }

    /// Whether there are more of them than are needed.
    #[must_use]
    pub fn has_choice(&self) -> bool {
        self.parts.len() > self.needed
    }

    /// Whether there are as many as show who made one of them wrongly: 2k − 1 on one curve, and one that is not.
    pub(super) fn could_show(&self) -> bool {
        self.parts.len() >= 2 * self.needed
    }

    /// How many there are, of which some may be of one share.
    pub(super) fn all(&self) -> usize {
        self.parts.len()
    }

    /// Of how many shares there are parts.
    fn count(&self) -> usize {
        self.parts.iter().map(|(share, _)| share).collect::<BTreeSet<_>>().len()
    }

    fn are_enough(&self) -> bool {
        self.count() >= self.needed
    }

    fn lowest(&self) -> Option<Way> {
        let mut seen = BTreeSet::new();
        let first = self.parts.iter().filter(|(share, _)| seen.insert(*share));
        self.join(first.take(self.needed).copied().collect())
    }

    /// Ways to take as many of them as are needed, as [`choices`] draws them.
    pub(super) fn ways(&self, rng: &mut (impl CryptoRng + RngCore)) -> impl Iterator<Item = Way> {
        let shares: Vec<u8> = self.parts.iter().map(|(share, _)| *share).collect();
        let choices = choices(&shares, self.needed, rng).into_iter();
        choices
            .filter_map(|choice| self.join(choice.iter().filter_map(|place| self.parts.get(*place).copied()).collect()))
    }

    fn join(&self, parts: Vec<(u8, SplitGt)>) -> Option<Way> {
        let t = at(&parts, 0)?;
        Some(Way { transform: Transform { a: self.a, t: SplitGt::new(t) }, parts })
    }

    /// The shares whose part is the one that this way gives, each with its part.
    pub(super) fn on(&self, way: &Way) -> Vec<(u8, Gt)> {
        let is_on = |(share, t): &&(u8, SplitGt)| {
            let taken = way.parts.iter().find(|(taken, _)| taken == share);
            let expected = taken.map(|(_, taken)| taken.element()).or_else(|| at(&way.parts, *share));
            expected.is_some_and(|expected| expected == t.element())
        };
        self.parts.iter().filter(is_on).map(|(share, t)| (*share, t.element())).collect()
    }
}

/// What the parts give for this share: `Π T_i^{λ_i(share)}`; for 0 it is T. None where there is no part.
fn at(parts: &[(u8, SplitGt)], share: u8) -> Option<Gt> {
    let point = |node: u8| Scalar::from(u64::from(node)) - Scalar::from(u64::from(share));
    let points: Vec<Scalar> = parts.iter().map(|(node, _)| point(*node)).collect();
    let powers = parts.iter().map(|(node, t)| Some(t.pow(&lagrange_at_zero(&points, &point(*node))?)));
    let powers = powers.collect::<Option<Vec<Gt>>>().filter(|powers| !powers.is_empty())?;
    Some(powers.into_iter().product())
}
