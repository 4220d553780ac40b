//! Facts that genesis states and execution reads: who owns what, under which terms.

mod network;
mod validation;

pub use network::NetworkFacts;
pub use validation::{FactsError, MAX_CLOCK_DRIFT_MS, MAX_POLICY_BYTES};
pub(crate) use validation::{MAX_PARTIES, is_ascending};

use crate::id::{Label, NodeId, OwnerId};
use crate::purpose::UseTerms;
use crate::validator::Validator;
use bincode::{Decode, Encode};
use medshare_crypto::sign::VerifyingKey;

/// A data owner, which is an organisation that may also register requestors.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Owner {
    /// OID, derived from the key.
    pub id: OwnerId,
    /// Name of the organisation.
    pub name: Label,
    /// Key of decisions, registrations and revocations.
    pub key: VerifyingKey,
    /// The node that processes requests for the owner's data.
    pub node: NodeId,
}

/// An attribute authority.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Authority {
    /// Name, the part of an attribute behind `@`.
    pub name: Label,
    /// Key of grants and attribute keys.
    pub key: VerifyingKey,
    /// Public keys for attribute-based encryption, as `crypto` encodes them.
    pub public: Vec<u8>,
}

/// Form of a data set's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum RecordType {
    /// FHIR R4 resources.
    FhirR4,
    /// Tables with a header row.
    Table,
}

/// A data set and the terms under which its owner shares it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DataSet {
    /// Name, unique under its owner.
    pub id: Label,
    /// OID.
    pub owner: OwnerId,
    /// Form of the records.
    pub record_type: RecordType,
    /// Version of the validation rules of this data type, which block headers carry.
    pub rules_version: u32,
    /// Attribute policy that opens its packages.
    pub policy: String,
    /// Allowed purposes.
    pub terms: UseTerms,
    /// Anonymity that a package must reach.
    pub k: u32,
    /// Actions that a contract permits, as a bit mask of action codes.
    pub permitted_mask: u8,
    /// Actions that need no report when sensitivity is low, as a bit mask of action codes.
    pub exempt_mask: u8,
    /// Life of a package in milliseconds; zero is without end.
    pub lifetime_ms: u64,
}

/// Parameters that all validators share.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Parameters {
    /// Target difficulty of block headers: leading zero bits.
    pub target_bits: u32,
    /// Time aimed at between heights, in milliseconds.
    pub target_time_ms: u64,
    /// Consensus timeout of a silent proposer, in milliseconds.
    pub propose_timeout_ms: u64,
    /// Most side-blocks under a parent block.
    pub max_side_blocks: u32,
    /// Longest lease in milliseconds.
    pub max_lease_ms: u64,
    /// How far a proposer's or a signer's clock may be off, in milliseconds.
    pub max_clock_drift_ms: u64,
}

/// Version of everything that validators must agree on: bytes, rules, and the contracts that a genesis may name. A genesis, its
/// log and its state are of one version; there is no way from one to another but to found the network anew.
pub const PROTOCOL_VERSION: u32 = 5;

/// Everything that height 0 contains.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GenesisFacts {
    /// Name of the network.
    pub name: Label,
    /// Validators.
    pub validators: Vec<Validator>,
    /// Owners.
    pub owners: Vec<Owner>,
    /// Authorities.
    pub authorities: Vec<Authority>,
    /// Data sets.
    pub datasets: Vec<DataSet>,
    /// Parameters.
    pub parameters: Parameters,
    /// SHA-256 of the on-chain `permissions` contract.
    pub permissions_contract: medshare_crypto::hash::Hash32,
    /// SHA-256 of the default `usage` contract.
    pub usage_contract: medshare_crypto::hash::Hash32,
}
