//! Proof of where an opening stands: the opening, the permission of its package and the access of its requestor, under one certified header.
//!
//! A node may give an old one. So it is asked for what stays true: that reports are recorded, that the data was called back, that
//! access ended after the opening. That something has not happened no proof shows.

use crate::certified_state::{Anchor, CertifiedState, CertifiedStateError};
use crate::facts::NetworkFacts;
use crate::id::{BlockId, Height, LeaseId, RequestorId, Timestamp};
use crate::state::{AccessRecord, LeaseRecord, StateFault, StateKey};
use crate::state_tree::TreeStore;
use bincode::{Decode, Encode};
use medshare_contract_abi::permissions::{PermissionRecord, Status};

/// Which opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Parent block of the package.
    pub parent: BlockId,
    /// Lease of the opening.
    pub lease: LeaseId,
    /// Whose package it is.
    pub requestor: RequestorId,
}

/// The proof.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OpeningProof(CertifiedState<3>);

/// Where an opening stood after a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningStanding {
    /// Height of the anchor; the state is that after the height before it.
    pub height: Height,
    /// Time of the anchor.
    pub time: Timestamp,
    /// The opening; none where it was not recorded.
    pub lease: Option<LeaseRecord>,
    /// Permission of the package; none where there is no such package.
    pub permission: Option<PermissionRecord>,
    /// Access of the requestor.
    pub access: AccessRecord,
}

impl Opening {
    const fn keys(self) -> [StateKey; 3] {
        let Self { parent, lease, requestor } = self;
        [StateKey::Lease(parent, lease), StateKey::Permission(parent), StateKey::Access(requestor)]
    }
}

impl OpeningProof {
    /// The proof of an opening from the tree that `nodes` keeps, as of a decided batch.
    ///
    /// # Errors
    /// [`StateFault`] when the state before the batch is not kept or cannot be read.
    pub fn build(nodes: &dyn TreeStore, anchor: Anchor, opening: Opening) -> Result<Self, StateFault> {
        CertifiedState::build(nodes, anchor, &opening.keys()).map(Self)
    }

    /// What the proof shows of an opening in the network of these facts.
    ///
    /// # Errors
    /// [`CertifiedStateError`] when it shows nothing.
    pub fn verify(&self, facts: &NetworkFacts, opening: Opening) -> Result<OpeningStanding, CertifiedStateError> {
        self.0.verify(facts)?;
        self.shown_unverified(opening)
    }

    /// What stands under the anchor's state root, whoever certified it: for the node that made the proof.
    ///
    /// # Errors
    /// [`CertifiedStateError`] when a path does not lead there.
    pub fn shown_unverified(&self, opening: Opening) -> Result<OpeningStanding, CertifiedStateError> {
        let Self(state) = self;
        let [lease, permission, access] = opening.keys();
        Ok(OpeningStanding {
            height: state.height(),
            time: state.time(),
            lease: state.value(0, &lease)?,
            permission: state.permission(1, &permission)?,
            access: state.value(2, &access)?.unwrap_or_default(),
        })
    }
}

impl OpeningStanding {
    /// Number of reports that are recorded under the opening.
    #[must_use]
    pub fn reports(&self) -> u32 {
        self.lease.as_ref().map_or(0, LeaseRecord::reports)
    }

    /// Whether the owner has called the data back, which is final.
    #[must_use]
    pub fn is_retrieved(&self) -> bool {
        self.permission.is_some_and(|permission| permission.status == Status::Retrieved)
    }

    /// Whether this opening, which is recorded, is over: access to the package or to everything ended after it. A later re-grant
    /// changes nothing about that: it takes another opening.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let Some(lease) = &self.lease else { return false };
        self.access.has_ended()
            || self.access.revocations.count != lease.revocations
            || !self
                .permission
                .is_some_and(|permission| permission.status.is_live() && !permission.is_over(self.time.0))
    }
}
