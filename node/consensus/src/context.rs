//! The types that the engine is generic over, in terms of the ledger's.

use arc_malachitebft_app_channel::app::types::core as engine;
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::{Height, NetworkId, NodeId};
use medshare_ledger::vote;

pub(super) use engine::{NilOrVal, Round, VoteType};

/// The engine's tie between all the types here, which [`binding`](super::binding) makes.
#[derive(Clone, Copy, Debug)]
pub struct Context;

/// A validator's name in the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub NodeId);

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl engine::Address for Address {}

/// A height in the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EngineHeight(pub Height);

impl std::fmt::Display for EngineHeight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl engine::Height for EngineHeight {
    const ZERO: Self = Self(Height(0));
    const INITIAL: Self = Self(Height(1));

    fn increment_by(&self, n: u64) -> Self {
        Self(Height(self.0.0.saturating_add(n)))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.0.checked_sub(n).map(|height| Self(Height(height)))
    }

    fn as_u64(&self) -> u64 {
        self.0.0
    }
}

/// What is voted on: the hash of a batch. The bytes travel beside it, in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchHash(pub Hash32);

impl engine::Value for BatchHash {
    type Id = Hash32;

    fn id(&self) -> Hash32 {
        self.0
    }
}

/// A vote before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    pub(super) kind: VoteType,
    pub(super) height: EngineHeight,
    pub(super) round: Round,
    pub(super) value: NilOrVal<Hash32>,
    pub(super) voter: Address,
}

impl Vote {
    /// What is signed; a vote outside of every round has no such form.
    pub(super) fn to_ledger(&self, network: NetworkId) -> Option<vote::Vote> {
        Some(vote::Vote {
            network,
            kind: match self.kind {
                VoteType::Prevote => vote::VoteKind::Prevote,
                VoteType::Precommit => vote::VoteKind::Precommit,
            },
            height: self.height.0,
            round: self.round.as_u32()?,
            value: match self.value {
                NilOrVal::Nil => None,
                NilOrVal::Val(hash) => Some(hash),
            },
            validator: self.voter.0,
        })
    }
}

impl engine::Vote<Context> for Vote {
    fn height(&self) -> EngineHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<Hash32> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<Hash32> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Address {
        &self.voter
    }

    // Votes carry no extensions here: heights start with the policy that forbids them, and no message has room for one.
    fn extension(&self) -> Option<&engine::SignedExtension<Context>> {
        None
    }

    fn take_extension(&mut self) -> Option<engine::SignedExtension<Context>> {
        None
    }

    fn extend(self, _extension: engine::SignedExtension<Context>) -> Self {
        self
    }
}

/// A proposal before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub(super) height: EngineHeight,
    pub(super) round: Round,
    pub(super) value: BatchHash,
    pub(super) valid_round: Round,
    pub(super) proposer: Address,
}

impl Proposal {
    /// What is signed; a proposal outside of every round has no such form.
    pub(super) fn to_ledger(&self, network: NetworkId) -> Option<vote::Proposal> {
        Some(vote::Proposal {
            network,
            height: self.height.0,
            round: self.round.as_u32()?,
            value: self.value.0,
            valid_round: self.valid_round.as_u32(),
            validator: self.proposer.0,
        })
    }
}

impl engine::Proposal<Context> for Proposal {
    fn height(&self) -> EngineHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &BatchHash {
        &self.value
    }

    fn take_value(self) -> BatchHash {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.valid_round
    }

    fn validator_address(&self) -> &Address {
        &self.proposer
    }
}
