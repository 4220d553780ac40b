//! The validators of one height in the order in which they propose.
//!
//! Round robin over all would make every height of a dead validator wait for a timeout. So the order of a height follows from the
//! chain below it: validators whose batches are among the last decided ones take turns; the others come after them, and get the
//! first round of every sixteenth height to come back. Every node has the same chain, hence the same order; nothing that differs
//! between nodes, such as who signed their copy of a certificate, goes in. Later rounds reach everybody, so safety and liveness are
//! those of round robin.

use std::sync::Arc;

use arc_malachitebft_app_channel::app::types::core::{self as engine, VotingPower};
use medshare_crypto::sign::VerifyingKey;
use medshare_ledger::id::{Height, NodeId};
use medshare_ledger::validator::ValidatorSet;

use super::context::{Address, Context};

/// Batches that tell who is present, per validator: who had this many turns and used none is absent.
pub const TURNS_WATCHED: usize = 2;

/// Every so many heights, the first round goes to an absent validator.
pub const HEIGHTS_PER_TRIAL: u64 = 16;

/// A validator as the engine sees it; everybody has one vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    address: Address,
    key: VerifyingKey,
}

impl engine::Validator<Context> for Member {
    fn address(&self) -> &Address {
        &self.address
    }

    fn public_key(&self) -> &VerifyingKey {
        &self.key
    }

    fn voting_power(&self) -> VotingPower {
        1
    }
}

impl Member {
    /// Its id.
    pub(super) const fn id(&self) -> NodeId {
        self.address.0
    }

    /// Its key.
    pub(super) const fn key(&self) -> &VerifyingKey {
        &self.key
    }
}

/// The members of a height: at least one, ordered by address, with the order of proposers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    members: Arc<[Member]>,
    /// Indices into `members`: who proposes in round 0, 1, ….
    order: Arc<[usize]>,
}

impl Members {
    /// The members of `height`, given who proposed the batches below it; `None` when there are no validators.
    #[must_use]
    pub fn of(validators: &ValidatorSet, height: Height, recent: &[NodeId]) -> Option<Self> {
        let validators = validators.as_slice();
        if validators.is_empty() {
            return None;
        }
        let member = |v: &medshare_ledger::validator::Validator| Member { address: Address(v.id), key: v.key };
        let members: Arc<[Member]> = validators.iter().map(member).collect();
        let order = order(&members, height, recent).into();
        Some(Self { members, order })
    }

    /// How many proposers [`Members::of`] looks back at for a set of this size.
    #[must_use]
    pub fn watched(validators: &ValidatorSet) -> usize {
        TURNS_WATCHED * validators.as_slice().len()
    }

    /// The member that proposes in `round`.
    #[expect(clippy::indexing_slicing, reason = "neither list is empty and the order holds indices of members")]
    pub(super) fn proposer(&self, round: u32) -> &Member {
        &self.members[self.order[round as usize % self.order.len()]]
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.members.len()).unwrap_or(u32::MAX)
    }

    /// All but this one.
    pub(super) fn others(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        (0..self.count()).map(|round| self.proposer_id(round)).filter(move |other| *other != node)
    }

    /// The id of the member that proposes in `round`.
    pub(super) fn proposer_id(&self, round: u32) -> NodeId {
        self.proposer(round).id()
    }

    /// The key of a member.
    pub(super) fn key_of(&self, node: NodeId) -> Option<&VerifyingKey> {
        self.members.iter().find(|member| member.address.0 == node).map(|member| &member.key)
    }
}

impl engine::ValidatorSet<Context> for Members {
    fn count(&self) -> usize {
        self.members.len()
    }

    fn total_voting_power(&self) -> VotingPower {
        self.members.len() as VotingPower
    }

    fn get_by_address(&self, address: &Address) -> Option<&Member> {
        self.members.iter().find(|member| &member.address == address)
    }

    fn get_by_index(&self, index: usize) -> Option<&Member> {
        self.members.get(index)
    }
}

fn order(members: &[Member], height: Height, recent: &[NodeId]) -> Vec<usize> {
    let all = 0..members.len();
    let watched = TURNS_WATCHED * members.len();
    // Below that many batches nobody had all of their turns yet.
    let is_present = |index: &usize| {
        recent.len() < watched || members.get(*index).is_some_and(|member| recent.contains(&member.address.0))
    };
    let (mut order, mut absent): (Vec<usize>, Vec<usize>) = all.partition(is_present);
    rotate(&mut order, height.0);
    rotate(&mut absent, height.0 / HEIGHTS_PER_TRIAL);
    if height.0.is_multiple_of(HEIGHTS_PER_TRIAL) && !absent.is_empty() {
        order.insert(0, absent.remove(0));
    }
    order.extend(absent);
    order
}

fn rotate(indices: &mut [usize], by: u64) {
    if !indices.is_empty() {
        let by = (by % indices.len() as u64) as usize;
        indices.rotate_left(by);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::testing::{key, validators};

    fn id(index: u8) -> NodeId {
        NodeId::of_key(&key(index).verifying_key())
    }

    fn proposers(height: u64, recent: &[NodeId]) -> Vec<NodeId> {
        let members = Members::of(&validators(4), Height(height), recent).unwrap();
        (0..4).map(|round| members.proposer_id(round)).collect()
    }

    #[test]
    fn everybody_takes_turns_while_everybody_proposes() {
        let recent: Vec<_> = (0..8).map(|turn| id(turn % 4)).collect();
        for recent in [&recent[..], &[]] {
            let mut first: Vec<_> = (1..5).map(|height| proposers(height, recent)[0]).collect();
            first.sort();
            first.dedup();
            assert_eq!(first.len(), 4);
        }
    }

    #[test]
    fn an_absent_validator_is_last_but_at_its_trial() {
        let recent: Vec<_> = (0..8).map(|turn| id(turn % 3)).collect();
        for height in 1..64 {
            let order = proposers(height, &recent);
            let at = order.iter().position(|proposer| *proposer == id(3)).unwrap();
            assert_eq!(at, if height % HEIGHTS_PER_TRIAL == 0 { 0 } else { 3 });
        }
    }

    #[test]
    fn every_round_robin_reaches_every_validator() {
        for recent in [vec![id(0); 8], vec![id(3); 8], vec![]] {
            let mut order = proposers(7, &recent);
            order.sort();
            order.dedup();
            assert_eq!(order.len(), 4);
        }
    }
}
