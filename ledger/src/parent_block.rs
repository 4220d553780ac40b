//! The parent block of a request (MeDShare, section on block structure): what was asked, done and handed over.
//!
//! Byte map: see `docs/bytes.md`. The Merkle root in the header covers the block's [`Details`] as first leaf, then every
//! stage event, so that mining binds all fields and not only the events.

mod build;

use crate::event::StageEvent;
use crate::header::BlockHeader;
use crate::id::{BlockId, Label, NetworkId, NodeId, OwnerId, PackageId, RequestorId, Timestamp};
use crate::purpose::Purpose;
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signable, Signature};

/// Fields of a parent block beside its header and events.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Details {
    /// Action counter: how many actions are violations for this package.
    pub action_counter: u32,
    /// The actions that are violations, as a bit mask of action codes.
    pub violations_mask: u8,
    /// Actions that need no report, as a bit mask of action codes.
    pub exempt_mask: u8,
    /// TTR: time the request was received.
    pub ttr: Timestamp,
    /// TTP: time its processing was finished.
    pub ttp: Timestamp,
    /// TTS: time the package was sent for delivery.
    pub tts: Timestamp,
    /// OID.
    pub owner: OwnerId,
    /// RID.
    pub requestor: RequestorId,
    /// Data set of the owner.
    pub dataset: Label,
    /// Sensitivity of the data, by the contract ABI's code: 1 high, 2 low.
    pub sensitivity: u8,
    /// DRP.
    pub purpose: Purpose,
    /// NID of the processing node.
    pub node: NodeId,
    /// The node of another organisation that validated the work.
    pub second_node: NodeId,
    /// Commitment to the package.
    pub package: PackageId,
    /// Hash of the contract inside the package.
    pub contract: Hash32,
    /// Name of the requestor's entry that this answers.
    pub request: Hash32,
    /// Locktime: end of the package's life; zero is never.
    pub locktime: Timestamp,
}

/// What the second node states: this request was processed as these events say, into this package.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Validation {
    /// Network that it counts in.
    pub network: NetworkId,
    /// Hash of the signed request.
    pub request: Hash32,
    /// OID.
    pub owner: OwnerId,
    /// Data set of the owner.
    pub dataset: Label,
    /// Commitment to the de-identified records that were looked at.
    pub records: Hash32,
    /// Sensitivity found.
    pub sensitivity: u8,
    /// NID of the processing node.
    pub node: NodeId,
    /// The validating node.
    pub second_node: NodeId,
}

impl Signable for Validation {
    const DOMAIN: &'static str = "medshare/validation/v2";

    fn signing_bytes(&self) -> Vec<u8> {
        crate::codec::encode(self)
    }
}

/// A parent block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ParentBlock {
    /// Block id ("format"): hash of the header.
    pub id: BlockId,
    /// Block size: bytes of the encoded block with its signatures.
    pub size: u32,
    /// The six-field header; `previous` is the requestor's previous parent block.
    pub header: BlockHeader,
    /// The other fields.
    pub details: Details,
    /// One event a stage, in order.
    pub events: Vec<StageEvent>,
    /// The second node's signature over its [`Validation`].
    pub validation_signature: Signature,
    /// Nsig: the processing node's signature over the block.
    pub node_signature: Signature,
}
