//! The values that stand under the keys of the state, in the ledger's codec.

use crate::entry::Identity;
use crate::entry_chain::EntryChain;
use crate::id::{BlockId, DAY_MS, Height, Label, NodeId, OwnerId, PackageId, RequestorId, Timestamp};
use crate::parent_block::ParentBlock;
use crate::purpose::Purpose;
use crate::rejection::Rejection;
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::VerifyingKey;

/// The contracts that genesis names.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ContractHashes {
    /// SHA-256 of the on-chain contract.
    pub permissions: Hash32,
    /// SHA-256 of the usage contract that every owner may put in packages.
    pub usage: Hash32,
}

/// A registered requestor.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct IdentityRecord {
    /// What was registered.
    pub identity: Identity,
    /// The entry that did it.
    pub entry: Hash32,
}

/// Public key of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AttributeKeyRecord {
    /// Version key number.
    pub version: u32,
    /// The public key as `crypto` encodes it.
    pub public: Vec<u8>,
    /// The entry that published it.
    pub entry: Hash32,
}

/// All that a requestor was ever granted, and the attributes that she holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct AccessRecord {
    /// Attributes held, ascending.
    pub attributes: Vec<String>,
    /// The grants that were applied.
    pub grants: EntryChain,
    /// The entries that took all access away: what was opened or granted before the last of them is over.
    pub revocations: EntryChain,
    /// Packages with a violation that their owners have not decided about.
    pub undecided: u32,
}

impl AccessRecord {
    /// Whether access has ended, to every package of every owner: an owner has to decide about a violation, or all attributes
    /// were taken away and no authority has issued one since.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.undecided > 0 || (self.revocations.count > 0 && self.attributes.is_empty())
    }
}

/// A requestor's attribute: nodes may hold the proxy key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GrantRecord {
    /// Version of the attribute's key.
    pub version: u32,
    /// Commitment to the proxy key.
    pub proxy_key: Hash32,
    /// When the authority made it.
    pub at: Timestamp,
    /// The entry that granted it.
    pub entry: Hash32,
}

/// A published contract; its bytes stand in the entry.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ContractRecord {
    /// The entry that published it.
    pub entry: Hash32,
    /// Height of that entry.
    pub height: Height,
}

/// How often something was done on the last day on which it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct DayCount {
    /// That day: batch time in whole days since the epoch.
    pub day: u64,
    /// How often.
    pub count: u32,
}

impl DayCount {
    /// This behind once more at `now`; none where it was done `most` times that day.
    #[must_use]
    pub const fn once_more(self, now: Timestamp, most: u32) -> Option<Self> {
        let day = now.0 / DAY_MS;
        let count = if day == self.day { self.count } else { 0 };
        if count < most { Some(Self { day, count: count.saturating_add(1) }) } else { None }
    }
}

/// All that a requestor asked for, and how often on the last day on which she did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct RequestsRecord {
    /// Her requests.
    pub chain: EntryChain,
    /// The last day.
    pub today: DayCount,
}

/// A request that was made.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RequestRecord {
    /// RID of who asked.
    pub requestor: RequestorId,
    /// OID of the data's owner.
    pub owner: OwnerId,
    /// The owner's data set.
    pub dataset: Label,
    /// Version of its terms and rules.
    pub terms_version: u32,
    /// DRP.
    pub purpose: Purpose,
    /// Until when it may be answered.
    pub deadline: Timestamp,
    /// The parent block that answered it.
    pub answer: Option<BlockId>,
}

impl RequestRecord {
    /// Whether it may still be answered at `now`.
    ///
    /// # Errors
    /// [`Rejection::RequestReplayed`] when it was answered, [`Rejection::RequestExpired`] when its deadline has passed.
    pub fn is_open(&self, now: Timestamp) -> Result<(), Rejection> {
        Rejection::RequestReplayed.unless(self.answer.is_none())?;
        Rejection::RequestExpired.unless(now <= self.deadline)
    }

    /// Whether a block answers this and nothing else.
    ///
    /// # Errors
    /// [`Rejection`] of a block that answers another request, or this one too late or again.
    pub fn is_answered_by(&self, block: &ParentBlock, now: Timestamp) -> Result<(), Rejection> {
        self.is_open(now)?;
        let details = &block.details;
        let agrees = self.requestor == details.requestor
            && self.owner == details.owner
            && self.dataset == details.dataset
            && self.purpose == details.purpose
            && self.terms_version == block.header.version;
        Rejection::RequestDisagrees.unless(agrees)
    }
}

/// A requestor's chain of parent blocks.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Thread {
    /// Number of parent blocks.
    pub count: u64,
    /// The newest one.
    pub head: BlockId,
}

/// What later entries need to know of a parent block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BlockRecord {
    /// Height at which it was applied.
    pub height: Height,
    /// The entry that holds the block.
    pub entry: Hash32,
    /// Position in its thread, from 0.
    pub position: u64,
    /// RID.
    pub requestor: RequestorId,
    /// OID.
    pub owner: OwnerId,
    /// Data set.
    pub dataset: Label,
    /// NID of the processing node.
    pub node: NodeId,
    /// Commitment to the package.
    pub package: PackageId,
    /// Hash of the contract in the package.
    pub contract: Hash32,
    /// Version of the data type's rules, which its side-blocks repeat.
    pub version: u32,
    /// The actions that are violations.
    pub violations_mask: u8,
    /// Actions that need no report.
    pub exempt_mask: u8,
    /// Sensitivity, by the contract ABI's code.
    pub sensitivity: u8,
    /// End of the package's life; zero is never.
    pub locktime: Timestamp,
}

/// The chain of side-blocks of a parent block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SideChain {
    /// Number of side-blocks.
    pub count: u32,
    /// Header hash of the newest; the parent's id before the first.
    pub head: Hash32,
    /// Violations among them.
    pub violations: u32,
    /// Header hash of the newest violation; zero before the first.
    pub last_violation: Hash32,
}

impl SideChain {
    /// The chain before its first side-block.
    #[must_use]
    pub const fn of_parent(parent: BlockId) -> Self {
        Self { count: 0, head: parent.as_hash(), violations: 0, last_violation: Hash32::ZERO }
    }
}

/// One opening of a package, under which an agent reports.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LeaseRecord {
    /// Key of the agent.
    pub agent: VerifyingKey,
    /// Number of the report that comes next, from 1.
    pub next_sequence: u32,
    /// Hash of the last report; zero before the first.
    pub last_report: Hash32,
    /// Until when the opening holds.
    pub expires: Timestamp,
    /// How often the requestor's access had ended before it; another number now means that the opening is over.
    pub revocations: u32,
    /// Whether its agent has said that the data is destroyed: once is enough.
    pub destroyed: bool,
}
