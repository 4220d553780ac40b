//! Proof of where an opening stands: whoever has the genesis need not believe the node that says so.
//!
//! It rests on one certified batch header, as an audit bundle does: the header's state root is that after the height before it, and three state
//! proofs lead from it to the opening, the permission of its package and the access of its requestor.
//!
//! A node may give an old one. So it is asked for what stays true: that reports are recorded, that the data was called back, that
//! access ended after the opening. That something has not happened no proof shows.

use crate::batch::BatchHeader;
use crate::certificate::{CertificateError, CommitCertificate};
use crate::codec::{Canonical, decode};
use crate::facts::NetworkFacts;
use crate::id::{BlockId, Height, LeaseId, RequestorId, Timestamp};
use crate::state::{AccessRecord, LeaseRecord, StateFault, StateKey};
use crate::state_tree::{StateProof, StateProofError, TreeStore, prove};
use bincode::{Decode, Encode};
use medshare_contract_abi::Decode as _;
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
pub struct OpeningProof {
    anchor: BatchHeader,
    certificate: CommitCertificate,
    lease: StateProof,
    permission: StateProof,
    access: StateProof,
}

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

/// A proof that does not show what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpeningProofError {
    /// It is of another network.
    #[error("the proof is of another network")]
    OtherNetwork,
    /// The validators are not those of genesis.
    #[error("the proof rests on validators that are not those of genesis")]
    ForeignValidators,
    /// The certificate was given for another batch.
    #[error("the certificate of the proof was given for another batch header")]
    ForeignCertificate,
    /// The certificate does not prove the decision.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A path does not lead to the state root.
    #[error(transparent)]
    State(#[from] StateProofError),
    /// A proven value does not decode.
    #[error("the proven value is malformed")]
    MalformedValue,
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
    pub fn build(
        nodes: &dyn TreeStore,
        (anchor, certificate): (BatchHeader, CommitCertificate),
        opening: Opening,
    ) -> Result<Self, StateFault> {
        let height = anchor.height.0.saturating_sub(1);
        let [lease, permission, access] = opening.keys();
        let proven = |key| prove(nodes, height, &key);
        Ok(Self {
            lease: proven(lease)?,
            permission: proven(permission)?,
            access: proven(access)?,
            anchor,
            certificate,
        })
    }

    /// What the proof shows of an opening in the network of these facts.
    ///
    /// # Errors
    /// [`OpeningProofError`] when it shows nothing.
    pub fn verify(&self, facts: &NetworkFacts, opening: Opening) -> Result<OpeningStanding, OpeningProofError> {
        let Self { anchor, certificate, .. } = self;
        if anchor.network != facts.network() {
            return Err(OpeningProofError::OtherNetwork);
        }
        if anchor.validators != facts.validators().hash() {
            return Err(OpeningProofError::ForeignValidators);
        }
        if (certificate.value, certificate.height) != (anchor.hash(), anchor.height) {
            return Err(OpeningProofError::ForeignCertificate);
        }
        certificate.verify(facts.network(), facts.validators())?;
        self.shown_unverified(opening)
    }

    /// What stands under the anchor's state root, whoever certified it: for the node that made the proof.
    ///
    /// # Errors
    /// [`OpeningProofError`] when a path does not lead there.
    pub fn shown_unverified(&self, opening: Opening) -> Result<OpeningStanding, OpeningProofError> {
        let root = &self.anchor.state_root;
        let [lease, permission, access] = opening.keys();
        let permission = self.permission.verify(root, &permission)?.map(PermissionRecord::from_bytes).transpose();
        Ok(OpeningStanding {
            height: self.anchor.height,
            time: self.anchor.time,
            lease: value(self.lease.verify(root, &lease)?)?,
            permission: permission.map_err(|_| OpeningProofError::MalformedValue)?,
            access: value(self.access.verify(root, &access)?)?.unwrap_or_default(),
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

fn value<T: Canonical>(bytes: Option<&[u8]>) -> Result<Option<T>, OpeningProofError> {
    bytes.map(decode).transpose().map_err(|_| OpeningProofError::MalformedValue)
}
