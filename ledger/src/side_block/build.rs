//! Making a side-block: Merkle root, mining, id, size, signature.

use super::{SideBlock, SideDetails};
use crate::history::leaf_hash;
use crate::id::{BlockId, NetworkId, SideBlockId, Timestamp};
use crate::link::{Link, Unsigned};
use crate::signing::SideBlockStatement;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signature, SignatureError, SigningKey, VerifyingKey};

impl SideBlock {
    /// The block of these contents at `link`, mined; its node signs it then.
    #[must_use]
    pub fn build(details: SideDetails, link: Link) -> Unsigned<Self> {
        let header = link.header(details_root(&details));
        let mut block = Self {
            id: SideBlockId::under(details.parent, &header.hash()),
            size: 0,
            header,
            details,
            node_signature: Signature::from_bytes([0; Signature::LEN]),
        };
        block.size = block.encoded_size();
        Unsigned(block)
    }

    /// The same event behind another head of the chain, with `violations_before` under the parent by now, mined and signed
    /// again: for a block that lost the race.
    #[must_use]
    pub fn relink(
        &self,
        previous: Hash32,
        violations_before: u32,
        timestamp: Timestamp,
        network: NetworkId,
        key: &SigningKey,
    ) -> Self {
        let mut details = self.details.clone();
        details.action_counter = violations_before.saturating_add(u32::from(details.vln != 0));
        let link = Link { previous, version: self.header.version, timestamp, target: self.header.target };
        Self::build(details, link).sign(network, key)
    }

    /// Root over the details, a tree of one leaf: what the header must carry.
    #[must_use]
    pub fn contents_root(&self) -> Hash32 {
        details_root(&self.details)
    }

    /// The id that follows from parent and header.
    #[must_use]
    pub fn derived_id(&self) -> SideBlockId {
        SideBlockId::under(self.details.parent, &self.header.hash())
    }

    /// Bytes of the encoded block with its signature.
    #[must_use]
    pub fn encoded_size(&self) -> u32 {
        u32::try_from(crate::codec::encode(self).len()).unwrap_or(u32::MAX)
    }

    /// Checks Nsig.
    ///
    /// # Errors
    /// When the signature is not the key's over this block in this network.
    pub fn verify_node_signature(&self, network: NetworkId, key: &VerifyingKey) -> Result<(), SignatureError> {
        key.verify(&SideBlockStatement { network, block: self }, &self.node_signature)
    }
}

impl Unsigned<SideBlock> {
    /// Puts Nsig under the block.
    #[must_use]
    pub fn sign(self, network: NetworkId, key: &SigningKey) -> SideBlock {
        let mut block = self.0;
        block.node_signature = key.sign(&SideBlockStatement { network, block: &block });
        block
    }
}

fn details_root(details: &SideDetails) -> Hash32 {
    leaf_hash(&crate::codec::encode(details))
}

impl SideBlockId {
    /// The id of the side-block under this parent whose header has this hash: half of the one, half of the other.
    #[must_use]
    pub fn under(parent: BlockId, header: &Hash32) -> Self {
        let halves = parent.as_bytes().iter().take(16).chain(header.as_bytes().iter().take(16));
        let mut id = [0; 32];
        id.iter_mut().zip(halves).for_each(|(to, from)| *to = *from);
        Self::from_bytes(id)
    }
}
