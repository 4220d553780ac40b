//! What is ordered: every change of the ledger is an entry, signed in a domain of its own.

use crate::entry_chain::EntryChain;
use crate::id::{BlockId, Label, NetworkId, OwnerId, RequestorId, Timestamp};
use crate::parent_block::ParentBlock;
use crate::request::Request;
use crate::side_block::{SideBlock, SideEvent};
use bincode::{Decode, Encode};
use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_crypto::seal::SealingPublicKey;
use medshare_crypto::sign::{Signable, Signature, VerifyingKey};

/// Longest encoded registration for attribute-based decryption.
pub const MAX_REGISTRATION_BYTES: usize = 1024;
/// Longest contract code: the sandbox's bound.
pub const MAX_CONTRACT_BYTES: usize = medshare_contract_abi::guest::MAX_CODE_BYTES;
/// Longest attribute name (`ATTRIBUTE@AUTHORITY`).
pub const MAX_ATTRIBUTE_BYTES: usize = 128;
/// Most attribute keys published in one entry.
pub const MAX_ATTRIBUTE_KEYS: usize = 256;
/// Most attributes that a requestor holds at a time of one authority: none of them can leave another one without room.
pub const MAX_HELD_OF_AUTHORITY: usize = 16;

macro_rules! signable {
    ($name:ident, $domain:literal) => {
        impl Signable for $name {
            const DOMAIN: &'static str = $domain;

            fn signing_bytes(&self) -> Vec<u8> {
                crate::codec::encode(self)
            }
        }
    };
}

/// An organisation registers a requestor's keys. No name, no address: a pseudonym, which is still personal data.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Identity {
    /// Network it counts in.
    pub network: NetworkId,
    /// The requestor's verifying key; the RID follows from it.
    pub key: VerifyingKey,
    /// The requestor's key for sealed secrets (X-Wing).
    pub sealing_key: SealingPublicKey,
    /// The requestor's registration for attribute-based decryption (Z, HZ and their proof), as `crypto` encodes it; the
    /// identity in it is the RID.
    pub registration: Vec<u8>,
    /// Coded role of the requestor for admission.
    pub role: Label,
    /// The organisation that vouches.
    pub organisation: OwnerId,
    /// When the organisation signed it.
    pub at: Timestamp,
}
signable!(Identity, "medshare/entry/identity/v3");

/// What a requestor signs of her registration: all but the date, which is the organisation's. People carry this by hand, for as
/// long as they like; an identity is registered once.
pub struct IdentityCard<'a>(pub &'a Identity);

impl Signable for IdentityCard<'_> {
    const DOMAIN: &'static str = "medshare/entry/identity-card/v3";

    fn signing_bytes(&self) -> Vec<u8> {
        crate::codec::encode(&Identity { at: Timestamp(0), ..self.0.clone() })
    }
}

/// An authority publishes the public keys of attributes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AttributeKeys {
    /// Network it counts in.
    pub network: NetworkId,
    /// Name of the authority.
    pub authority: Label,
    /// Attribute name, version and encoded public key, ascending by name.
    pub keys: Vec<AttributeKey>,
    /// When it was made.
    pub at: Timestamp,
}
signable!(AttributeKeys, "medshare/entry/attribute-keys/v1");

/// Public key of one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AttributeKey {
    /// `ATTRIBUTE@AUTHORITY`.
    pub attribute: String,
    /// Version key number, from 1.
    pub version: u32,
    /// The public key as `crypto` encodes it.
    pub public: Vec<u8>,
}

/// An authority grants an attribute to a requestor: nodes may hold the proxy key that this commits to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AttributeGrant {
    /// Network it counts in.
    pub network: NetworkId,
    /// Name of the authority.
    pub authority: Label,
    /// RID.
    pub requestor: RequestorId,
    /// `ATTRIBUTE@AUTHORITY`.
    pub attribute: String,
    /// Version of the attribute's key.
    pub version: u32,
    /// Commitment to the proxy key, which only nodes hold.
    pub proxy_key: Hash32,
    /// The revocations of her access that the authority knew of: the grant counts behind the last of them and behind no other.
    pub revocations: EntryChain,
    /// When it was made; a later grant replaces an earlier one.
    pub at: Timestamp,
}
signable!(AttributeGrant, "medshare/entry/attribute-grant/v2");

/// A data owner publishes a usage contract, to be named by hash in parent blocks.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ContractCode {
    /// Network it counts in.
    pub network: NetworkId,
    /// Publisher.
    pub owner: OwnerId,
    /// Core WebAssembly.
    pub code: Vec<u8>,
    /// When it was made.
    pub at: Timestamp,
}
signable!(ContractCode, "medshare/entry/contract-code/v1");

