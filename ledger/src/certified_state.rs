//! Values of the state that a quorum certified: whoever has the genesis need not believe the node that hands them over.
//!
//! They rest on one certified batch header, as an audit bundle does: the header's state root is that after the height before it, and one state
//! proof leads from it to each value. What is to be found at which keys, the proofs of their kinds say.
//!
//! Bytes: header, certificate, then the paths in the order of their keys.

use crate::batch::BatchHeader;
use crate::certificate::{CertificateError, CommitCertificate};
use crate::codec::{Canonical, decode};
use crate::facts::NetworkFacts;
use crate::id::{Height, Timestamp};
use crate::state::{StateFault, StateKey};
use crate::state_tree::{StateProof, StateProofError, TreeStore, prove};
use bincode::{Decode, Encode};
use medshare_contract_abi::Decode as _;
use medshare_contract_abi::permissions::PermissionRecord;

/// A decided batch: its header, and the certificate of it.
pub type Anchor = (BatchHeader, CommitCertificate);

/// What stands at `N` keys after one height.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CertifiedState<const N: usize> {
    anchor: BatchHeader,
    certificate: CommitCertificate,
    paths: [StateProof; N],
}

/// A proof that does not show what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertifiedStateError {
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

impl<const N: usize> CertifiedState<N> {
    /// What stands at these keys in the tree that `nodes` keeps, as of a decided batch.
    ///
    /// # Errors
    /// [`StateFault`] when the state before the batch is not kept or cannot be read.
    pub fn build(
        nodes: &dyn TreeStore,
        (anchor, certificate): Anchor,
        keys: &[StateKey; N],
    ) -> Result<Self, StateFault> {
        let height = anchor.height.0.saturating_sub(1);
        let paths = keys.iter().map(|key| prove(nodes, height, key)).collect::<Result<Vec<_>, _>>()?;
        let paths = paths.try_into().map_err(|_| StateFault::Corrupt { what: "state proofs" })?;
        Ok(Self { anchor, certificate, paths })
    }

    /// Goes on where a quorum of the validators of these facts certified it.
    ///
    /// # Errors
    /// [`CertifiedStateError`] when it did not.
    pub fn verify(&self, facts: &NetworkFacts) -> Result<(), CertifiedStateError> {
        let Self { anchor, certificate, .. } = self;
        if anchor.network != facts.network() {
            return Err(CertifiedStateError::OtherNetwork);
        }
        if anchor.validators != facts.validators().hash() {
            return Err(CertifiedStateError::ForeignValidators);
        }
        if (certificate.value, certificate.height) != (anchor.hash(), anchor.height) {
            return Err(CertifiedStateError::ForeignCertificate);
        }
        Ok(certificate.verify(facts.network(), facts.validators())?)
    }

    /// Height of the anchor; the state is that after the height before it.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.anchor.height
    }

    /// Time of the anchor.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.anchor.time
    }

    /// What stands at the key of this number under the anchor's state root, whoever certified it.
    fn bytes(&self, number: usize, key: &StateKey) -> Result<Option<&[u8]>, CertifiedStateError> {
        let path = self.paths.get(number).ok_or(CertifiedStateError::MalformedValue)?;
        Ok(path.verify(&self.anchor.state_root, key)?)
    }

    /// The same, as a value of the ledger.
    ///
    /// # Errors
    /// [`CertifiedStateError`] when the path does not lead there, or the value does not decode.
    pub fn value<T: Canonical>(&self, number: usize, key: &StateKey) -> Result<Option<T>, CertifiedStateError> {
        let bytes = self.bytes(number, key)?;
        bytes.map(decode).transpose().map_err(|_| CertifiedStateError::MalformedValue)
    }

    /// The same, as a permission.
    ///
    /// # Errors
    /// As [`CertifiedState::value`].
    pub fn permission(&self, number: usize, key: &StateKey) -> Result<Option<PermissionRecord>, CertifiedStateError> {
        let bytes = self.bytes(number, key)?;
        bytes.map(PermissionRecord::from_bytes).transpose().map_err(|_| CertifiedStateError::MalformedValue)
    }
}
