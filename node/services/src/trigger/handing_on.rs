//! Reports on their way to an owner's node that is not this one.
//!
//! That node takes few of them at once from this one. So they are handed on in turn, whoever has how many leases; only when they come next
//! in their lease, as this node knows the ledger too; and one that is recorded already no more than now and then.

use super::{Forwarded, forward};
use crate::detached::to_its_end;
use crate::gates::REPORTS_OF_NODE;
use crate::reports::order::{self, Order};
use crate::reports::{known, lease_of};
use crate::services::Services;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::SideBlockMade;
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::facts::Owner;
use medshare_ledger::state::BlockRecord;
use medshare_node_net::Protocol;
use medshare_node_refusal::{Code, Refusal};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

const _: () = assert!(REPORTS_OF_NODE <= Protocol::ForwardReport.questions_per_peer(), "the network would refuse more");
/// How long a turn is waited for; with the time for an answer it is less than clients wait.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long an owner's node is not told again of a report of which it said that it has it.
const PAUSE: Duration = Duration::from_secs(60);
/// How many of these are remembered. Beyond them the oldest is told again.
const MOST_REMEMBERED: usize = 10_000;

/// When owners' nodes last said that they have a report, by its hash.
#[derive(Default)]
pub struct Acknowledged(Mutex<BTreeMap<Hash32, Instant>>);

impl Acknowledged {
    fn is_recent(&self, report: &Hash32) -> bool {
        self.lock(|known| known.get(report).is_some_and(|said| said.elapsed() < PAUSE))
    }

    fn note(&self, report: Hash32) {
        self.lock(|known| {
            if known.len() >= MOST_REMEMBERED {
                known.retain(|_, said| said.elapsed() < PAUSE);
            }
            if known.len() >= MOST_REMEMBERED {
                let oldest = known.iter().min_by_key(|(_, said)| **said).map(|(report, _)| *report);
                oldest.map(|oldest| known.remove(&oldest));
            }
            known.insert(report, Instant::now());
        });
    }

    fn lock<T>(&self, work: impl FnOnce(&mut BTreeMap<Hash32, Instant>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Hands on a report that the agent of its lease signed.
///
/// # Errors
/// [`Refusal`] when it does not come next, its owner's node cannot be reached or refuses it, or too many wait for that node.
pub(super) async fn report(
    services: &Arc<Services>,
    record: &BlockRecord,
    owner: &Owner,
    envelope: ReportEnvelope,
) -> Result<SideBlockMade, Refusal> {
    let report = &envelope.report;
    let hash = report.hash();
    if order::of(services, &envelope)? == Order::Last && services.acknowledged.is_recent(&hash) {
        return Err(known());
    }
    let place = services.under_way.begin_report(report, lease_of(services, report)?.next_sequence)?;
    order::awaited(services, &envelope).await?;
    let gate = services.gates.reports(owner.node);
    let Ok(Ok(turn)) = timeout(PATIENCE, gate.turn(record.requestor)).await else {
        return Err(Refusal::new(
            Code::TooManyRequests,
            format!("too many reports wait here for the node of {}; send it again in a moment", owner.name),
        ));
    };
    let (services, owner) = (Arc::clone(services), owner.clone());
    // Whoever stops waiting does not end the question, and so keeps the places that it takes.
    to_its_end(async move {
        let _until_answered = (place, turn);
        let answer = forward(&services, &owner, Protocol::ForwardReport, &Forwarded::Report(envelope)).await;
        // Its words may have been lost there: it takes them, or says itself that it knows the report.
        let has_it = answer.as_ref().map_or_else(|refusal: &Refusal| refusal.code == Code::ReportKnown, |_| true);
        if has_it {
            services.acknowledged.note(hash);
        }
        answer
    })
    .await
}

#[cfg(test)]
mod tests;
