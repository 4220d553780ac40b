//! The trigger (MeDShare): translates between the outside and the ledger, for HTTP and for other nodes alike; holds nothing.
//!
//! A request or report that concerns an owner served by another node is handed on to that node.

mod answering;
mod forwarding;
mod handing_on;

pub use answering::answer;

use crate::catching_up::known_here;
use crate::deciding::waits_for_network;
use crate::detached::to_its_end;
use crate::gates::{Bringer, QUESTIONS_OF_NODE};
use crate::reports;
use crate::sender::{Caller, Sender};
use crate::services::Services;
use forwarding::{Forwarded, forward};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus, SideBlockMade};
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
use tokio::time::Instant;

/// Longest that a status is waited for.
const MAX_WAIT: Duration = Duration::from_secs(30);
const _: () =
    assert!(QUESTIONS_OF_NODE <= Protocol::ForwardStatus.questions_per_peer(), "the network would refuse more");
/// How long one of those who wait keeps a question to itself.
const TURN: Duration = Duration::from_secs(1);
/// The same where others wait for their turn.
const CROWDED_TURN: Duration = Duration::from_millis(100);
/// How long a turn is waited for even by those who do not want to wait.
const LEAST_PATIENCE: Duration = Duration::from_secs(2);

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
    known_here(services, || {
        let signed = signed.clone();
        from.checked(services, false, move |services| signer(&signed, &services.chain, now()).map(drop))
    })
    .await?;
    forward(services, &owner, Protocol::ForwardRequest, &Forwarded::Submit(signed)).await
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
        own(&taking, signed.request.owner)?;
        let form = signed.encode();
        let request = authenticate(signed, &taking.chain, &taking.admission, now())?;
        drop(turn);
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

/// Status of a request for somebody, after waiting for its end at most so long.
///
/// # Errors
/// [`Refusal`] when the owner's node does not know it.
pub async fn status(
    services: &Arc<Services>,
    sender: Sender,
    owner_id: Option<OwnerId>,
    request: Hash32,
    wait: Duration,
) -> Result<RequestStatus, Refusal> {
    if let Some(status) = status_here(services, &request, wait.min(MAX_WAIT)).await? {
        return Ok(status);
    }
    let owner_id = owner_id.ok_or_else(no_owner_named)?;
    let owner = owner_for(services, sender, owner_id).await?;
    if owner.node == services.node {
        return Err(not_arrived());
    }
    status_elsewhere(services, sender, &owner, request, wait.min(MAX_WAIT)).await
}

/// Those who wait take turns at each owner's node, a short question each, so that few questions are under way however many wait.
async fn status_elsewhere(
    services: &Arc<Services>,
    sender: Sender,
    owner: &Owner,
    request: Hash32,
    wait: Duration,
) -> Result<RequestStatus, Refusal> {
    let deadline = Instant::now() + wait;
    let questions = services.gates.questions(owner.node);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let turn = tokio::time::timeout(left.max(LEAST_PATIENCE), questions.turn(sender)).await;
        let Ok(Ok(turn)) = turn else {
            return Err(Refusal::new(Code::TooManyRequests, "too many wait here for requests at that owner's node"));
        };
        let length = if questions.is_waited_for() { CROWDED_TURN } else { TURN };
        let wait_ms = u64::try_from(left.min(length).as_millis()).unwrap_or(0);
        let question = Forwarded::Status { owner: owner.id, request, wait_ms };
        let (asking, asked) = (Arc::clone(services), owner.clone());
        // Whoever stops waiting does not end the question, and so not the turn.
        let status: RequestStatus = to_its_end(async move {
            let _until_answered = turn;
            forward(&asking, &asked, Protocol::ForwardStatus, &question).await
        })
        .await?;
        if status.state != RequestState::Processing || left <= length {
            return Ok(status);
        }
    }
}

/// The owner is not known: this node can ask no other.
fn no_owner_named() -> Refusal {
    Refusal::new(
        Code::NotFound,
        "no such request is known here: it did not arrive, or went to another owner's node, which must be named as its owner",
    )
}

/// What the owner's own node says of a request that it does not know.
fn not_arrived() -> Refusal {
    Refusal::new(Code::NotFound, "the owner's node does not know this request: it did not arrive, or was not taken")
}

async fn status_here(
    services: &Arc<Services>,
    request: &Hash32,
    wait: Duration,
) -> Result<Option<RequestStatus>, Refusal> {
    let deadline = Instant::now() + wait;
    loop {
        if let Some(mut status) = services.processing.progress.watch(request) {
            let ended = status.wait_for(|s| s.state != RequestState::Processing);
            // Timing out is no error: the answer is then how far it is.
            drop(tokio::time::timeout_at(deadline, ended).await);
        }
        let (reading, asked) = (Arc::clone(services), *request);
        let known = blocking(move || known(&reading, &asked)).await?;
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || known.as_ref().is_none_or(|status| status.state != RequestState::Processing) {
            return Ok(known);
        }
        // Nobody works on it at this moment: who waits for it would be told so again and again.
        tokio::time::sleep(left.min(TURN)).await;
    }
}

/// What this node knows of a request. The ledger comes first: a node that fell, gave up waiting or could not store it before
/// its block was decided has noted nothing, that it is worked on or a refusal, and the package is delivered all the same.
///
/// # Errors
/// As [`decided`].
pub fn known(services: &Services, request: &Hash32) -> Result<Option<RequestStatus>, Refusal> {
    let noted = services.processing.progress.status(request)?;
    match noted {
        Some(status) if status.state == RequestState::Delivered => Ok(Some(status)),
        noted => Ok(decided(services, request)?.or(noted)),
    }
}

/// The delivery that the ledger knows of, where this node made its package. Its file is not looked at, as anybody may ask: where a node that
/// fell, or a full disk, left it without its seal, it is sealed when it is handed out.
///
/// # Errors
/// [`Refusal`] when this node cannot read what it stored.
pub fn decided(services: &Services, request: &Hash32) -> Result<Option<RequestStatus>, Refusal> {
    let state = services.chain.state();
    let answer = state.request(*request)?.and_then(|made| made.answer);
    let Some(id) = answer else { return Ok(None) };
    let Some(block) = state.block(id)?.filter(|block| block.node == services.node) else { return Ok(None) };
    let noted = services.processing.progress.status(request)?;
    Ok(Some(RequestStatus {
        request: request.to_string(),
        state: RequestState::Delivered,
        stages: noted.map_or_else(Vec::new, |status| status.stages),
        error: None,
        block: Some(id.to_string()),
        height: Some(block.height.0),
        package: Some(block.package.to_string()),
    }))
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
