//! What a verified bundle shows, as plain data.

use crate::entry::Decision;
use crate::id::{BlockId, Height, Label, NetworkId, OwnerId, RequestorId, SideBlockId, Timestamp};
use crate::purpose::Purpose;
use crate::side_block::SideEvent;
use medshare_contract_abi::permissions::PermissionRecord;
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::Hash32;

/// What was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// The network.
    pub network: NetworkId,
    /// Height of the anchor.
    pub height: Height,
    /// Time of the anchor.
    pub time: Timestamp,
    /// Validators that certified the anchor.
    pub signers: usize,
    /// Entries in the history.
    pub history_size: u64,
    /// Entries whose shape, signatures and inclusion were verified.
    pub entries: usize,
    /// State proofs that were verified.
    pub state_proofs: usize,
    /// Whom the bundle is about.
    pub requestor: RequestorId,
    /// Attribute grants that were ever applied.
    pub grants: u32,
    /// Attributes held now, ascending.
    pub attributes: Vec<String>,
    /// How often all access was taken away, by violations and by owners: what an authority says that it knows of.
    pub revocations: u32,
    /// Every request of the requestor, in order.
    pub requests: Vec<RequestReport>,
    /// Every package of the requestor, in order.
    pub packages: Vec<PackageReport>,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestReport {
    /// Its name.
    pub name: Hash32,
    /// Index of the entry in the history.
    pub index: u64,
    /// OID.
    pub owner: OwnerId,
    /// Data set.
    pub dataset: Label,
    /// DRP.
    pub purpose: Purpose,
    /// When she signed it.
    pub at: Timestamp,
    /// Until when it may be answered.
    pub deadline: Timestamp,
    /// The parent block that answered it.
    pub answer: Option<BlockId>,
}

/// One package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageReport {
    /// Its parent block.
    pub parent: BlockId,
    /// Index of the entry in the history.
    pub index: u64,
    /// OID.
    pub owner: OwnerId,
    /// Data set.
    pub dataset: Label,
    /// DRP.
    pub purpose: Purpose,
    /// When it was sent.
    pub sent: Timestamp,
    /// Where its permission stands, by the on-chain contract.
    pub permission: PermissionRecord,
    /// All side-blocks, in order.
    pub side_blocks: Vec<SideBlockReport>,
    /// All decisions and revocations, in order.
    pub decisions: Vec<DecisionReport>,
}

/// One side-block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideBlockReport {
    /// Its id.
    pub id: SideBlockId,
    /// Index of the entry in the history.
    pub index: u64,
    /// What was reported; `None` for an opening.
    pub report: Option<ReportKind>,
    /// Hash of the report, by which its agent knows it; `None` for an opening.
    pub report_hash: Option<Hash32>,
    /// Whether it is an opening that names none before it although there was one, of another asking: by another machine, or after a session
    /// was lost, perhaps with reports that nobody has; or after one that was asked in vain and recorded late, where no session was before.
    pub breaks_off: bool,
    /// Whether it is an opening under which nothing is reported. A node can record one that nobody used; what else it says it says of an
    /// agent that does not report.
    pub is_unused: bool,
    /// TSV.
    pub at: Timestamp,
    /// The action that was a violation, if it was one.
    pub violation: Option<Action>,
}

impl SideBlockReport {
    /// What happened, in the contract's words.
    #[must_use]
    pub const fn statement(&self) -> &'static str {
        match self.report {
            None if self.breaks_off => "package opened, naming no opening before",
            None if self.is_unused => "package opened, nothing reported",
            None => "package opened",
            Some(kind) => kind.statement(),
        }
    }

    pub(super) fn kind_of(event: &SideEvent) -> Option<ReportKind> {
        match event {
            SideEvent::Opening { .. } => None,
            SideEvent::Reported { report, .. } => ReportKind::from_code(report.kind),
        }
    }

    pub(super) fn hash_of(event: &SideEvent) -> Option<Hash32> {
        match event {
            SideEvent::Opening { .. } => None,
            SideEvent::Reported { report, .. } => Some(report.hash()),
        }
    }
}

/// One decision of an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionReport {
    /// Index of the entry in the history.
    pub index: u64,
    /// What was decided; `None` for a revocation by the owner's own wish.
    pub decision: Option<Decision>,
    /// When it was made.
    pub at: Timestamp,
}
