//! What a waiting entry lacks: it is looked at again when that came onto the ledger, and not before.

use medshare_crypto::hash::Hash32;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{BlockId, LeaseId, RequestorId};
use medshare_ledger::rejection::Rejection;
use medshare_ledger::side_block::{SideBlock, SideEvent};
use medshare_ledger::state::{StateFault, StateView};

/// Something that entries wait for. Each is as narrow as can be: of a thousand decisions on a package in the wrong order, each waits
/// for one other, and none is looked at when another one applies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// A block with this header hash, for what stands behind or under it.
    Block(Hash32),
    /// The registration of a requestor.
    Requestor(RequestorId),
    /// This version of an attribute's key.
    AttributeKey(String, u32),
    /// A published contract.
    Contract(Hash32),
    /// A request, by its name.
    Request(Hash32),
    /// So many decisions on a package.
    Decisions(BlockId, u32),
    /// So many reports under a lease; zero is its opening.
    Reports(BlockId, LeaseId, u32),
    /// A change of a package's permission.
    Permission(BlockId),
    /// A change of a requestor's access.
    Access(RequestorId),
    /// Nothing but time.
    Time,
}

impl Need {
    /// What an entry lacks that execution behind `state` rejected for this reason.
    ///
    /// # Errors
    /// [`StateFault`] when the state cannot be read.
    pub(crate) fn of(entry: &Entry, rejection: Rejection, state: StateView<'_>) -> Result<Self, StateFault> {
        Ok(match entry {
            Entry::Identity(..) => Self::Time,
            Entry::AttributeKeys(keys, _) => {
                for key in &keys.keys {
                    let current = state.attribute_key(&key.attribute)?.map_or(0, |record| record.version);
                    let before = key.version.saturating_sub(1);
                    if current != before {
                        return Ok(Self::AttributeKey(key.attribute.clone(), before));
                    }
                }
                Self::Time
            }
            Entry::AttributeGrant(grant, _) => match rejection {
                Rejection::UnknownRequestor => Self::Requestor(grant.requestor),
                Rejection::UnknownAttribute | Rejection::WrongAttributeVersion => {
                    Self::AttributeKey(grant.attribute.clone(), grant.version)
                }
                _ => Self::Time,
            },
            Entry::ContractCode(..) => Self::Time,
            Entry::Request(request, _) => match rejection {
                Rejection::UnknownRequestor => Self::Requestor(request.requestor()),
                Rejection::AccessEnded => Self::Access(request.requestor()),
                _ => Self::Time,
            },
            Entry::ParentBlock(block) => match rejection {
                Rejection::UnknownRequestor => Self::Requestor(block.details.requestor),
                Rejection::UnknownContract => Self::Contract(block.details.contract),
                Rejection::AccessEnded => Self::Access(block.details.requestor),
                Rejection::UnknownRequest => Self::Request(block.details.request),
                Rejection::ThreadHeadMoved => Self::Block(block.header.previous),
                _ => Self::Time,
            },
            Entry::SideBlock(block) => Self::of_side_block(block, rejection),
            Entry::OwnerDecision(decision, _) => Self::of_decision(decision.parent, decision.sequence, rejection),
            Entry::Revocation(revocation, _) => Self::of_decision(revocation.parent, revocation.sequence, rejection),
        })
    }

    fn of_side_block(block: &SideBlock, rejection: Rejection) -> Self {
        let details = &block.details;
        let parent = details.parent;
        match (rejection, &details.event) {
            (Rejection::UnknownParent, _) => Self::Block(parent.as_hash()),
            (Rejection::SideChainMoved, _) => Self::Block(block.header.previous),
            (Rejection::UnknownRequestor, _) => Self::Requestor(details.requestor),
            (Rejection::AccessEnded, _) => Self::Access(details.requestor),
            (Rejection::UnknownPredecessor | Rejection::ReportsMissing, SideEvent::Opening { lease, .. }) => {
                let reports =
                    if rejection == Rejection::ReportsMissing { lease.previous.map(|p| p.reports) } else { None };
                let before = lease.previous.map_or(lease.id, |previous| previous.lease);
                Self::Reports(parent, before, reports.unwrap_or(0))
            }
            (Rejection::UnknownLease, SideEvent::Reported { report, .. }) => Self::Reports(parent, report.lease, 0),
            (Rejection::ReportOutOfSequence, SideEvent::Reported { report, .. }) => {
                Self::Reports(parent, report.lease, report.sequence.saturating_sub(1))
            }
            (Rejection::Permission(_), _) => Self::Permission(parent),
            _ => Self::Time,
        }
    }

    const fn of_decision(parent: BlockId, sequence: u32, rejection: Rejection) -> Self {
        match rejection {
            Rejection::UnknownParent => Self::Block(parent.as_hash()),
            Rejection::DecisionOutOfSequence => Self::Decisions(parent, sequence),
            Rejection::JudgesOlderViolation | Rejection::Permission(_) => Self::Permission(parent),
            _ => Self::Time,
        }
    }

    /// What an entry that was applied brings; `state` is that behind it.
    ///
    /// # Errors
    /// [`StateFault`] when the state cannot be read.
    pub(crate) fn brought_by(entry: &Entry, state: StateView<'_>) -> Result<Vec<Self>, StateFault> {
        Ok(match entry {
            Entry::Identity(identity, ..) => vec![Self::Requestor(RequestorId::of_key(&identity.key))],
            Entry::AttributeKeys(keys, _) => {
                keys.keys.iter().map(|key| Self::AttributeKey(key.attribute.clone(), key.version)).collect()
            }
            Entry::AttributeGrant(grant, _) => vec![Self::Access(grant.requestor)],
            Entry::ContractCode(code, _) => vec![Self::Contract(medshare_crypto::hash::sha256(&code.code))],
            Entry::Request(request, _) => vec![Self::Request(request.name())],
            Entry::ParentBlock(block) => vec![Self::Block(block.header.hash())],
            Entry::SideBlock(block) => {
                let details = &block.details;
                let (parent, head) = (details.parent, Self::Block(block.header.hash()));
                match &details.event {
                    SideEvent::Opening { lease, .. } => vec![head, Self::Reports(parent, lease.id, 0)],
                    SideEvent::Reported { report, .. } if details.vln == 0 => {
                        vec![head, Self::Reports(parent, report.lease, report.sequence)]
                    }
                    SideEvent::Reported { report, .. } => {
                        let next = Self::Reports(parent, report.lease, report.sequence);
                        vec![head, next, Self::Permission(parent)]
                    }
                }
            }
            Entry::OwnerDecision(decision, _) => Self::by_decision(decision.parent, decision.sequence, state)?,
            Entry::Revocation(revocation, _) => Self::by_decision(revocation.parent, revocation.sequence, state)?,
        })
    }

    fn by_decision(parent: BlockId, sequence: u32, state: StateView<'_>) -> Result<Vec<Self>, StateFault> {
        let access = state.block(parent)?.map(|block| Self::Access(block.requestor));
        let package = [Self::Decisions(parent, sequence.saturating_add(1)), Self::Permission(parent)];
        Ok(package.into_iter().chain(access).collect())
    }
}
