//! Proof of where access to a package stands: its permission, what its owner decided about it, and its side-blocks, under one certified header.
//!
//! A node may give an old one, which shows an end that was taken back since. So a decision counts as made where its own entry is proven to be
//! the last of those that were decided; what the permission is besides, counts as of the time that the proof states.

use crate::certified_state::{Anchor, CertifiedState, CertifiedStateError};
use crate::entry_chain::EntryChain;
use crate::facts::NetworkFacts;
use crate::id::{BlockId, Height, Timestamp};
use crate::state::{SideChain, StateFault, StateKey};
use crate::state_tree::TreeStore;
use bincode::{Decode, Encode};
use medshare_contract_abi::permissions::PermissionRecord;
use medshare_crypto::hash::Hash32;

/// The proof.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PermissionProof(CertifiedState<3>);

/// Where access to a package stood after a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionStanding {
    /// Height of the anchor; the state is that after the height before it.
    pub height: Height,
    /// Time of the anchor.
    pub time: Timestamp,
    /// The permission; none where there is no such package.
    pub permission: Option<PermissionRecord>,
    /// The owner's decisions and revocations.
    pub decisions: EntryChain,
    /// The side-blocks; none where there is no such package.
    pub side_blocks: Option<SideChain>,
}

const fn keys(parent: BlockId) -> [StateKey; 3] {
    [StateKey::Permission(parent), StateKey::Decisions(parent), StateKey::SideChain(parent)]
}

impl PermissionProof {
    /// The proof of a permission from the tree that `nodes` keeps, as of a decided batch.
    ///
    /// # Errors
    /// [`StateFault`] when the state before the batch is not kept or cannot be read.
    pub fn build(nodes: &dyn TreeStore, anchor: Anchor, parent: BlockId) -> Result<Self, StateFault> {
        CertifiedState::build(nodes, anchor, &keys(parent)).map(Self)
    }

    /// What the proof shows of the package of a parent block in the network of these facts.
    ///
    /// # Errors
    /// [`CertifiedStateError`] when it shows nothing.
    pub fn verify(&self, facts: &NetworkFacts, parent: BlockId) -> Result<PermissionStanding, CertifiedStateError> {
        self.0.verify(facts)?;
        self.shown_unverified(parent)
    }

    /// What stands under the anchor's state root, whoever certified it: for the node that made the proof.
    ///
    /// # Errors
    /// [`CertifiedStateError`] when a path does not lead there.
    pub fn shown_unverified(&self, parent: BlockId) -> Result<PermissionStanding, CertifiedStateError> {
        let Self(state) = self;
        let [permission, decisions, side_blocks] = keys(parent);
        Ok(PermissionStanding {
            height: state.height(),
            time: state.time(),
            permission: state.permission(0, &permission)?,
            decisions: state.value(1, &decisions)?.unwrap_or_default(),
            side_blocks: state.value(2, &side_blocks)?,
        })
    }
}

impl PermissionStanding {
    /// The word for where the permission stood; none where there is no such package.
    #[must_use]
    pub fn word(&self) -> Option<&'static str> {
        Some(self.permission?.word(self.time.0))
    }

    /// Header hash of the last violation; none where there is no violation.
    #[must_use]
    pub fn last_violation(&self) -> Option<Hash32> {
        let violated = self.side_blocks.as_ref().filter(|side_blocks| side_blocks.violations > 0);
        violated.map(|side_blocks| side_blocks.last_violation)
    }
}
