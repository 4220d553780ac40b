//! Proof of who a requestor is: her registration and her access, under one certified header.
//!
//! That nobody is registered under a RID is proven, too. A registration stands for good; her access changes, so that it counts as of the time
//! that the proof states.

use crate::certified_state::{Anchor, CertifiedState, CertifiedStateError};
use crate::facts::NetworkFacts;
use crate::id::{Height, RequestorId, Timestamp};
use crate::state::{AccessRecord, IdentityRecord, StateFault, StateKey};
use crate::state_tree::TreeStore;
use bincode::{Decode, Encode};

/// The proof.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct IdentityProof(CertifiedState<2>);

/// Who a requestor is, after a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityStanding {
    /// Height of the anchor; the state is that after the height before it.
    pub height: Height,
    /// Time of the anchor.
    pub time: Timestamp,
    /// Her registration; none where she is not registered.
    pub identity: Option<IdentityRecord>,
    /// Her access: the attributes that she holds, and how often all of them were taken away.
    pub access: AccessRecord,
}

const fn keys(requestor: RequestorId) -> [StateKey; 2] {
    [StateKey::Identity(requestor), StateKey::Access(requestor)]
}

impl IdentityProof {
    /// The proof of a requestor from the tree that `nodes` keeps, as of a decided batch.
    ///
    /// # Errors
    /// [`StateFault`] when the state before the batch is not kept or cannot be read.
    pub fn build(nodes: &dyn TreeStore, anchor: Anchor, requestor: RequestorId) -> Result<Self, StateFault> {
        CertifiedState::build(nodes, anchor, &keys(requestor)).map(Self)
    }

    /// What the proof shows of a requestor in the network of these facts.
    ///
    /// # Errors
    /// [`CertifiedStateError`] when it shows nothing, or the identity that stands there is not of this RID.
    pub fn verify(
        &self,
        facts: &NetworkFacts,
        requestor: RequestorId,
    ) -> Result<IdentityStanding, CertifiedStateError> {
        self.0.verify(facts)?;
        self.shown_unverified(requestor)
    }

    /// What stands under the anchor's state root, whoever certified it: for the node that made the proof.
    ///
    /// # Errors
    /// As [`IdentityProof::verify`], but for who certified it.
    pub fn shown_unverified(&self, requestor: RequestorId) -> Result<IdentityStanding, CertifiedStateError> {
        let Self(state) = self;
        let [identity, access] = keys(requestor);
        let identity: Option<IdentityRecord> = state.value(0, &identity)?;
        let is_hers = |record: &IdentityRecord| RequestorId::of_key(&record.identity.key) == requestor;
        if !identity.as_ref().is_none_or(is_hers) {
            return Err(CertifiedStateError::MalformedValue);
        }
        let access = state.value(1, &access)?.unwrap_or_default();
        Ok(IdentityStanding { height: state.height(), time: state.time(), identity, access })
    }
}
