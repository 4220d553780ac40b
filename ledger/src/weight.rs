//! What an entry costs to check, told from its bytes before anything of it is checked.
//!
//! Bytes alone do not bound the work: points of a curve and pairings cost a hundred times what hashing them does. So a batch has a
//! greatest weight beside its greatest size, and no proposer can make the others work longer over one.

use crate::entry::{Entry, MAX_ATTRIBUTE_KEYS, MAX_CONTRACT_BYTES};

/// The weight of one signature that is verified, some 50 µs: the unit.
const SIGNATURE: usize = 1;
/// Whether bytes are the points of an attribute's public key.
const ATTRIBUTE_KEY: usize = 5;
/// The proof of a registration, which takes pairings.
const REGISTRATION: usize = 64;
/// Bytes of a contract that are inspected for the work of a signature, at the most that they can ask for.
const CODE_BYTES: usize = 512;
/// The nodes' two signatures, and the linking of a parent block.
const PARENT_BLOCK: usize = 3 * SIGNATURE;

/// Most that the entries of a batch weigh together: less than half a second of one processor.
pub const MAX_BATCH_WEIGHT: usize = 8_000;

const _: () = {
    let keys = SIGNATURE + MAX_ATTRIBUTE_KEYS * ATTRIBUTE_KEY;
    let code = SIGNATURE + MAX_CONTRACT_BYTES.div_ceil(CODE_BYTES);
    assert!(keys <= MAX_BATCH_WEIGHT && code <= MAX_BATCH_WEIGHT, "every entry fits into a batch");
    assert!(crate::batch::MAX_BATCH_ENTRIES * PARENT_BLOCK <= MAX_BATCH_WEIGHT, "blocks are bounded by their number");
};

impl Entry {
    /// What it costs to check, in verified signatures.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            Self::Identity(..) => 2 * SIGNATURE + REGISTRATION,
            Self::AttributeKeys(keys, _) => SIGNATURE + keys.keys.len() * ATTRIBUTE_KEY,
            Self::ContractCode(code, _) => SIGNATURE + code.code.len().div_ceil(CODE_BYTES),
            Self::ParentBlock(_) => PARENT_BLOCK,
            Self::SideBlock(_) => 2 * SIGNATURE,
            Self::AttributeGrant(..) | Self::OwnerDecision(..) | Self::Revocation(..) | Self::Request(..) => SIGNATURE,
        }
    }
}
