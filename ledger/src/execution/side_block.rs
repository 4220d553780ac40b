//! Openings and reports: what is recorded under a parent block.

use super::context::{Context, Stop};
use super::{Effect, permission};
use crate::rejection::Rejection;
use crate::side_block::{Lease, Report, SideBlock, SideEvent};
use crate::state::{BlockRecord, IdentityRecord, LeaseRecord, SideChain, StateFault, StateKey};
use medshare_contract_abi::ReportKind;
use medshare_contract_abi::permissions::PermissionCall;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::Signature;

pub(super) fn apply(block: &SideBlock, context: &mut Context<'_>) -> Result<(), Stop> {
    let parent_id = block.details.parent;
    context.not_from_the_future(block.header.timestamp)?;
    context.not_from_the_future(block.details.tsv)?;
    let parent = context.view().block(parent_id)?.ok_or(Rejection::UnknownParent)?;
    agrees_with_parent(block, &parent)?;
    Rejection::WrongTarget.unless(block.header.target == context.parameters.target_bits)?;
    let chain = context.view().side_chain(parent_id)?.ok_or(StateFault::Corrupt { what: "side-block chain" })?;
    Rejection::SideChainMoved.unless(block.header.previous == chain.head)?;
    let violations = match &block.details.event {
        SideEvent::Opening { lease, requestor_signature } => open(block, lease, requestor_signature, &chain, context)?,
        SideEvent::Reported { report, agent_signature } => record(block, report, agent_signature, &chain, context)?,
    };
    Rejection::WrongActionCounter.unless(block.details.action_counter == violations)?;
    let extended = SideChain { count: chain.count.saturating_add(1), head: block.header.hash(), violations };
    context.state.put(&StateKey::SideChain(parent_id), &extended);
    Ok(())
}

/// A side-block repeats fields of its parent, which cannot change.
///
/// # Errors
/// [`Rejection::ParentDisagrees`].
pub fn agrees_with_parent(block: &SideBlock, parent: &BlockRecord) -> Result<(), Rejection> {
    let details = &block.details;
    Rejection::ParentDisagrees.unless(
        details.owner == parent.owner
            && details.requestor == parent.requestor
            && details.locktime == parent.locktime
            && block.header.version == parent.version,
    )
}

/// The registered requestor signed this lease.
///
/// # Errors
/// [`Rejection::BadRequestorSignature`].
pub fn requestor_signed(lease: &Lease, signature: &Signature, requestor: &IdentityRecord) -> Result<(), Rejection> {
    requestor.identity.key.verify(lease, signature).map_err(|_| Rejection::BadRequestorSignature)
}

/// The agent of this lease signed this report.
///
/// # Errors
/// [`Rejection::BadAgentSignature`].
pub fn agent_signed(report: &Report, signature: &Signature, lease: &LeaseRecord) -> Result<(), Rejection> {
    lease.agent.verify(report, signature).map_err(|_| Rejection::BadAgentSignature)
}

/// Returns the violations under the parent by now.
fn open(
    block: &SideBlock,
    lease: &Lease,
    signature: &Signature,
    chain: &SideChain,
    context: &mut Context<'_>,
) -> Result<u32, Stop> {
    let (parent, requestor) = (block.details.parent, block.details.requestor);
    room_for_one_more(chain, context)?;
    Rejection::LeaseExpired.unless(lease.expires > context.now)?;
    let longest = lease.created.plus_ms(context.parameters.max_lease_ms);
    Rejection::LeaseTooLong.unless(lease.expires <= longest)?;
    Rejection::LeaseInUse.unless(context.view().lease(parent, lease.id)?.is_none())?;
    let identity = context.view().identity(requestor)?.ok_or(Rejection::UnknownRequestor)?;
    requestor_signed(lease, signature, &identity)?;
    permission::call(parent, requestor, PermissionCall::Open, context)?;
    let record =
        LeaseRecord { agent: lease.agent, next_sequence: 1, last_report: Hash32::ZERO, expires: lease.expires };
    context.state.put(&StateKey::Lease(parent, lease.id), &record);
    context.cause(Effect::PackageOpened { parent, requestor, lease: lease.id, side_block: block.id });
    Ok(chain.violations)
}

/// Returns the violations under the parent by now. A report is taken also when its lease is over: waiting must not hide it.
fn record(
    block: &SideBlock,
    report: &Report,
    signature: &Signature,
    chain: &SideChain,
    context: &mut Context<'_>,
) -> Result<u32, Stop> {
    let details = &block.details;
    let (parent, requestor) = (details.parent, details.requestor);
    let owner = context.view().owner(details.owner)?.ok_or(Rejection::UnknownOwner)?;
    Rejection::NotTheOwnersNode.unless(owner.node == details.node)?;
    let mut lease = context.view().lease(parent, report.lease)?.ok_or(Rejection::UnknownLease)?;
    agent_signed(report, signature, &lease)?;
    Rejection::ReportOutOfSequence.unless(report.sequence == lease.next_sequence)?;
    Rejection::ReportChainBroken.unless(report.previous == lease.last_report)?;
    let kind = ReportKind::from_code(report.kind).ok_or(Rejection::UnknownReportKind)?;
    let added = permission::call(parent, requestor, PermissionCall::Report(kind), context)?;
    let violated = kind.action().filter(|_| added > 0).map_or(0, |action| u16::from(action.code()));
    Rejection::ViolationMisjudged.unless(details.vln == violated)?;
    if added == 0 && kind != ReportKind::Retrieved {
        // Violations and receipts of destruction always find room: nobody can fill the chain first to hide them.
        room_for_one_more(chain, context)?;
    }
    lease.next_sequence = lease.next_sequence.saturating_add(1);
    lease.last_report = report.hash();
    context.state.put(&StateKey::Lease(parent, report.lease), &lease);
    context.cause(Effect::Reported { parent, side_block: block.id, kind: report.kind, violation: added > 0 });
    Ok(chain.violations.saturating_add(added))
}

fn room_for_one_more(chain: &SideChain, context: &Context<'_>) -> Result<(), Rejection> {
    Rejection::TooManySideBlocks.unless(chain.count < context.parameters.max_side_blocks)
}
