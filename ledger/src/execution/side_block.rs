//! Openings and reports: what is recorded under a parent block.

use super::context::{Context, Stop};
use super::permission;
use crate::rejection::Rejection;
use crate::side_block::{Lease, Report, SideBlock, SideEvent};
use crate::state::{SideChain, StateFault, StateKey};
use medshare_contract_abi::ReportKind;
use medshare_contract_abi::permissions::PermissionCall;
use medshare_crypto::sign::Signature;

/// Violations of a package that find room in a full chain before its owner decides about them. Those that come then wait with
/// their agent, whose next opening states them; access has ended in any case.
const MAX_UNDECIDED_BEYOND: u32 = 16;

pub(super) fn apply(block: &SideBlock, context: &mut Context<'_>) -> Result<(), Stop> {
    let parent_id = block.details.parent;
    context.not_from_the_future(block.header.timestamp)?;
    let parent = context.view().block(parent_id)?.ok_or(Rejection::UnknownParent)?;
    block.agrees_with(&parent)?;
    let chain = context.view().side_chain(parent_id)?.ok_or(StateFault::Corrupt { what: "side-block chain" })?;
    let extended = chain.extended(block)?;
    match &block.details.event {
        SideEvent::Opening { lease, requestor_signature } => {
            open(block, lease, requestor_signature, &chain, context)?;
        }
        SideEvent::Reported { report, agent_signature } => {
            record(block, report, agent_signature, &chain, context)?;
        }
    }
    context.state.put(&StateKey::SideChain(parent_id), &extended);
    Ok(())
}

fn open(
    block: &SideBlock,
    lease: &Lease,
    signature: &Signature,
    chain: &SideChain,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    let (parent, requestor) = (block.details.parent, block.details.requestor);
    context.not_from_the_future(lease.created)?;
    room_for_one_more(chain, context.parameters.max_side_blocks)?;
    Rejection::LeaseExpired.unless(lease.expires > context.now)?;
    let longest = lease.created.plus_ms(context.parameters.max_lease_ms);
    Rejection::LeaseTooLong.unless(lease.expires <= longest)?;
    Rejection::LeaseInUse.unless(context.view().lease(parent, lease.id)?.is_none())?;
    let identity = context.view().identity(requestor)?.ok_or(Rejection::UnknownRequestor)?;
    lease.signed_by(&identity.identity.key, signature)?;
    let before = lease.previous.map(|previous| context.view().lease(parent, previous.lease)).transpose()?.flatten();
    lease.follows(before.as_ref())?;
    permission::call(parent, requestor, PermissionCall::Open, context)?;
    let access = context.view().access(requestor)?.unwrap_or_default();
    Rejection::AccessEnded.unless(!access.has_ended())?;
    context.state.put(&StateKey::Lease(parent, lease.id), &lease.opened(access.revocations.count));
    Ok(())
}

/// A report is taken also when its lease is over: waiting must not hide it. Nor does its date: it is linked by its number, and an agent whose
/// clock was ahead cannot sign another one of that number.
fn record(
    block: &SideBlock,
    report: &Report,
    signature: &Signature,
    chain: &SideChain,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    let details = &block.details;
    let (parent, requestor) = (details.parent, details.requestor);
    let owner = context.view().owner(details.owner)?.ok_or(Rejection::UnknownOwner)?;
    Rejection::NotTheOwnersNode.unless(owner.node == details.node)?;
    let lease = context.view().lease(parent, report.lease)?.ok_or(Rejection::UnknownLease)?;
    let lease = lease.reported(report, signature)?;
    let kind = ReportKind::from_code(report.kind).ok_or(Rejection::UnknownReportKind)?;
    let added = permission::call(parent, requestor, PermissionCall::Report(kind), context)?;
    let violated = kind.action().filter(|_| added > 0).map_or(0, |action| u16::from(action.code()));
    Rejection::ViolationMisjudged.unless(details.vln == violated)?;
    let undecided = context.view().permission(parent)?.map_or(0, |record| record.undecided);
    room_for_report(chain, context.parameters.max_side_blocks, kind, added, undecided)?;
    context.state.put(&StateKey::Lease(parent, report.lease), &lease);
    Ok(())
}

/// Whether a chain that takes `most` side-blocks has room for a report: of this kind, which `added` so many violations to the package's
/// permission and leaves so many `undecided`. Nodes ask it before they do anything about a report.
///
/// # Errors
/// [`Rejection::TooManySideBlocks`] when it has not.
pub fn room_for_report(
    chain: &SideChain,
    most: u32,
    kind: ReportKind,
    added: u32,
    undecided: u32,
) -> Result<(), Rejection> {
    // Nobody can fill the chain first to hide a violation, or the receipt of destruction that a lease may bring once.
    let finds_room = kind == ReportKind::Retrieved || (added > 0 && undecided <= MAX_UNDECIDED_BEYOND);
    if finds_room { Ok(()) } else { room_for_one_more(chain, most) }
}

fn room_for_one_more(chain: &SideChain, most: u32) -> Result<(), Rejection> {
    Rejection::TooManySideBlocks.unless(chain.count < most)
}
