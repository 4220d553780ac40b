//! Where a block is put: the header fields that do not come from its contents, and blocks that still lack their signature.

use crate::header::BlockHeader;
use crate::id::Timestamp;
use medshare_crypto::hash::Hash32;

/// The header's fields beside Merkle root and nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Hash of the head of the chain that the block extends.
    pub previous: Hash32,
    /// Version of the validation rules of the data type.
    pub version: u32,
    /// When the block is made.
    pub timestamp: Timestamp,
    /// Target difficulty in leading zero bits.
    pub target: u32,
}

impl Link {
    /// The mined header of a block with this Merkle root.
    #[must_use]
    pub fn header(self, merkle_root: Hash32) -> BlockHeader {
        let Self { previous, version, timestamp, target } = self;
        BlockHeader { version, previous, merkle_root, timestamp, target, nonce: 0 }.mine()
    }
}

/// A mined block whose Nsig is still missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned<T>(pub(crate) T);

impl<T> Unsigned<T> {
    /// The block as it will be, but for its signature.
    pub const fn block(&self) -> &T {
        &self.0
    }
}
