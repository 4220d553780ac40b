//! Joining the nodes' parts: every way to take as many as are needed.
//!
//! `T = Π T_i^{λ_i(0)}`. A part that its node made wrongly spoils every way that it is in, and only the user sees that, who recovers σ or not. So
//! where there are more parts than are needed, other ways are gone. One that opens gives every part: `T_j = Π T_i^{λ_i(j)}`, against which the others
//! are held.

use std::collections::BTreeMap;

use super::{Place, SharingError, TransformShare};
use crate::abe::Transform;
use crate::pairing::{Fp12, Gt, Scalar, SplitGt};
use crate::policy::lagrange_at_zero;

/// Most ways that are gone: all there are of five parts among eleven.
pub const MAX_WAYS: usize = 462;

/// As many parts as are needed, joined.
#[derive(Debug, Clone)]
pub struct Way {
    /// What the user recovers from.
    pub transform: Transform,
    /// The parts, by share.
    pub(super) parts: Vec<(u8, SplitGt)>,
}

/// The ways to join parts, those of the lowest shares first, at most [`MAX_WAYS`].
#[derive(Debug, Clone)]
pub struct Ways {
    a: Fp12,
    parts: Vec<(u8, SplitGt)>,
    /// Which parts the next way takes, ascending; empty behind the last.
    next: Vec<usize>,
    left: usize,
}

/// The ways to join the nodes' parts.
///
/// # Errors
/// When there are too few, two of one share differ, or they are of different divisions or transforms.
pub fn ways_to_join(shares: &[TransformShare]) -> Result<Ways, SharingError> {
    let first = shares.first().ok_or(SharingError::TooFew { given: 0, needed: 1 })?;
    let Place { needed, division, .. } = first.place;
    if let Some(other) = shares.iter().find(|share| share.place.division != division) {
        return Err(SharingError::Divisions { first: division, second: other.place.division });
    }
    let a = first.transform.a.to_bytes();
    let alike = |share: &TransformShare| share.place.needed == needed && share.transform.a.to_bytes() == a;
    if !shares.iter().all(alike) {
        return Err(SharingError::Mismatch);
    }
    let mut by_node: BTreeMap<u8, SplitGt> = BTreeMap::new();
    for TransformShare { place, transform } in shares {
        let before = by_node.insert(place.node, transform.t);
        if before.is_some_and(|before| before.element() != transform.t.element()) {
            return Err(SharingError::Twice { node: place.node });
        }
    }
    if by_node.len() < usize::from(needed) {
        return Err(SharingError::TooFew { given: by_node.len(), needed });
    }
    let parts = by_node.into_iter().collect();
    Ok(Ways { a: first.transform.a, parts, next: (0..usize::from(needed)).collect(), left: MAX_WAYS })
}

/// Joins the nodes' parts to the transform that the user recovers from.
///
/// # Errors
/// As [`ways_to_join`]. A wrong part shows only when the user recovers.
pub fn join_transforms(shares: &[TransformShare]) -> Result<Transform, SharingError> {
    Ok(ways_to_join(shares)?.next().ok_or(SharingError::Mismatch)?.transform)
}

impl Iterator for Ways {
    type Item = Way;

    fn next(&mut self) -> Option<Way> {
        self.left = self.left.checked_sub(1)?;
        let parts: Vec<_> = self.next.iter().filter_map(|place| self.parts.get(*place).copied()).collect();
        self.go_on();
        let t = at(&parts, 0)?;
        Some(Way { transform: Transform { a: self.a, t: SplitGt::new(t) }, parts })
    }
}

impl Ways {
    /// Whether there are more parts than are needed, before any way is gone.
    #[must_use]
    pub fn has_choice(&self) -> bool {
        self.parts.len() > self.next.len()
    }

    /// The next choice of as many parts, in the order of their places.
    fn go_on(&mut self) {
        let (all, needed) = (self.parts.len(), self.next.len());
        // The last that has room behind it moves on, and those behind it follow.
        let has_room = |at: &usize| self.next.get(*at).is_some_and(|place| place + needed < all + at);
        let Some(moves) = (0..needed).rev().find(has_room) else {
            self.next.clear();
            return;
        };
        let from = self.next.get(moves).map_or(0, |place| place + 1);
        for (place, follows) in self.next.iter_mut().skip(moves).zip(from..) {
            *place = follows;
        }
    }
}

impl Way {
    /// Whether a part is another than these give for its share: where they open, it was made wrongly.
    #[must_use]
    pub fn contradicts(&self, share: &TransformShare) -> bool {
        let expected = at(&self.parts, share.place.node).map(SplitGt::new);
        expected.is_none_or(|expected| expected.element() != share.transform.t.element())
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
