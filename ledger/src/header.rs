//! The six-field header of parent blocks and side-blocks (MeDShare, section on blocks), and its proof of work.
//!
//! Byte map (88 bytes, big-endian): version u32 ‖ previous 32 ‖ Merkle root 32 ‖ timestamp u64 ‖ target u32 ‖ nonce u64.
//! The header's hash is double SHA-256. The paper leaves the target's form open: here it is the number of leading zero
//! bits, a genesis parameter.

use crate::id::Timestamp;
use bincode::{Decode, Encode};
use medshare_crypto::hash::{Hash32, double_sha256};

/// Bytes of an encoded header.
pub const HEADER_BYTES: usize = 88;

/// Highest accepted target: above it mining would take seconds and more.
pub const MAX_TARGET_BITS: u32 = 24;

/// Header of a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BlockHeader {
    /// Version of the validation rules of the data type.
    pub version: u32,
    /// Hash of the previous block of the same chain; zero before the first.
    pub previous: Hash32,
    /// Root over the block's details and events.
    pub merkle_root: Hash32,
    /// When the block was made.
    pub timestamp: Timestamp,
    /// Target difficulty: leading zero bits of the hash.
    pub target: u32,
    /// What was found by mining.
    pub nonce: u64,
}

impl BlockHeader {
    /// Double SHA-256 of the 88 bytes.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        double_sha256(&crate::codec::encode(self))
    }

    /// Whether the hash has the leading zero bits that the target asks for.
    #[must_use]
    pub fn meets_target(&self) -> bool {
        leading_zero_bits(&self.hash()) >= self.target
    }

    /// Finds a nonce, counting up from zero.
    #[must_use]
    pub fn mine(mut self) -> Self {
        self.nonce = 0;
        while !self.meets_target() {
            self.nonce = self.nonce.wrapping_add(1);
        }
        self
    }
}

fn leading_zero_bits(hash: &Hash32) -> u32 {
    let mut bits = 0;
    for byte in hash.as_bytes() {
        bits += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    bits
}
