//! Opening a package: what an agent asks any node for, and what the node answers once the opening is on the ledger.

use crate::manifest::{manifest_hash, package_id};
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::Signature;
use medshare_ledger::codec;
use medshare_ledger::id::{PackageId, SideBlockId};
use medshare_ledger::side_block::Lease;

/// A request to open a package.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OpenRequest {
    /// What the requestor signed: this agent key opens this package.
    pub lease: Lease,
    /// The requestor's signature over the lease.
    pub requestor_signature: Signature,
    /// SHA-256 of the sealed payload.
    pub payload_digest: Hash32,
    /// Canonical bytes of the manifest, which holds the attribute block to transform.
    pub manifest: Vec<u8>,
}

impl OpenRequest {
    /// The package id that these parts give; the ledger says whether it is the parent block's.
    #[must_use]
    pub fn package(&self) -> PackageId {
        package_id(&manifest_hash(&self.manifest), &self.payload_digest)
    }

    /// Canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }
}

/// What a node answers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OpenAnswer {
    /// The side-block that records the opening.
    pub side_block: SideBlockId,
    /// The transformed attribute block, as `crypto` encodes it.
    pub transform: Vec<u8>,
}
