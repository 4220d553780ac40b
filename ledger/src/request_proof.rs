//! Proof of what became of a request: the request with the parent block that answered it, and that block, under one certified header.
//!
//! A request is answered once. So an old proof can show no other answer, but none.

use crate::certified_state::{Anchor, CertifiedState, CertifiedStateError};
use crate::facts::NetworkFacts;
use crate::id::{BlockId, Height, PackageId};
use crate::state::{BlockRecord, RequestRecord, StateFault, StateKey};
use crate::state_tree::TreeStore;
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;

/// The proof.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RequestProof(CertifiedState<2>);

/// A parent block that answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnsweringBlock {
    /// Its id.
    pub block: BlockId,
    /// Height at which it was applied.
    pub height: Height,
    /// Commitment to its package.
    pub package: PackageId,
}

/// What became of a request, after a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestStanding {
    /// Height of the anchor; the state is that after the height before it.
    pub height: Height,
    /// The request; none where it was not made.
    pub request: Option<RequestRecord>,
    /// The block that answered it.
    pub answer: Option<AnsweringBlock>,
}

/// Where no block has answered, what stands beside the request is not looked at.
fn keys(name: Hash32, answer: Option<BlockId>) -> [StateKey; 2] {
    [StateKey::Request(name), StateKey::Block(answer.unwrap_or(BlockId::from_bytes([0; 32])))]
}

impl RequestProof {
    /// The proof of a request, by its name, from the tree that `nodes` keeps, as of a decided batch; `answer` is the block that answered it, as
    /// far as the node knows.
    ///
    /// # Errors
    /// [`StateFault`] when the state before the batch is not kept or cannot be read.
    pub fn build(
        nodes: &dyn TreeStore,
        anchor: Anchor,
        name: Hash32,
        answer: Option<BlockId>,
    ) -> Result<Self, StateFault> {
        CertifiedState::build(nodes, anchor, &keys(name, answer)).map(Self)
    }

    /// What the proof shows of a request in the network of these facts.
    ///
    /// # Errors
    /// [`CertifiedStateError`] when it shows nothing.
    pub fn verify(&self, facts: &NetworkFacts, name: Hash32) -> Result<RequestStanding, CertifiedStateError> {
        self.0.verify(facts)?;
        self.shown_unverified(name)
    }

    /// What stands under the anchor's state root, whoever certified it: for the node that made the proof.
    ///
    /// # Errors
    /// [`CertifiedStateError`] when a path does not lead there.
    pub fn shown_unverified(&self, name: Hash32) -> Result<RequestStanding, CertifiedStateError> {
        let Self(state) = self;
        let request: Option<RequestRecord> = state.value(0, &StateKey::Request(name))?;
        let answered = request.as_ref().and_then(|request| request.answer);
        let answer = match answered {
            None => None,
            Some(block) => {
                let [_, key] = keys(name, answered);
                let record: Option<BlockRecord> = state.value(1, &key)?;
                let BlockRecord { height, package, .. } = record.ok_or(CertifiedStateError::MalformedValue)?;
                Some(AnsweringBlock { block, height, package })
            }
        };
        Ok(RequestStanding { height: state.height(), request, answer })
    }
}
