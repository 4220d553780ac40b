//! Where a request stands, for whoever asks: here, or at the owner's node.

use super::forwarding::{Forwarded, forward};
use super::owner_for;
use crate::detached::to_its_end;
use crate::gates::QUESTIONS_OF_NODE;
use crate::sender::Sender;
use crate::services::Services;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_ledger::facts::Owner;
use medshare_ledger::id::{NodeId, OwnerId};
use medshare_node_net::Protocol;
use medshare_node_refusal::{Code, Refusal};
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
    if let Some(status) = status_here(services, Asking::Somebody(sender), request, wait).await? {
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
pub(super) fn not_arrived() -> Refusal {
    Refusal::new(Code::NotFound, "the owner's node does not know this request: it did not arrive, or was not taken")
}

/// Who wants to know.
#[derive(Clone, Copy)]
pub(super) enum Asking {
    /// Somebody there.
    Somebody(Sender),
    /// Another node, for whoever asked it.
    Node(NodeId),
}

impl Asking {
    /// What this node knows, looked up in a turn.
    async fn look(self, services: &Arc<Services>, request: Hash32) -> Result<Option<RequestStatus>, Refusal> {
        let reading = Arc::clone(services);
        let look = move || known(&reading, &request);
        match self {
            Self::Somebody(sender) => services.gates.records.pass(sender, look).await,
            Self::Node(node) => services.gates.handed_on.pass(node, look).await,
        }
    }
}

/// Status of a request that this node knows, after waiting for its end at most so long.
///
/// # Errors
/// [`Refusal`] when too many ask, or this node cannot read what it stored.
pub(super) async fn status_here(
    services: &Arc<Services>,
    asking: Asking,
    request: Hash32,
    wait: Duration,
) -> Result<Option<RequestStatus>, Refusal> {
    let deadline = Instant::now() + wait.min(MAX_WAIT);
    loop {
        if let Some(mut status) = services.processing.progress.watch(&request) {
            let ended = status.wait_for(|s| s.state != RequestState::Processing);
            // Timing out is no error: the answer is then how far it is.
            drop(tokio::time::timeout_at(deadline, ended).await);
        }
        let known = asking.look(services, request).await?;
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
