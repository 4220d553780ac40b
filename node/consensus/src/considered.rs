//! Which proposals of the height under way were looked at, so that nobody has this node look without an end.
//!
//! To check a batch may take half a second of a processor. So in each round the first two announcements count whose bytes give the
//! announced hash, whether they turn out valid or not; only the proposer of the round can sign them, so that nobody uses up
//! another's. To find out whether bytes give a hash costs as well, by their length: whoever streamed some that did not is heard no
//! more in this height.

use std::collections::{BTreeMap, BTreeSet};

use arc_malachitebft_app_channel::app::types::PeerId;

use super::limits::MAX_PROPOSALS_PER_ROUND;
use super::undecided::Proposed;

/// What was looked at since the last height was decided.
#[derive(Default)]
pub(super) struct Considered {
    of_rounds: BTreeMap<u32, Vec<Proposed>>,
    liars: BTreeSet<PeerId>,
}

impl Considered {
    /// Whether `peer` streamed no bytes yet that are not those that were announced.
    pub(super) fn hears(&self, peer: &PeerId) -> bool {
        !self.liars.contains(peer)
    }

    /// Whether a proposal is neither a repetition nor one too many of its round.
    pub(super) fn admits(&self, proposed: &Proposed) -> bool {
        let of_round = self.of_rounds.get(&proposed.round);
        of_round.is_none_or(|known| known.len() < MAX_PROPOSALS_PER_ROUND && !known.contains(proposed))
    }

    /// Takes note that a proposal is looked at.
    pub(super) fn add(&mut self, proposed: Proposed) {
        self.of_rounds.entry(proposed.round).or_default().push(proposed);
    }

    /// Takes note that `peer` streamed other bytes than those that were announced.
    pub(super) fn distrust(&mut self, peer: PeerId) {
        self.liars.insert(peer);
    }

    /// Begins anew, for the next height.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
