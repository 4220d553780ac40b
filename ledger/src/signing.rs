//! Nsig: what a node signs of a block.
//!
//! The preimage is the network id and the whole encoded block but for the last field, the signature itself. The network
//! stands in it so that a block of one network can never be replayed in another that happens to know the same keys.

use crate::id::NetworkId;
use crate::parent_block::ParentBlock;
use crate::side_block::SideBlock;
use medshare_crypto::sign::{Signable, Signature};

/// A parent block as its processing node signs it.
pub struct ParentBlockStatement<'a> {
    /// Network that the block counts in.
    pub network: NetworkId,
    /// The block; its own signature does not count.
    pub block: &'a ParentBlock,
}

impl Signable for ParentBlockStatement<'_> {
    const DOMAIN: &'static str = "medshare/parent-block/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        preimage(self.network, &crate::codec::encode(self.block))
    }
}

/// A side-block as the node that makes it signs it.
pub struct SideBlockStatement<'a> {
    /// Network that the block counts in.
    pub network: NetworkId,
    /// The block; its own signature does not count.
    pub block: &'a SideBlock,
}

impl Signable for SideBlockStatement<'_> {
    const DOMAIN: &'static str = "medshare/side-block/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        preimage(self.network, &crate::codec::encode(self.block))
    }
}

/// Network ‖ block without its last 64 bytes, which are the signature in both kinds of block.
fn preimage(network: NetworkId, block: &[u8]) -> Vec<u8> {
    let unsigned = block.len().saturating_sub(Signature::LEN);
    let mut bytes = network.as_bytes().to_vec();
    bytes.extend(block.iter().take(unsigned));
    bytes
}