/// What an owner decides after a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Decision {
    /// Take the case up.
    Review,
    /// Give access back.
    Regrant,
    /// Take the data back: the agent must destroy its keys and copies. It holds whatever else was recorded, so that a requestor
    /// who goes on violating keeps nobody from it; a violation that it does not name waits for another decision.
    Retrieve,
    /// Leave access revoked, or take note of a violation that came after the package was upheld or called back.
    Uphold,
}

/// An owner's decision on a package.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OwnerDecision {
    /// Network it counts in.
    pub network: NetworkId,
    /// OID.
    pub owner: OwnerId,
    /// Parent block of the package.
    pub parent: BlockId,
    /// Decisions on this package before this one, so that none can be replayed.
    pub sequence: u32,
    /// What was decided.
    pub decision: Decision,
    /// Header hash of the side-block with the last violation of the package, which the owner looked at; zero where there is none.
    /// No decision counts for a violation that came later.
    pub judged: Hash32,
    /// When it was made.
    pub at: Timestamp,
}
signable!(OwnerDecision, "medshare/entry/owner-decision/v3");

/// An owner's own wish to end access, which is not a violation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Revocation {
    /// Network it counts in.
    pub network: NetworkId,
    /// OID.
    pub owner: OwnerId,
    /// Parent block of the package.
    pub parent: BlockId,
    /// Decisions on this package before this one.
    pub sequence: u32,
    /// Coded reason.
    pub reason: u16,
    /// When it was made.
    pub at: Timestamp,
}
signable!(Revocation, "medshare/entry/revocation/v1");

/// One entry with the signatures that it needs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Entry {
    /// Registration of a requestor, signed by the organisation, and by the requestor as her [`IdentityCard`].
    Identity(Identity, Signature, Signature),
    /// Attribute keys, signed by the authority.
    AttributeKeys(AttributeKeys, Signature),
    /// Grant of an attribute, signed by the authority.
    AttributeGrant(AttributeGrant, Signature),
    /// Contract code, signed by the owner.
    ContractCode(ContractCode, Signature),
    /// Parent block; its signatures are inside.
    ParentBlock(Box<ParentBlock>),
    /// Side-block; its signatures are inside.
    SideBlock(Box<SideBlock>),
    /// Decision after a violation, signed by the owner.
    OwnerDecision(OwnerDecision, Signature),
    /// Owner's own revocation, signed by the owner.
    Revocation(Revocation, Signature),
    /// Request for data, signed by the requestor.
    Request(Request, Signature),
}

impl Entry {
    /// Name of an entry: hash of its canonical bytes.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        entry_hash(&crate::codec::encode(self))
    }

    /// When the entry was made, by those who sign it: rule `decided-once` counts from here.
    ///
    /// A block counts from its header, which its node makes anew whenever it links the block; an opening not later than the
    /// requestor signed its lease. A report inside a block may be older: its number links it.
    #[must_use]
    pub fn dated(&self) -> Timestamp {
        match self {
            Self::Identity(identity, ..) => identity.at,
            Self::AttributeKeys(keys, _) => keys.at,
            Self::AttributeGrant(grant, _) => grant.at,
            Self::ContractCode(code, _) => code.at,
            Self::ParentBlock(block) => block.header.timestamp,
            Self::SideBlock(block) => match &block.details.event {
                SideEvent::Opening { lease, .. } => lease.created.min(block.header.timestamp),
                SideEvent::Reported { .. } => block.header.timestamp,
            },
            Self::OwnerDecision(decision, _) => decision.at,
            Self::Revocation(revocation, _) => revocation.at,
            Self::Request(request, _) => request.at,
        }
    }

    /// Kind for people and exports.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Identity(..) => "identity",
            Self::AttributeKeys(..) => "attribute keys",
            Self::AttributeGrant(..) => "attribute grant",
            Self::ContractCode(..) => "contract code",
            Self::ParentBlock(_) => "parent block",
            Self::SideBlock(_) => "side-block",
            Self::OwnerDecision(..) => "owner decision",
            Self::Revocation(..) => "revocation",
            Self::Request(..) => "request",
        }
    }
}

/// Hash of an entry's canonical bytes.
#[must_use]
pub fn entry_hash(bytes: &[u8]) -> Hash32 {
    tagged_hash("medshare/entry/v1", &[bytes])
}
