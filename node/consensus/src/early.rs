//! Whole proposals that came before their height or their round began.
//!
//! Nothing of them is checked yet, so places and bytes are by who streamed them: whoever fills its own keeps nobody else's out. Of one
//! peer the newest count, because an honest one streams in the order in which it goes on.

use arc_malachitebft_app_channel::app::types::PeerId;
use medshare_ledger::id::Height;

use super::limits::{MAX_EARLY_PER_PEER, MAX_HELD_BYTES};
use super::members::Members;
use super::shares::{self, Held};
use super::streams::Whole;

/// Early proposals of all peers.
#[derive(Default)]
pub(super) struct Early(Held<Whole>);

impl Early {
    /// Keeps a proposal that `peer` streamed; when it has streamed too many, its oldest goes, and when all together are too long, that of
    /// whoever holds the most.
    pub(super) fn keep(&mut self, peer: PeerId, whole: Whole) {
        let places = self.0.entry(peer).or_default();
        if places.contains(&whole) {
            return;
        }
        if places.len() >= MAX_EARLY_PER_PEER {
            places.pop_front();
        }
        places.push_back(whole);
        shares::shrink(&mut self.0, peer, MAX_HELD_BYTES, |whole| whole.bytes.len());
    }

    /// Takes the proposals of `height` up to `round`, each with who streamed it, and drops those of heights below.
    pub(super) fn take(&mut self, height: Height, round: u32) -> Vec<(PeerId, Whole)> {
        let mut due = Vec::new();
        self.0.retain(|peer, places| {
            for whole in std::mem::take(places) {
                match whole.height() == height && whole.round() <= round {
                    true => due.push((*peer, whole)),
                    false if whole.height() >= height => places.push_back(whole),
                    false => {}
                }
            }
            !places.is_empty()
        });
        due
    }

    /// Drops those of `height`, whose members are known now, that are not by the proposer of their round.
    pub(super) fn keep_due(&mut self, height: Height, members: &Members) {
        let is_due = |whole: &Whole| members.proposer_id(whole.round()) == whole.proposer();
        self.0.values_mut().for_each(|places| places.retain(|whole| whole.height() != height || is_due(whole)));
    }

    /// Whether one of the first round of `height` is there.
    pub(super) fn has_first(&self, height: Height) -> bool {
        self.0.values().flatten().any(|whole| (whole.height(), whole.round()) == (height, 0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::testing::{key, opening, peer, validators};
    use bytes::Bytes;
    use medshare_ledger::id::NodeId;

    const HEIGHT: Height = Height(6);

    fn whole(signer: u8, height: Height, round: u32, batch: &[u8]) -> Whole {
        Whole { opening: opening(height, round, signer, batch), bytes: Bytes::copy_from_slice(batch) }
    }

    #[test]
    fn whoever_fills_its_places_keeps_no_proposal_of_another_out() {
        let (hostile, honest) = (peer(), peer());
        let proposal = whole(0, HEIGHT, 0, b"honest");
        for hostile_first in [true, false] {
            let mut early = Early::default();
            if !hostile_first {
                early.keep(honest, proposal.clone());
            }
            for byte in 0..8 {
                early.keep(hostile, whole(1, HEIGHT, 0, &[byte]));
            }
            early.keep(honest, proposal.clone());
            let taken = early.take(HEIGHT, 0);
            assert!(taken.contains(&(honest, proposal.clone())));
            assert_eq!(taken.len(), 1 + MAX_EARLY_PER_PEER);
        }
    }

    #[test]
    fn all_that_is_kept_is_bounded_and_who_streams_least_keeps_its_place() {
        let (proposal, honest) = (whole(0, HEIGHT, 0, b"honest"), peer());
        let long = whole(1, HEIGHT, 0, &vec![0; MAX_HELD_BYTES / 4]);
        let mut early = Early::default();
        early.keep(honest, proposal.clone());
        (0..6).for_each(|_| early.keep(peer(), long.clone()));
        let taken = early.take(HEIGHT, 0);
        assert!(taken.contains(&(honest, proposal)));
        assert_eq!(taken.len(), 1 + 3, "four of them and the honest one are too much");
    }

    #[test]
    fn a_proposal_waits_for_its_height_and_its_round() {
        let mut early = Early::default();
        let peer = peer();
        early.keep(peer, whole(0, Height(5), 0, b"past"));
        early.keep(peer, whole(1, HEIGHT, 1, b"next round"));
        early.keep(peer, whole(2, Height(7), 0, b"next height"));
        assert!(!early.has_first(HEIGHT) && early.has_first(Height(7)));
        assert_eq!(early.take(HEIGHT, 0), []);
        assert_eq!(early.take(HEIGHT, 1), [(peer, whole(1, HEIGHT, 1, b"next round"))]);
        assert_eq!(early.take(Height(7), 4), [(peer, whole(2, Height(7), 0, b"next height"))]);
        assert!(early.0.is_empty());
    }

    #[test]
    fn who_is_not_due_is_dropped_once_that_is_known() {
        let members = Members::of(&validators(4), HEIGHT, &[]).unwrap();
        let due = (0..4).find(|index| NodeId::of_key(&key(*index).verifying_key()) == members.proposer_id(0)).unwrap();
        let mut early = Early::default();
        let (one, other) = (peer(), peer());
        early.keep(one, whole((due + 1) % 4, HEIGHT, 0, b"hostile"));
        early.keep_due(HEIGHT, &members);
        assert!(!early.has_first(HEIGHT));
        early.keep(other, whole(due, HEIGHT, 0, b"honest"));
        early.keep_due(HEIGHT, &members);
        assert_eq!(early.take(HEIGHT, 0), [(other, whole(due, HEIGHT, 0, b"honest"))]);
    }
}
