//! Reports come one after the other: what is known of a report's place behind those before it, before anything of it is kept or handed on.

use super::lease_of;
use crate::services::Services;
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::rejection::Rejection;
use medshare_node_chain::mempool::MAX_LACK;
use medshare_node_refusal::Refusal;
use medshare_node_submission::refused;
use tokio::time::{Instant, timeout_at};

/// Where a report stands among those of its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The ledger has it as the last one.
    Last,
    /// It comes next, and follows the one before it.
    Next,
    /// The ledger lacks one before it.
    Later,
}

/// Where the report stands. Of those that can no longer be recorded nothing more is done: whoever overheard them could send them again
/// and again, and her own agent could sign any number of them.
///
/// # Errors
/// [`Refusal`] when another one has its number, or it does not follow the one before it.
pub fn of(services: &Services, envelope: &ReportEnvelope) -> Result<Order, Refusal> {
    let report = &envelope.report;
    let lease = lease_of(services, report)?;
    if lease.last_report == report.hash() {
        return Ok(Order::Last);
    }
    if report.sequence > lease.next_sequence {
        return Ok(Order::Later);
    }
    lease.reported(report, &envelope.agent_signature).map(|_| Order::Next).map_err(refused)
}

/// Where the report stands once those before it are on the ledger, for which it waits here: as long as an entry waits for what it lacks.
///
/// # Errors
/// As [`of`], and when they do not come.
pub async fn awaited(services: &Services, envelope: &ReportEnvelope) -> Result<Order, Refusal> {
    let (mut heights, deadline) = (services.chain.heights(), Instant::now() + MAX_LACK);
    loop {
        heights.borrow_and_update();
        let order = of(services, envelope)?;
        if order != Order::Later {
            return Ok(order);
        }
        if !matches!(timeout_at(deadline, heights.changed()).await, Ok(Ok(()))) {
            return Err(refused(Rejection::ReportOutOfSequence));
        }
    }
}
