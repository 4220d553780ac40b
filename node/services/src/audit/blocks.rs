//! Parent blocks, side-blocks and permissions as people and machines read them.

use crate::audit::span::{Span, Stretch};
use medshare_contract_abi::permissions::{PermissionRecord, Status};
use medshare_contract_abi::{ReportKind, Sensitivity};
use medshare_exchange::api::{
    BlockView, EventView, IdentityView, LeaseView, PermissionView, Revocations, SideBlockView,
};
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{BlockId, Height, LeaseId, OwnerId, RequestorId, Timestamp};
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::side_block::{SideBlock, SideEvent, event_code};
use medshare_ledger::state::{AccessRecord, StateFault};
use medshare_ledger::trail::Trail;
use medshare_node_chain::{Chain, EntryReader};
use medshare_node_refusal::Refusal;

/// The number of parent blocks in a requestor's thread, and a stretch of them, oldest first.
///
/// # Errors
/// [`Refusal`] when she is unknown.
pub fn thread(chain: &Chain, requestor: RequestorId, span: Span) -> Result<(u64, Stretch<BlockView>), Refusal> {
    chain.state().identity(requestor)?.ok_or_else(|| Refusal::not_found("requestor"))?;
    let count = chain.state().thread(requestor)?.map_or(0, |thread| thread.count);
    let places = |after, most| chain.views().trail_part(Trail::Thread(requestor), after, most);
    Ok((count, span.of(places, parent_views(chain))?))
}

/// A parent block.
///
/// # Errors
/// [`Refusal`] when there is none of this id.
pub fn block(chain: &Chain, id: BlockId) -> Result<BlockView, Refusal> {
    let record = chain.state().block(id)?.ok_or_else(|| Refusal::not_found("parent block"))?;
    match chain.entry(&record.entry)? {
        Some((Entry::ParentBlock(parent), place)) => view(chain, &parent, place.height),
        _ => Err(Refusal::not_found("parent block")),
    }
}

/// A stretch of the side-blocks of a parent block, oldest first.
///
/// # Errors
/// [`Refusal`] when this node cannot read its chain.
pub fn side_blocks(chain: &Chain, parent: BlockId, span: Span) -> Result<Stretch<SideBlockView>, Refusal> {
    let places = |after, most| chain.views().trail_part(Trail::SideBlocks(parent), after, most);
    let mut entries = EntryReader::of(chain);
    span.of(places, |place| side_block(&mut entries, place).map(|(side, height)| side_view(&side, height)))
}

/// A stretch of the parent blocks of an owner's packages, oldest first.
///
/// # Errors
/// [`Refusal`] when this node cannot read its chain.
pub fn of_owner(chain: &Chain, owner: OwnerId, span: Span) -> Result<Stretch<BlockView>, Refusal> {
    span.of(|after, most| chain.views().owner_blocks(owner, after, most), parent_views(chain))
}

/// Permission of a package.
///
/// # Errors
/// [`Refusal`] when there is none.
pub fn permission(chain: &Chain, block: BlockId) -> Result<PermissionView, Refusal> {
    let record = chain.state().permission(block)?.ok_or_else(|| Refusal::not_found("parent block"))?;
    Ok(permission_view(block, &record, chain.tip().time))
}

/// An opening of a package: how far it is reported, and whether its requestor's access has ended since.
///
/// # Errors
/// [`Refusal`] when there is none.
pub fn lease(chain: &Chain, block: BlockId, lease: LeaseId) -> Result<LeaseView, Refusal> {
    let state = chain.state();
    let record = state.lease(block, lease)?.ok_or_else(|| Refusal::not_found("lease"))?;
    let requestor = state.block(block)?.ok_or_else(|| Refusal::not_found("parent block"))?.requestor;
    let access = state.access(requestor)?.unwrap_or_default();
    Ok(LeaseView {
        lease: lease.to_string(),
        reports: record.reports(),
        last_report: record.last_report.to_string(),
        access_ended: access.has_ended() || access.revocations.count != record.revocations,
        permission: permission(chain, block)?,
    })
}

/// A registered requestor.
///
/// # Errors
/// [`Refusal`] when she is unknown.
pub fn identity(chain: &Chain, requestor: RequestorId) -> Result<IdentityView, Refusal> {
    let record = chain.state().identity(requestor)?.ok_or_else(|| Refusal::not_found("requestor"))?;
    let identity = record.identity;
    let AccessRecord { attributes, revocations, .. } = chain.state().access(requestor)?.unwrap_or_default();
    Ok(IdentityView {
        requestor: requestor.to_string(),
        key: identity.key.to_string(),
        sealing_key: identity.sealing_key.to_string(),
        registration: hex::encode(&identity.registration),
        role: identity.role.to_string(),
        organisation: identity.organisation.to_string(),
        attributes,
        revocations: Revocations { count: revocations.count, head: revocations.head.to_string() },
    })
}

