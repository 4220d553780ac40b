//! Every key of the state, spelled in this file alone.
//!
//! Canonical bytes: one tag byte, then fields of fixed length, then at most one text to the end. Tags are stable.

use crate::id::{BlockId, Label, LeaseId, OwnerId, RequestorId};
use medshare_crypto::hash::Hash32;

/// A place in the state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateKey {
    /// The validators of the next height: a `ValidatorSet`.
    Validators,
    /// The `Parameters`.
    Parameters,
    /// The contracts that genesis names: `ContractHashes`.
    ContractHashes,
    /// An `Owner`.
    Owner(OwnerId),
    /// An `Authority`.
    Authority(Label),
    /// A `DataSet`.
    DataSet(OwnerId, Label),
    /// An `IdentityRecord`.
    Identity(RequestorId),
    /// An `AttributeKeyRecord`, by `ATTRIBUTE@AUTHORITY`.
    AttributeKey(String),
    /// A requestor's `AccessRecord`.
    Access(RequestorId),
    /// A `GrantRecord`, by `ATTRIBUTE@AUTHORITY`.
    Grant(RequestorId, String),
    /// A `ContractRecord`, by the owner who published it and the code's SHA-256: nobody takes the name of another's.
    Contract(OwnerId, Hash32),
    /// A requestor's `Thread`.
    Thread(RequestorId),
    /// A `BlockRecord`.
    Block(BlockId),
    /// A `RequestRecord`, by the request's name.
    Request(Hash32),
    /// The `PermissionRecord` of a package, in the contract ABI's bytes.
    Permission(BlockId),
    /// The `SideChain` of a parent block.
    SideChain(BlockId),
    /// A `LeaseRecord`.
    Lease(BlockId, LeaseId),
    /// The `EntryChain` of an owner's decisions and revocations on a package.
    Decisions(BlockId),
    /// A `RequestsRecord`: all that a requestor asked for.
    Requests(RequestorId),
}

impl StateKey {
    /// What the keys of all grants begin with, and no other.
    pub const GRANTS: [u8; 1] = [0x13];

    /// Requestor and attribute of a grant's key.
    #[must_use]
    pub fn grant_of(key: &[u8]) -> Option<(RequestorId, String)> {
        let (requestor, attribute) = key.strip_prefix(&Self::GRANTS)?.split_first_chunk()?;
        Some((RequestorId::from_bytes(*requestor), String::from_utf8(attribute.to_vec()).ok()?))
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Validators => vec![0x01],
            Self::Parameters => vec![0x02],
            Self::ContractHashes => vec![0x03],
            Self::Owner(owner) => join(0x04, &[owner.as_bytes()]),
            Self::Authority(name) => join(0x05, &[name.as_str().as_bytes()]),
            Self::DataSet(owner, id) => join(0x06, &[owner.as_bytes(), id.as_str().as_bytes()]),
            Self::Identity(requestor) => join(0x10, &[requestor.as_bytes()]),
            Self::AttributeKey(attribute) => join(0x11, &[attribute.as_bytes()]),
            Self::Access(requestor) => join(0x12, &[requestor.as_bytes()]),
            Self::Grant(requestor, attribute) => join(0x13, &[requestor.as_bytes(), attribute.as_bytes()]),
            Self::Contract(owner, hash) => join(0x14, &[owner.as_bytes(), hash.as_bytes()]),
            Self::Thread(requestor) => join(0x20, &[requestor.as_bytes()]),
            Self::Block(parent) => join(0x21, &[parent.as_bytes()]),
            Self::Request(name) => join(0x22, &[name.as_bytes()]),
            Self::Permission(parent) => join(0x23, &[parent.as_bytes()]),
            Self::SideChain(parent) => join(0x24, &[parent.as_bytes()]),
            Self::Lease(parent, lease) => join(0x25, &[parent.as_bytes(), lease.as_bytes()]),
            Self::Decisions(parent) => join(0x26, &[parent.as_bytes()]),
            Self::Requests(requestor) => join(0x27, &[requestor.as_bytes()]),
        }
    }

    /// What stands there, for messages.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        match self {
            Self::Validators => "validator set",
            Self::Parameters => "parameters",
            Self::ContractHashes => "contract hashes",
            Self::Owner(_) => "owner",
            Self::Authority(_) => "authority",
            Self::DataSet(..) => "data set",
            Self::Identity(_) => "identity",
            Self::AttributeKey(_) => "attribute key",
            Self::Access(_) => "access record",
            Self::Grant(..) => "attribute grant",
            Self::Contract(..) => "contract",
            Self::Thread(_) => "thread",
            Self::Block(_) => "block record",
            Self::Request(_) => "request",
            Self::Requests(_) => "chain of requests",
            Self::Permission(_) => "permission",
            Self::SideChain(_) => "side-block chain",
            Self::Lease(..) => "lease",
            Self::Decisions(_) => "decision chain",
        }
    }
}

fn join(tag: u8, fields: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![tag];
    fields.iter().for_each(|field| bytes.extend_from_slice(field));
    bytes
}
