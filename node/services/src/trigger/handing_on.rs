//! Reports on their way to an owner's node that is not this one.
//!
//! That node takes few of them at once from this one. So they are handed on in turn, whoever has how many leases; only when they come next
//! in their lease, as this node knows the ledger too; and one that is recorded already no more than now and then.

use super::PATIENCE;
use super::forwarding::{Forwarded, forward};
use crate::catching_up::known_here;
use crate::detached::to_its_end;
use crate::gates::{Bringer, REPORTS_OF_NODE};
use crate::reports::order::{self, Order, lease_of};
use crate::reports::{self, known, signed};
use crate::services::Services;
use crate::signer::Signer;
use crate::under_way::Place;
use medshare_exchange::api::SideBlockMade;
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::facts::Owner;
use medshare_ledger::id::{NodeId, RequestorId};
use medshare_ledger::state::BlockRecord;
use medshare_node_net::Protocol;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;
use tokio::time::timeout;

const _: () = assert!(REPORTS_OF_NODE <= Protocol::ForwardReport.questions_per_peer(), "the network would refuse more");

/// Hands on a report about this package, signed by the agent of its lease.
///
/// # Errors
/// [`Refusal`] when it is not that, does not come next, its owner's node cannot be reached or refuses it, or too many wait for that node.
pub(super) async fn report(
    services: &Arc<Services>,
    from: Bringer<'_>,
    package: BlockRecord,
    owner: Owner,
    envelope: ReportEnvelope,
) -> Result<SideBlockMade, Refusal> {
    let (hash, is_urgent) = (envelope.report.hash(), reports::says_urgent(&envelope.report));
    let (requestor, node, envelope) = (package.requestor, owner.node, Arc::new(envelope));
    let place = known_here(services, || {
        let envelope = Arc::clone(&envelope);
        from.checked(services, is_urgent, move |services| {
            let place = begin(services, (requestor, node), &envelope)?;
            Ok((Some(Signer::HandedOn(requestor, node)), place))
        })
    })
    .await?;
    order::awaited(services, &envelope).await?;
    let gate = services.gates.reports(owner.node);
    let Ok(Ok(turn)) = timeout(PATIENCE, gate.turn(reports::claim(&package, &envelope.report))).await else {
        return Err(Refusal::new(
            Code::TooManyRequests,
            format!("too many reports wait here for the node of {}; send it again in a moment", owner.name),
        ));
    };
    let services = Arc::clone(services);
    // Whoever stops waiting does not end the question, and so keeps the places that it takes.
    to_its_end(async move {
        let _until_answered = (place, turn);
        let answer = forward(&services, &owner, Protocol::ForwardReport, &Forwarded::Report((*envelope).clone())).await;
        // Its words may have been lost there: it takes them, or says itself that it knows the report.
        let has_it = answer.as_ref().map_or_else(|refusal: &Refusal| refusal.code == Code::ReportKnown, |_| true);
        if has_it {
            services.memories.acknowledged.note(hash);
        }
        answer
    })
    .await
}

/// A place for a report of this requestor's that its lease's agent signed, on its way to this node.
fn begin(
    services: &Services,
    (requestor, node): (RequestorId, NodeId),
    envelope: &ReportEnvelope,
) -> Result<Place, Refusal> {
    signed(services, envelope)?;
    let report = &envelope.report;
    if order::of(services, envelope)? == Order::Recorded && services.memories.acknowledged.is_recent(&report.hash()) {
        return Err(known());
    }
    services.under_way.begin_report(report, (requestor, Some(node)), lease_of(services, report)?.next_sequence)
}

#[cfg(test)]
mod tests;
