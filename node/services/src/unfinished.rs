//! Requests that were taken in and have not ended: taken up again when this node fell, or when the network did not decide in time.
//!
//! Each goes the way of a new one. A block that it may have from before is not in its way: the ledger takes one block of a request. One
//! that is too old by now ends with what its requestor can do. Between attempts there are [pauses](Pauses) that grow.

mod pauses;

use crate::services::Services;
use crate::trigger::{decided, work_on};
use medshare_crypto::hash::Hash32;
use medshare_node_authenticator::request::{Authenticated, authenticate, decode};
use medshare_node_chain::clock::now;
use medshare_node_processing::blocking::blocking;
use medshare_node_processing::progress::Taken;
use medshare_node_refusal::{Class, Code, Refusal};
use medshare_node_store::private::Unfinished;
use pauses::Pauses;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often is looked.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks for ever, beginning now.
pub async fn follow(services: Arc<Services>) {
    let mut pauses = Pauses::default();
    loop {
        let looking = Arc::clone(&services);
        let left_over = blocking(move || Ok(looking.processing.progress.left_over()?)).await.unwrap_or_default();
        for (request, unfinished) in left_over {
            if !pauses.is_over(&request, Instant::now()) {
                continue;
            }
            let taking = Arc::clone(&services);
            match blocking(move || take_up(&taking, request, &unfinished)).await {
                Ok(true) => pauses.taken_up(request, Instant::now()),
                Ok(false) => {}
                Err(refusal) => {
                    tracing::warn!(code = refusal.code.word(), "a request that had not ended could not be taken up");
                }
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Takes a request up, ends it where it is too old, or leaves it for later; says whether it is worked on now.
///
/// # Errors
/// [`Refusal`] when this node cannot read or write what it stores.
pub(crate) fn take_up(services: &Arc<Services>, hash: Hash32, unfinished: &Unfinished) -> Result<bool, Refusal> {
    if let Some(status) = decided(services, &hash)? {
        services.private.put_request(&hash, &status)?;
        return Ok(false);
    }
    // what this node does not know yet says nothing about the request
    if is_ready(services) { judge(services, hash, unfinished) } else { Ok(false) }
}

fn judge(services: &Arc<Services>, hash: Hash32, unfinished: &Unfinished) -> Result<bool, Refusal> {
    let progress = &services.processing.progress;
    let request =
        decode(&unfinished.form).and_then(|signed| authenticate(signed, &services.chain, &services.admission, now()));
    match request {
        Ok(request) => {
            let request = Authenticated { received: unfinished.received, ..request };
            let is_new = progress.begin(hash, unfinished)? == Taken::New;
            if is_new {
                tracing::info!("a request that had not ended is taken up again");
                work_on(services, request);
            }
            Ok(is_new)
        }
        // this clock is behind, or this node in trouble: later it may be another answer
        Err(refusal) if refusal.code == Code::FromTheFuture || refusal.code.class().is_passing() => Ok(false),
        Err(refusal) if refusal.code.class() == Class::Fault => Err(refusal),
        Err(refusal) => {
            progress.refuse(&hash, &too_late(refusal))?;
            Ok(false)
        }
    }
}

/// Whether the network can decide, and this node knows what it decided meanwhile.
fn is_ready(services: &Services) -> bool {
    let height = services.chain.tip().height.0;
    let others = &services.others;
    services.submission.reaches_quorum() && height > 0 && others.is_confirmed() && others.behind(&services.chain) <= 1
}

fn too_late(refusal: Refusal) -> Refusal {
    match refusal.code {
        Code::Expired => Refusal::new(
            refusal.code,
            "the owner's node fell or the network did not decide, and by now the request is too old: send a new one",
        ),
        _ => refusal,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::services::testing::services;
    use crate::trigger::known;
    use medshare_exchange::api::RequestState;
    use medshare_ledger::entry::Entry;
    use medshare_ledger::id::Timestamp;
    use medshare_node_chain::testing::Parties;

    fn taken_in(services: &Arc<Services>, form: Vec<u8>, hash: Hash32) -> Unfinished {
        let requestor = medshare_ledger::id::RequestorId::from_bytes([1; 16]);
        let unfinished = Unfinished { received: Timestamp(1), requestor, form };
        services.private.put_unfinished(&hash, &unfinished).unwrap();
        unfinished
    }

    #[tokio::test]
    async fn what_is_too_old_by_now_is_refused_with_what_to_do() {
        let parties = Parties::new();
        let services = services(&parties, parties.ready_chain());
        let mut asked = parties.asked(20);
        asked.created = Timestamp(asked.created.0 - 600_000);
        let request = medshare_exchange::request::SignedRequest::sign(asked, &parties.requestor.signing);
        let unfinished = taken_in(&services, request.encode(), request.hash());
        assert_eq!(known(&services, &request.hash()).unwrap().unwrap().state, RequestState::Processing);
        judge(&services, request.hash(), &unfinished).unwrap();
        let status = known(&services, &request.hash()).unwrap().unwrap();
        assert_eq!(status.state, RequestState::Refused);
        assert!(status.error.unwrap().message.contains("send a new one"));
        assert!(services.processing.progress.left_over().unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_a_node_does_not_know_while_it_is_behind_ends_no_request() {
        let parties = Parties::new();
        // at height 0 nobody is registered, as after `log/` was moved away
        let services = services(&parties, parties.chain());
        let mut asked = parties.asked(1);
        (asked.created, asked.deadline) = (now(), now().plus_ms(60_000));
        let request = medshare_exchange::request::SignedRequest::sign(asked, &parties.requestor.signing);
        let unfinished = taken_in(&services, request.encode(), request.hash());
        take_up(&services, request.hash(), &unfinished).unwrap();
        assert_eq!(known(&services, &request.hash()).unwrap().unwrap().state, RequestState::Processing);
    }

    #[tokio::test]
    async fn what_is_signed_ahead_of_this_clock_waits_and_what_cannot_be_read_ends() {
        let parties = Parties::new();
        let services = services(&parties, parties.ready_chain());
        let mut asked = parties.asked(1);
        (asked.created, asked.deadline) = (now().plus_ms(3_600_000), now().plus_ms(7_200_000));
        let early = medshare_exchange::request::SignedRequest::sign(asked, &parties.requestor.signing);
        let unfinished = taken_in(&services, early.encode(), early.hash());
        judge(&services, early.hash(), &unfinished).unwrap();
        assert_eq!(known(&services, &early.hash()).unwrap().unwrap().state, RequestState::Processing);
        let damaged = Hash32::from_bytes([7; 32]);
        let unfinished = taken_in(&services, b"damaged".to_vec(), damaged);
        judge(&services, damaged, &unfinished).unwrap();
        assert_eq!(known(&services, &damaged).unwrap().unwrap().state, RequestState::Refused);
    }

    #[tokio::test]
    async fn what_cannot_be_decided_yet_waits() {
        let parties = Parties::new();
        let services = services(&parties, parties.ready_chain());
        let mut asked = parties.asked(1);
        (asked.created, asked.deadline) = (now(), now().plus_ms(60_000));
        let request = medshare_exchange::request::SignedRequest::sign(asked, &parties.requestor.signing);
        let unfinished = taken_in(&services, request.encode(), request.hash());
        take_up(&services, request.hash(), &unfinished).unwrap();
        assert_eq!(services.processing.progress.left_over().unwrap(), [(request.hash(), unfinished)]);
        assert_eq!(known(&services, &request.hash()).unwrap().unwrap().state, RequestState::Processing);
    }

    #[tokio::test]
    async fn what_the_ledger_has_meanwhile_is_delivered() {
        let parties = Parties::new();
        let request = parties.request(1);
        let parent = parties.parent_block(&request, Hash32::ZERO);
        let services = services(&parties, parties.ready_chain());
        let unfinished = taken_in(&services, request.encode(), request.hash());
        parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(parent))]);
        take_up(&services, request.hash(), &unfinished).unwrap();
        let status = services.processing.progress.status(&request.hash()).unwrap().unwrap();
        assert_eq!(status.state, RequestState::Delivered);
        assert!(services.processing.progress.left_over().unwrap().is_empty());
    }
}
