//! Reports come one after the other: what is known of a report's place behind those before it, and whether the ledger would record it,
//! before anything of it is kept or handed on.
//!
//! A node that is behind says so, instead of refusing for good what the others' ledger may take.

use super::settled;
use crate::services::Services;
use medshare_contract_abi::ReportKind;
use medshare_contract_abi::permissions::{PermissionCall, PermissionInput, PermissionOutcome};
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::execution::{ContractFault, room_for_report};
use medshare_ledger::rejection::Rejection;
use medshare_ledger::side_block::Report;
use medshare_ledger::state::LeaseRecord;
use medshare_node_chain::clock::now;
use medshare_node_chain::mempool::MAX_LACK;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::{Code, Refusal};
use medshare_node_submission::refused;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// Where a report stands among those of its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The ledger has it: as the last one, or, as far as its owner's node knows, with others behind it.
    Recorded,
    /// It comes next, follows the one before it, and could be recorded now.
    Next,
    /// The ledger lacks what it needs: one before it, or what its owner decided. Without that, this is what is said of it.
    Later(Rejection),
}

/// Where the report stands. Of those that can no longer be recorded nothing more is done: whoever overheard them could send them again
/// and again, and her own agent could sign any number of them.
///
/// # Errors
/// [`Refusal`] when another one has its number, it does not follow the one before it, or the ledger would not record it; the last of
/// them in passing, where this node is behind.
pub fn of(services: &Services, envelope: &ReportEnvelope) -> Result<Order, Refusal> {
    let report = &envelope.report;
    let lease = lease_of(services, report)?;
    if lease.last_report == report.hash() || (report.sequence < lease.next_sequence && was_recorded(services, report)?)
    {
        return Ok(Order::Recorded);
    }
    if report.sequence > lease.next_sequence {
        return Ok(Order::Later(Rejection::ReportOutOfSequence));
    }
    lease.reported(report, &envelope.agent_signature).map_err(refused)?;
    match recordable(services, report)? {
        Ok(()) => Ok(Order::Next),
        Err(rejection) if rejection.may_pass() => Ok(Order::Later(rejection)),
        Err(rejection) => Err(as_far_as_known(services, rejection)),
    }
}

/// Where the report stands once what it needs is on the ledger, for which it waits here: as long as an entry waits for what it lacks.
///
/// # Errors
/// As [`of`], and when that does not come.
pub async fn awaited(services: &Arc<Services>, envelope: &Arc<ReportEnvelope>) -> Result<Order, Refusal> {
    let (mut heights, deadline) = (services.chain.heights(), Instant::now() + MAX_LACK);
    loop {
        heights.borrow_and_update();
        let looking = (Arc::clone(services), Arc::clone(envelope));
        let order = blocking(move || of(&looking.0, &looking.1)).await?;
        let Order::Later(lacking) = order else { return Ok(order) };
        if !matches!(timeout_at(deadline, heights.changed()).await, Ok(Ok(()))) {
            return Err(as_far_as_known(services, lacking));
        }
    }
}

/// The lease that a report is of.
///
/// # Errors
/// [`Refusal`] when there is none.
pub(crate) fn lease_of(services: &Services, report: &Report) -> Result<LeaseRecord, Refusal> {
    let lease = services.chain.state().lease(report.parent, report.lease)?;
    lease.ok_or_else(|| Refusal::not_found("lease"))
}

/// Whether the ledger has this report of a number that is taken. Words stay for good of what is recorded, and of nothing else once its number
/// is settled, for which it is looked up once. Of a report that has no words here nothing is looked up, whoever sends it how often.
fn was_recorded(services: &Services, report: &Report) -> Result<bool, Refusal> {
    let hash = report.hash();
    if !services.private.was_taken_in(&hash)? {
        return Ok(false);
    }
    settled::settle_number(services, report)?;
    Ok(services.private.was_taken_in(&hash)?)
}

/// What execution says of a report beside its place: of its package's permission, and of room in the chain.
fn recordable(services: &Services, report: &Report) -> Result<Result<(), Rejection>, Refusal> {
    let (chain, state) = (&services.chain, services.chain.state());
    let Some(kind) = ReportKind::from_code(report.kind) else { return Ok(Err(Rejection::UnknownReportKind)) };
    let before = state.permission(report.parent)?;
    let input = PermissionInput { record: before, call: PermissionCall::Report(kind), now_ms: now().0 };
    let after = match chain.contracts().permissions(&input) {
        Ok(PermissionOutcome::Applied { record, .. }) => record,
        Ok(PermissionOutcome::Rejected(rejection)) => return Ok(Err(Rejection::Permission(rejection))),
        Err(ContractFault::Failed) => return Ok(Err(Rejection::ContractFailed)),
        Err(fault) => return Err(Refusal::fault(&fault)),
    };
    let added = after.violations.saturating_sub(before.map_or(0, |before| before.violations));
    let Some(recorded) = state.side_chain(report.parent)? else { return Ok(Err(Rejection::UnknownParent)) };
    let most = chain.facts().parameters().max_side_blocks;
    Ok(room_for_report(&recorded, most, kind, added, after.undecided))
}

/// A refusal for what this node's ledger says. Where others are ahead, theirs may say otherwise.
fn as_far_as_known(services: &Services, rejection: Rejection) -> Refusal {
    match services.others.behind(&services.chain) {
        0 => refused(rejection),
        behind => Refusal::new(
            Code::CatchingUp,
            format!(
                "this node is {behind} heights behind and does not know yet whether this report can be recorded; send it again in a moment, or to another node"
            ),
        ),
    }
}
