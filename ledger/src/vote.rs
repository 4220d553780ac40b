//! What a validator signs in consensus, so that anybody can check a decision without the engine.

use crate::id::{Height, NetworkId, NodeId};
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::Signable;

/// The two voting steps of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum VoteKind {
    /// First step.
    Prevote,
    /// Second step; a quorum of these decides.
    Precommit,
}

/// A vote of one validator for a batch hash, or for none.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Vote {
    /// Network that the vote counts in.
    pub network: NetworkId,
    /// Step.
    pub kind: VoteKind,
    /// Height voted on.
    pub height: Height,
    /// Round within the height.
    pub round: u32,
    /// Batch hash, or none.
    pub value: Option<Hash32>,
    /// The voter.
    pub validator: NodeId,
}

impl Signable for Vote {
    const DOMAIN: &'static str = "medshare/vote/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        crate::codec::encode(self)
    }
}

/// A proposer's announcement of the batch hash of a round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Proposal {
    /// Network that the proposal counts in.
    pub network: NetworkId,
    /// Height proposed for.
    pub height: Height,
    /// Round within the height.
    pub round: u32,
    /// Batch hash.
    pub value: Hash32,
    /// Round of the quorum of prevotes that a re-proposal rests on.
    pub valid_round: Option<u32>,
    /// The proposer.
    pub validator: NodeId,
}

impl Signable for Proposal {
    const DOMAIN: &'static str = "medshare/proposal/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        crate::codec::encode(self)
    }
}
