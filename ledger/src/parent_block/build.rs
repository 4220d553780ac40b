//! Making a parent block: Merkle root, mining, id, size, signature.

use super::{Details, ParentBlock, Validation};
use crate::event::{Stage, StageEvent};
use crate::history::{leaf_hash, merkle_root};
use crate::id::{BlockId, NetworkId, Timestamp};
use crate::link::{Link, Unsigned};
use crate::signing::ParentBlockStatement;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signature, SignatureError, SigningKey, VerifyingKey};

impl ParentBlock {
    /// The block of these contents at `link`, mined; its node signs it then.
    #[must_use]
    pub fn build(
        details: Details,
        events: Vec<StageEvent>,
        validation_signature: Signature,
        link: Link,
    ) -> Unsigned<Self> {
        let header = link.header(events_root(&details, &events));
        let mut block = Self {
            id: BlockId::from_bytes(header.hash().to_bytes()),
            size: 0,
            header,
            details,
            events,
            validation_signature,
            node_signature: Signature::from_bytes([0; Signature::LEN]),
        };
        block.size = block.encoded_size();
        Unsigned(block)
    }

    /// The same contents behind another head of the thread, mined and signed again: for a block that lost the race.
    #[must_use]
    pub fn relink(&self, previous: Hash32, timestamp: Timestamp, network: NetworkId, key: &SigningKey) -> Self {
        let link = Link { previous, version: self.header.version, timestamp, target: self.header.target };
        let (details, events) = (self.details.clone(), self.events.clone());
        Self::build(details, events, self.validation_signature, link).sign(network, key)
    }

    /// Root over the details as first leaf, then every event: what the header must carry.
    #[must_use]
    pub fn contents_root(&self) -> Hash32 {
        events_root(&self.details, &self.events)
    }

    /// Bytes of the encoded block with its signatures.
    #[must_use]
    pub fn encoded_size(&self) -> u32 {
        u32::try_from(crate::codec::encode(self).len()).unwrap_or(u32::MAX)
    }

    /// What the second node signed, as far as this block tells: its records are what the de-identification event commits to.
    #[must_use]
    pub fn validation(&self, network: NetworkId) -> Option<Validation> {
        let records = self.events.iter().find(|e| e.stage == Stage::Deidentified)?.commitment;
        let Details { request, owner, dataset, sensitivity, node, second_node, .. } = &self.details;
        Some(Validation {
            network,
            request: *request,
            owner: *owner,
            dataset: dataset.clone(),
            records,
            sensitivity: *sensitivity,
            node: *node,
            second_node: *second_node,
        })
    }

    /// Checks Nsig.
    ///
    /// # Errors
    /// When the signature is not the key's over this block in this network.
    pub fn verify_node_signature(&self, network: NetworkId, key: &VerifyingKey) -> Result<(), SignatureError> {
        key.verify(&ParentBlockStatement { network, block: self }, &self.node_signature)
    }
}

impl Unsigned<ParentBlock> {
    /// Puts Nsig under the block.
    #[must_use]
    pub fn sign(self, network: NetworkId, key: &SigningKey) -> ParentBlock {
        let mut block = self.0;
        block.node_signature = key.sign(&ParentBlockStatement { network, block: &block });
        block
    }
}

fn events_root(details: &Details, events: &[StageEvent]) -> Hash32 {
    let first = leaf_hash(&crate::codec::encode(details));
    let rest = events.iter().map(|event| leaf_hash(&crate::codec::encode(event)));
    merkle_root(&std::iter::once(first).chain(rest).collect::<Vec<_>>())
}
