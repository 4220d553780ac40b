//! What owners decide on their packages: after a violation, or by their own wish.
//!
//! Rule `judges-the-last`: a decision counts for the violations that its owner looked at, and names the last of them. What was
//! signed before another one was recorded neither closes nor forgets it, whoever orders the two.

use super::context::{Context, Stop};
use super::permission;
use crate::entry::{Decision, OwnerDecision, Revocation};
use crate::id::{BlockId, OwnerId, RequestorId};
use crate::rejection::Rejection;
use crate::state::{StateFault, StateKey};
use medshare_contract_abi::permissions::PermissionCall;

pub(super) fn decide(decision: &OwnerDecision, context: &mut Context<'_>) -> Result<(), Stop> {
    let OwnerDecision { owner, parent, sequence, decision, judged, at, .. } = decision;
    context.not_from_the_future(*at)?;
    let requestor = next_on_package(*parent, *owner, *sequence, context)?;
    let chain = context.view().side_chain(*parent)?.ok_or(StateFault::Corrupt { what: "side-block chain" })?;
    let judges_all = *judged == chain.last_violation;
    Rejection::JudgesOlderViolation.unless(judges_all || *decision == Decision::Retrieve)?;
    let call = match decision {
        Decision::Review => PermissionCall::Review,
        Decision::Regrant => PermissionCall::Regrant,
        Decision::Retrieve => PermissionCall::Retrieve { judges_all },
        Decision::Uphold => PermissionCall::Uphold,
    };
    permission::call(*parent, requestor, call, context)?;
    Ok(())
}

pub(super) fn revoke(revocation: &Revocation, context: &mut Context<'_>) -> Result<(), Stop> {
    let Revocation { owner, parent, sequence, reason, at, .. } = revocation;
    context.not_from_the_future(*at)?;
    let requestor = next_on_package(*parent, *owner, *sequence, context)?;
    permission::call(*parent, requestor, PermissionCall::Revoke { reason: *reason }, context)?;
    Ok(())
}

/// The entry becomes the next one of the package's decisions. Returns the requestor.
fn next_on_package(
    parent: BlockId,
    owner: OwnerId,
    sequence: u32,
    context: &mut Context<'_>,
) -> Result<RequestorId, Stop> {
    let block = context.view().block(parent)?.ok_or(Rejection::UnknownParent)?;
    Rejection::NotTheOwner.unless(block.owner == owner)?;
    let decisions = context.view().decisions(parent)?.unwrap_or_default();
    Rejection::DecisionOutOfSequence.unless(sequence == decisions.count)?;
    context.state.put(&StateKey::Decisions(parent), &decisions.extended(&context.entry));
    Ok(block.requestor)
}
