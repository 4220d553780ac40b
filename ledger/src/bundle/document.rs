//! The file: 8 bytes of magic, then the document in the ledger's codec.
//!
//! Its parts are byte strings that are decoded one by one, so that damage is found in the part where it is.

use crate::id::RequestorId;
use crate::state_tree::StateProof;
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;

/// Start of every bundle: name and version of the format.
pub(super) const MAGIC: &[u8; 8] = b"MDSAUD05";

/// The document.
#[derive(Debug, Encode, Decode)]
pub(super) struct Document {
    /// Encoded `GenesisFacts`.
    pub(super) genesis: Vec<u8>,
    /// Encoded `BatchHeader`.
    pub(super) anchor: Vec<u8>,
    /// Encoded `CommitCertificate` of the anchor.
    pub(super) certificate: Vec<u8>,
    /// Whom the bundle is about.
    pub(super) requestor: RequestorId,
    /// Her registration.
    pub(super) identity: Recorded,
    /// State proof of the registration.
    pub(super) identity_proof: ProofBytes,
    /// Her attribute grants, in order.
    pub(super) grants: Vec<Recorded>,
    /// State proof of what she holds.
    pub(super) access_proof: ProofBytes,
    /// What she asked for, in order.
    pub(super) requests: Vec<Recorded>,
    /// State proof of their chain.
    pub(super) requests_proof: ProofBytes,
    /// Her packages, in the order of her thread.
    pub(super) packages: Vec<Package>,
    /// State proof of her thread.
    pub(super) thread_proof: ProofBytes,
}

/// An entry with its place in the history.
#[derive(Debug, Encode, Decode)]
pub(super) struct Recorded {
    /// The entry's canonical bytes.
    pub(super) entry: Vec<u8>,
    /// Its index in the history.
    pub(super) index: u64,
    /// Its inclusion proof.
    pub(super) path: Vec<Hash32>,
}

/// A package: its parent block and what happened to it.
#[derive(Debug, Encode, Decode)]
pub(super) struct Package {
    /// The parent block.
    pub(super) block: Recorded,
    /// Its side-blocks, in order.
    pub(super) side_blocks: Vec<Recorded>,
    /// State proof of the chain of side-blocks.
    pub(super) side_chain_proof: ProofBytes,
    /// The owner's decisions and revocations, in order.
    pub(super) decisions: Vec<Recorded>,
    /// State proof of their chain.
    pub(super) decisions_proof: ProofBytes,
    /// State proof of the permission.
    pub(super) permission_proof: ProofBytes,
}

/// An encoded [`StateProof`].
#[derive(Debug, Encode, Decode)]
pub(super) struct ProofBytes(pub(super) Vec<u8>);

impl From<StateProof> for ProofBytes {
    fn from(proof: StateProof) -> Self {
        Self(crate::codec::encode(&proof))
    }
}
