//! The trigger (MeDShare): translates between the outside and the ledger, for HTTP and for other nodes alike; holds nothing.
//!
//! A request or report that concerns an owner served by another node is handed on to that node.

mod answering;
mod forwarding;
mod handing_on;
mod status;

pub use answering::answer;
pub use status::{decided, known, status};

use crate::caller::Caller;
use crate::catching_up::known_here;
use crate::deciding::waits_for_network;
use crate::detached::to_its_end;
use crate::gates::{Bringer, REQUESTS_OF_NODE};
use crate::reports;
use crate::sender::Sender;
use crate::services::Services;
use crate::signer::Signer;
use forwarding::{Forwarded, forward};
use medshare_exchange::api::{RequestStatus, SideBlockMade};
use medshare_exchange::report::ReportEnvelope;
use medshare_exchange::request::SignedRequest;
use medshare_ledger::facts::Owner;
use medshare_ledger::id::OwnerId;
use medshare_node_authenticator::request::{Authenticated, authenticate, decode, replayed, signer};
use medshare_node_chain::clock::now;
use medshare_node_net::Protocol;
use medshare_node_processing::blocking::blocking;
use medshare_node_processing::pipeline::process;
use medshare_node_processing::progress::{MAX_REQUESTS_OF_ONE, MAX_REQUESTS_OF_ORGANISATION, Taken};
use medshare_node_refusal::{Code, Refusal};
use medshare_node_store::private::Unfinished;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a turn is waited for, to ask another owner's node; with the time for an answer it is less than clients wait.
const PATIENCE: Duration = Duration::from_secs(15);
const _: () =
    assert!(REQUESTS_OF_NODE <= Protocol::ForwardRequest.questions_per_peer(), "the network would refuse more");

/// Takes in a data request's bytes from somebody. The same bytes again give the same answer until the request has ended; afterwards they
/// are a replay.
///
/// # Errors
/// [`Refusal`] with the reason for which the request is not processed.
pub async fn submit(services: &Arc<Services>, caller: &Caller, bytes: &[u8]) -> Result<RequestStatus, Refusal> {
    let signed = decode(bytes)?;
    let owner = owner_for(services, caller.sender, signed.request.owner).await?;
    let from = Bringer::Somebody(caller);
    if owner.node == services.node {
        return submit_here(services, from, signed).await;
    }
    let requestor = signed.request.requestor();
    let place = known_here(services, || {
        let signed = signed.clone();
        from.checked(services, false, move |services| {
            signer(&signed, &services.chain, now())?;
            if services.memories.ended.is_recent(&signed.request.hash()) {
                return Err(replayed());
            }
            let place = services.handed_on.begin((owner.node, requestor), signed.request.hash())?;
            Ok((Some(Signer::HandedOn(requestor, owner.node)), place))
        })
    })
    .await?;
    // Few are under way to a node at once: of each requestor one after the other, whoever sends how many.
    let gate = services.gates.requests(owner.node);
    let Ok(turn) = timeout(PATIENCE, gate.turn(requestor)).await else {
        return Err(too_many(format!(
            "too many requests wait here for the node of {}; send it again in a moment",
            owner.name
        )));
    };
    let turn = turn?;
    let services = Arc::clone(services);
    // Whoever stops waiting does not end the question, and so not the turn.
    to_its_end(async move {
        let _until_answered = (place, turn);
        let request = signed.request.hash();
        let answer = forward(&services, &owner, Protocol::ForwardRequest, &Forwarded::Submit(signed)).await;
        if answer.as_ref().is_err_and(|refusal: &Refusal| refusal.code == Code::Replay) {
            services.memories.ended.note(request);
        }
        answer
    })
    .await
}

