//! The history: an append-only Merkle tree over all entries in the order in which they were decided.
//!
//! RFC 6962, section 2.1 (unchanged in RFC 9162), with SHA-256, so that the tools of transparency logs can check it. A leaf is
//! the canonical bytes of an entry. Rejected entries are leaves too: the history says what was ordered, the state what holds.

mod frontier;
mod proof;

pub use frontier::Frontier;
pub use proof::{
    HistoryLeaves, HistoryProofError, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};

use medshare_crypto::hash::{Hash32, sha256};

/// `SHA-256(0x00 ‖ bytes)`.
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Hash32 {
    let mut preimage = Vec::with_capacity(1 + bytes.len());
    preimage.push(0);
    preimage.extend_from_slice(bytes);
    sha256(&preimage)
}

/// `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_hash(left: &Hash32, right: &Hash32) -> Hash32 {
    let mut preimage = Vec::with_capacity(1 + 2 * Hash32::LEN);
    preimage.push(1);
    preimage.extend_from_slice(left.as_bytes());
    preimage.extend_from_slice(right.as_bytes());
    sha256(&preimage)
}

/// Root of the tree over these leaf hashes; of no leaves, the hash of nothing.
#[must_use]
pub fn merkle_root(leaves: &[Hash32]) -> Hash32 {
    Frontier::default().with(leaves.iter().copied()).root()
}

#[cfg(test)]
mod tests;
