//! The check against a snapshot: whatever can only ever be rejected, because the facts against it never change.
//!
//! Ids and request hashes stay taken, counters only grow, keys that are bound to an id never change. A node asks this at its
//! door and when it reaps; never for a vote, since its snapshot may be newer or older than another node's.

use crate::entry::{Entry, Identity};
use crate::id::{BlockId, RequestorId, Timestamp};
use crate::parent_block::ParentBlock;
use crate::rejection::Rejection;
use crate::side_block::{Lease, Report, SideBlock, SideEvent};
use crate::state::{StateFault, StateView};
use crate::window::is_outdated;
use medshare_crypto::hash::sha256;
use medshare_crypto::sign::Signature;

/// Whether `entry` is beyond hope in `state`, which the batch of `time` left.
///
/// # Errors
/// [`StateFault`] when this node cannot read its state; a rejection is the inner result.
pub fn check_snapshot(
    entry: &Entry,
    state: StateView<'_>,
    time: Timestamp,
) -> Result<Result<(), Rejection>, StateFault> {
    if is_outdated(entry.dated(), time) {
        return Ok(Err(Rejection::Outdated));
    }
    let found = match entry {
        Entry::Identity(identity, ..) => registered(identity, state)?,
        Entry::AttributeKeys(..) => None,
        Entry::AttributeGrant(grant, _) => {
            let access = state.access(grant.requestor)?.unwrap_or_default();
            let knew_of = grant.revocations;
            // A count ahead may come true; a chain that differs at a count that was reached never will.
            let is_passed = knew_of.count <= access.revocations.count && knew_of != access.revocations;
            is_passed.then_some(Rejection::GrantBeforeRevocation)
        }
        Entry::ContractCode(code, _) => {
            state.contract(code.owner, sha256(&code.code))?.map(|_| Rejection::ContractExists)
        }
        Entry::ParentBlock(block) => parent_block(block, state)?,
        Entry::SideBlock(block) => side_block(block, state)?,
        Entry::OwnerDecision(decision, _) => decided(decision.parent, decision.sequence, state)?,
        Entry::Revocation(revocation, _) => decided(revocation.parent, revocation.sequence, state)?,
        Entry::Request(request, _) => state.request(request.name())?.map(|_| Rejection::RequestReplayed),
    };
    Ok(found.map_or(Ok(()), Err))
}

fn registered(identity: &Identity, state: StateView<'_>) -> Result<Option<Rejection>, StateFault> {
    let record = state.identity(RequestorId::of_key(&identity.key))?;
    Ok(record.map(|_| Rejection::IdentityExists))
}

fn parent_block(block: &ParentBlock, state: StateView<'_>) -> Result<Option<Rejection>, StateFault> {
    if state.block(block.id)?.is_some() {
        return Ok(Some(Rejection::BlockExists));
    }
    let request = state.request(block.details.request)?;
    Ok(request.and_then(|request| request.answer).map(|_| Rejection::RequestReplayed))
}

fn side_block(block: &SideBlock, state: StateView<'_>) -> Result<Option<Rejection>, StateFault> {
    let Some(parent) = state.block(block.details.parent)? else { return Ok(None) };
    if let Err(rejection) = block.agrees_with(&parent) {
        return Ok(Some(rejection));
    }
    match &block.details.event {
        SideEvent::Opening { lease, requestor_signature } => {
            opening(lease, requestor_signature, block.details.requestor, state)
        }
        SideEvent::Reported { report, agent_signature } => reported(report, agent_signature, state),
    }
}

fn opening(
    lease: &Lease,
    signature: &Signature,
    requestor: RequestorId,
    state: StateView<'_>,
) -> Result<Option<Rejection>, StateFault> {
    if state.lease(lease.parent, lease.id)?.is_some() {
        return Ok(Some(Rejection::LeaseInUse));
    }
    let identity = state.identity(requestor)?;
    Ok(identity.and_then(|record| lease.signed_by(&record.identity.key, signature).err()))
}

fn reported(report: &Report, signature: &Signature, state: StateView<'_>) -> Result<Option<Rejection>, StateFault> {
    let Some(lease) = state.lease(report.parent, report.lease)? else { return Ok(None) };
    if report.sequence < lease.next_sequence {
        return Ok(Some(Rejection::ReportOutOfSequence));
    }
    Ok(lease.signed(report, signature).err())
}

fn decided(parent: BlockId, sequence: u32, state: StateView<'_>) -> Result<Option<Rejection>, StateFault> {
    let decisions = state.decisions(parent)?.unwrap_or_default();
    Ok((sequence < decisions.count).then_some(Rejection::DecisionOutOfSequence))
}
