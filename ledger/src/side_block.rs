//! Side-blocks: what happened to a package after its delivery, chained under its parent block.

mod build;
mod rules;

pub use rules::ParentTerms;

use crate::header::BlockHeader;
use crate::id::{BlockId, LeaseId, NodeId, OwnerId, RequestorId, SideBlockId, Timestamp};
use bincode::{Decode, Encode};
use medshare_contract_abi::ReportKind;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signable, Signature, VerifyingKey};

/// A requestor's statement: the holder of `agent` opens this package for me.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Lease {
    /// Chosen by the agent, unique under the parent block.
    pub id: LeaseId,
    /// Parent block of the package.
    pub parent: BlockId,
    /// NID of the node that is asked: what another one makes of the lease that it overheard does not count.
    pub node: NodeId,
    /// The agent's key of this lease.
    pub agent: VerifyingKey,
    /// When the requestor signed.
    pub created: Timestamp,
    /// Until when reports are expected under it.
    pub expires: Timestamp,
    /// What this session did before; none where it begins, as on a second machine or after a session was lost.
    pub previous: Option<Predecessor>,
}

/// The opening before in the same session, and how far its agent had come: reports that a node kept back show here, because the
/// next opening states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Predecessor {
    /// Its lease, under the same parent block.
    pub lease: LeaseId,
    /// Number of the last report that the agent made under it, whoever took it; zero where it made none.
    pub reports: u32,
    /// Hash of that report; zero where it made none.
    pub last_report: Hash32,
}

impl Signable for Lease {
    const DOMAIN: &'static str = "medshare/lease/v3";

    fn signing_bytes(&self) -> Vec<u8> {
        crate::codec::encode(self)
    }
}

/// An agent's statement: under this lease the contract reported this.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Report {
    /// Parent block of the package.
    pub parent: BlockId,
    /// Lease under which the agent runs.
    pub lease: LeaseId,
    /// Number of the report under its lease, from 1.
    pub sequence: u32,
    /// Hash of the previous report of the lease; zero before the first.
    pub previous: Hash32,
    /// What is reported: code of a `ReportKind` of the contract ABI.
    pub kind: u8,
    /// When the agent made it.
    pub at: Timestamp,
    /// Commitment to the encrypted report, which goes to the owner.
    pub commitment: Hash32,
}

impl Report {
    /// The hash that the next report of the lease carries.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        medshare_crypto::hash::tagged_hash("medshare/report-hash/v1", &[&crate::codec::encode(self)])
    }
}

impl Signable for Report {
    const DOMAIN: &'static str = "medshare/report/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        crate::codec::encode(self)
    }
}

/// What a side-block records.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum SideEvent {
    /// A node opens the package for an agent.
    Opening {
        /// What the requestor signed.
        lease: Lease,
        /// The requestor's signature over the lease.
        requestor_signature: Signature,
    },
    /// The contract in the package reported an action.
    Reported {
        /// What the agent signed.
        report: Report,
        /// The agent's signature over the report.
        agent_signature: Signature,
    },
}

/// Code for programs of what a side-block records: a report of this kind, or an opening.
#[must_use]
pub const fn event_code(report: Option<ReportKind>) -> &'static str {
    match report {
        None => "opening",
        Some(ReportKind::Decrypted) => "decrypted-data",
        Some(ReportKind::Retrieved) => "data-destroyed",
        Some(ReportKind::Action(action)) => action.name(),
    }
}

/// What is reported in a side-block of this code; none of an opening.
#[must_use]
pub fn report_kind(code: &str) -> Option<ReportKind> {
    (0..=u8::MAX).filter_map(ReportKind::from_code).find(|kind| event_code(Some(*kind)) == code)
}

/// Fields of a side-block beside its header.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SideDetails {
    /// Parent block.
    pub parent: BlockId,
    /// Action counter: violations under this parent up to and including this block.
    pub action_counter: u32,
    /// TSV: time of the violation or of the other event.
    pub tsv: Timestamp,
    /// OID.
    pub owner: OwnerId,
    /// RID.
    pub requestor: RequestorId,
    /// VLN: code of what was violated, zero where nothing was.
    pub vln: u16,
    /// NID of the node that made the block.
    pub node: NodeId,
    /// Locktime: the parent's.
    pub locktime: Timestamp,
    /// What is recorded.
    pub event: SideEvent,
}

/// A side-block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SideBlock {
    /// First half of the parent's id, then the first half of the header's hash.
    pub id: SideBlockId,
    /// Bytes of the encoded block with its signature.
    pub size: u32,
    /// Six fields; `previous` is the previous side-block's header hash, for the first the parent's id.
    pub header: BlockHeader,
    /// The other fields.
    pub details: SideDetails,
    /// Nsig.
    pub node_signature: Signature,
}