/// The side-block at a place of the history, and the height of its batch.
pub(super) fn side_block(entries: &mut EntryReader<'_>, place: u64) -> Result<(SideBlock, Height), Refusal> {
    match entries.entry(place)? {
        (Entry::SideBlock(side), height) => Ok((*side, height)),
        _ => Err(misplaced()),
    }
}

/// What reads the parent blocks at places of the history.
fn parent_views(chain: &Chain) -> impl FnMut(u64) -> Result<BlockView, Refusal> {
    let mut entries = EntryReader::of(chain);
    move |place| match entries.entry(place)? {
        (Entry::ParentBlock(parent), height) => view(chain, &parent, height),
        _ => Err(misplaced()),
    }
}

/// The views say that something else stands there.
fn misplaced() -> Refusal {
    StateFault::Corrupt { what: "history place" }.into()
}

fn view(chain: &Chain, parent: &ParentBlock, height: Height) -> Result<BlockView, Refusal> {
    let (details, header) = (&parent.details, &parent.header);
    Ok(BlockView {
        id: parent.id.to_string(),
        height: height.0,
        requestor: details.requestor.to_string(),
        owner: details.owner.to_string(),
        dataset: details.dataset.to_string(),
        purpose: details.purpose.reason.code().to_owned(),
        sensitivity: sensitivity_name(details.sensitivity).to_owned(),
        node: details.node.to_string(),
        second_node: details.second_node.to_string(),
        package: details.package.to_string(),
        size: parent.size,
        version: header.version,
        previous: header.previous.to_string(),
        merkle_root: header.merkle_root.to_string(),
        nonce: header.nonce,
        target: header.target,
        action_counter: details.action_counter,
        ttr: details.ttr.0,
        ttp: details.ttp.0,
        tts: details.tts.0,
        locktime: details.locktime.0,
        events: parent
            .events
            .iter()
            .map(|event| EventView {
                stage: event.stage.code().to_owned(),
                at: event.at.0,
                commitment: event.commitment.to_string(),
            })
            .collect(),
        side_block_count: chain.state().side_chain(parent.id)?.map_or(0, |chain| chain.count),
        permission: permission(chain, parent.id)?,
    })
}

fn side_view(side: &SideBlock, height: Height) -> SideBlockView {
    SideBlockView {
        id: side.id.to_string(),
        height: height.0,
        event: event_name(&side.details.event).to_owned(),
        vln: side.details.vln,
        tsv: side.details.tsv.0,
        node: side.details.node.to_string(),
        action_counter: side.details.action_counter,
        sequence: match &side.details.event {
            SideEvent::Opening { .. } => None,
            SideEvent::Reported { report, .. } => Some(report.sequence),
        },
        commitment: match &side.details.event {
            SideEvent::Opening { .. } => None,
            SideEvent::Reported { report, .. } => Some(report.commitment.to_string()),
        },
        lease: match &side.details.event {
            SideEvent::Opening { lease, .. } => lease.id,
            SideEvent::Reported { report, .. } => report.lease,
        }
        .to_string(),
        follows: match &side.details.event {
            SideEvent::Opening { lease, .. } => lease.previous.map(|previous| previous.lease.to_string()),
            SideEvent::Reported { .. } => None,
        },
    }
}

/// The word for an event.
pub(super) fn event_name(event: &SideEvent) -> &'static str {
    match event {
        SideEvent::Opening { .. } => event_code(None),
        SideEvent::Reported { report, .. } => match ReportKind::from_code(report.kind) {
            Some(kind) => event_code(Some(kind)),
            None => "unknown",
        },
    }
}

fn sensitivity_name(code: u8) -> &'static str {
    match Sensitivity::from_code(code) {
        Some(Sensitivity::High) => "high",
        Some(Sensitivity::Low) => "low",
        None => "unknown",
    }
}

/// As the ledger has it at the time of its last batch: all nodes say the same.
fn permission_view(block: BlockId, record: &PermissionRecord, now: Timestamp) -> PermissionView {
    PermissionView {
        block: block.to_string(),
        status: record.word(now.0).to_owned(),
        openings: record.openings,
        reports: record.reports,
        violations: record.violations,
        undecided: record.undecided,
        retrieved: record.status == Status::Retrieved,
    }
}
