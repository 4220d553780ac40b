//! Proof of how an attribute of a requestor stands: its public key and its grant, under one certified header.
//!
//! That there is no key, or no grant, is proven, too. A grant counts as made where its own entry is the one in force; what has not been granted
//! may be a moment later.

use crate::certified_state::{Anchor, CertifiedState, CertifiedStateError};
use crate::facts::NetworkFacts;
use crate::id::{Height, RequestorId, Timestamp};
use crate::state::{AttributeKeyRecord, GrantRecord, StateFault, StateKey};
use crate::state_tree::TreeStore;
use bincode::{Decode, Encode};

/// The proof.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GrantProof(CertifiedState<2>);

/// How an attribute of a requestor stands, after a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantStanding {
    /// Height of the anchor; the state is that after the height before it.
    pub height: Height,
    /// Time of the anchor.
    pub time: Timestamp,
    /// The attribute's public key; none where it is not published.
    pub key: Option<AttributeKeyRecord>,
    /// The grant in force; none where she does not hold the attribute.
    pub grant: Option<GrantRecord>,
}

fn keys(requestor: RequestorId, attribute: &str) -> [StateKey; 2] {
    [StateKey::AttributeKey(attribute.to_owned()), StateKey::Grant(requestor, attribute.to_owned())]
}

impl GrantProof {
    /// The proof of an attribute, `NAME@AUTHORITY`, of a requestor from the tree that `nodes` keeps, as of a decided batch.
    ///
    /// # Errors
    /// [`StateFault`] when the state before the batch is not kept or cannot be read.
    pub fn build(
        nodes: &dyn TreeStore,
        anchor: Anchor,
        requestor: RequestorId,
        attribute: &str,
    ) -> Result<Self, StateFault> {
        CertifiedState::build(nodes, anchor, &keys(requestor, attribute)).map(Self)
    }

    /// What the proof shows of an attribute of a requestor in the network of these facts.
    ///
    /// # Errors
    /// [`CertifiedStateError`] when it shows nothing.
    pub fn verify(
        &self,
        facts: &NetworkFacts,
        requestor: RequestorId,
        attribute: &str,
    ) -> Result<GrantStanding, CertifiedStateError> {
        self.0.verify(facts)?;
        self.shown_unverified(requestor, attribute)
    }

    /// What stands under the anchor's state root, whoever certified it: for the node that made the proof.
    ///
    /// # Errors
    /// [`CertifiedStateError`] when a path does not lead there.
    pub fn shown_unverified(
        &self,
        requestor: RequestorId,
        attribute: &str,
    ) -> Result<GrantStanding, CertifiedStateError> {
        let Self(state) = self;
        let [key, grant] = keys(requestor, attribute);
        let (key, grant) = (state.value(0, &key)?, state.value(1, &grant)?);
        Ok(GrantStanding { height: state.height(), time: state.time(), key, grant })
    }
}