async fn submit_here(
    services: &Arc<Services>,
    from: Bringer<'_>,
    signed: SignedRequest,
) -> Result<RequestStatus, Refusal> {
    let turn = from.turn(services, false).await?;
    let taking = Arc::clone(services);
    // Whoever sent it may go meanwhile: what was taken in is worked on.
    blocking(move || {
        let _until_taken_in = turn;
        own(&taking, signed.request.owner)?;
        let form = signed.encode();
        let request = authenticate(signed, &taking.chain, &taking.admission, now())?;
        take_in(&taking, request, form)
    })
    .await
}

fn take_in(services: &Arc<Services>, request: Authenticated, form: Vec<u8>) -> Result<RequestStatus, Refusal> {
    let hash = request.hash;
    let unfinished = Unfinished { received: request.received, requestor: request.signed.request.requestor(), form };
    let progress = &services.processing.progress;
    if waits_for_network(services, &hash)? {
        return progress.status(&hash)?.ok_or_else(|| Refusal::not_found("request"));
    }
    match progress.begin(hash, &unfinished)? {
        Taken::New | Taken::Again => work_on(services, request),
        // Whoever sends it again did not hear the answer: it is the same one.
        // What is paused is taken up by itself, and no more often for being sent.
        Taken::UnderWay | Taken::Paused => {}
        Taken::Before => return Err(replayed()),
        Taken::TooMany => {
            return Err(too_many("too many requests are being processed; try again in a minute".to_owned()));
        }
        Taken::TooManyOfHers => {
            return Err(too_many(format!(
                "{MAX_REQUESTS_OF_ONE} requests of this requestor are being processed here, and no more are taken at once; send this one again when one of them has ended"
            )));
        }
        Taken::TooManyOfOrganisation => {
            return Err(too_many(format!(
                "as many requests of this requestor's organisation are being processed here as are taken at once: {MAX_REQUESTS_OF_ORGANISATION}, or fewer while few places are left; send this one again when one of them has ended"
            )));
        }
    }
    progress.status(&hash)?.ok_or_else(|| Refusal::not_found("request"))
}

fn too_many(message: String) -> Refusal {
    Refusal::new(Code::TooManyRequests, message)
}

/// Processes a request that was taken in, beside everything else.
pub(crate) fn work_on(services: &Arc<Services>, request: Authenticated) {
    let services = Arc::clone(services);
    tokio::spawn(async move {
        if process(&services.processing, request).await {
            services.metrics.delivered.inc();
        }
    });
}

/// Takes in a report from somebody, here or at the owner's node.
///
/// # Errors
/// [`Refusal`] when it is not believed or the owner's node cannot be reached.
pub async fn report(
    services: &Arc<Services>,
    caller: &Caller,
    envelope: ReportEnvelope,
) -> Result<SideBlockMade, Refusal> {
    let (from, parent) = (Bringer::Somebody(caller), envelope.report.parent);
    let is_urgent = reports::says_urgent(&envelope.report);
    let (record, owner) = known_here(services, || {
        from.looked(services, is_urgent, move |services| {
            let record = reports::block_record(services, parent)?;
            let owner = owner(services, record.owner)?;
            Ok((record, owner))
        })
    })
    .await?;
    if owner.node == services.node {
        return reports::take(services, from, envelope).await;
    }
    handing_on::report(services, from, record, owner, envelope).await
}

fn own(services: &Services, owner_id: OwnerId) -> Result<(), Refusal> {
    let served = owner(services, owner_id)?.node == services.node;
    if served { Ok(()) } else { Err(Refusal::not_found("owner at this node")) }
}

/// The owner's record, for somebody there.
async fn owner_for(services: &Arc<Services>, sender: Sender, id: OwnerId) -> Result<Owner, Refusal> {
    let reading = Arc::clone(services);
    services.gates.records.pass(sender, move || owner(&reading, id)).await
}

fn owner(services: &Services, id: OwnerId) -> Result<Owner, Refusal> {
    services.chain.state().owner(id)?.ok_or_else(|| Refusal::not_found("owner"))
}

#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod turns;
