//! Requests that were taken in and have not ended: taken up again when this node fell, or when the network did not decide in time.
//!
//! Each goes the way of a new one. A block that it may have from before is not in its way: the ledger takes one block of a request. One
//! that is too old by now ends with what its requestor can do. Between attempts there are pauses that grow. While the network does
//! not decide, that a request is too old is all that can be told of it, and another height is all that tells it: the ledger's time does not
//! go back. An attempt for a request that the ledger has leaves a package, which goes when the ledger's time has passed: the next one
//! is made when the ledger has a height more.

use crate::deciding::{is_ready, waits_for_network};
use crate::services::Services;
use crate::trigger::{decided, work_on};
use medshare_crypto::hash::Hash32;
use medshare_node_authenticator::request::{Authenticated, authenticate, decode, in_time};
use medshare_node_chain::clock::now;
use medshare_node_processing::blocking::blocking;
use medshare_node_processing::progress::Taken;
use medshare_node_refusal::{Class, Code, Refusal};
use medshare_node_store::private::Unfinished;
use std::sync::Arc;
use std::time::Duration;

/// How often is looked.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks for ever, beginning now.
pub async fn follow(services: Arc<Services>) {
    let mut looked_at = None;
    loop {
        let height = services.chain.tip().height;
        if is_ready(&services) || looked_at != Some(height) {
            looked_at = Some(height);
            look(&services).await;
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Looks at each request that is left over and not paused, one after the other.
async fn look(services: &Arc<Services>) {
    for request in services.processing.progress.due() {
        let taking = Arc::clone(services);
        if let Err(refusal) = blocking(move || take_up(&taking, request)).await {
            // a disk that is full stays so for a while
            services.processing.progress.put_off(&request);
            tracing::warn!(code = refusal.code.word(), "a request that had not ended could not be taken up");
        }
    }
}

/// Takes a request up, ends it where it is too old, or leaves it for later; says whether it is worked on now.
///
/// # Errors
/// [`Refusal`] when this node cannot read or write what it stores.
pub(crate) fn take_up(services: &Arc<Services>, hash: Hash32) -> Result<bool, Refusal> {
    let progress = &services.processing.progress;
    if let Some(status) = decided(services, &hash)? {
        progress.end_delivered(&hash, status)?;
        return Ok(false);
    }
    let Some(unfinished) = progress.unfinished(&hash)? else {
        progress.end_as_stored(&hash);
        return Ok(false);
    };
    // what this node does not know yet says nothing about the request
    if is_ready(services) {
        return Ok(!waits_for_network(services, &hash)? && judge(services, hash, &unfinished)?);
    }
    end_what_is_over(services, hash, &unfinished)?;
    Ok(false)
}

/// Ends a request that the ledger cannot take, or cannot have answered, any more.
fn end_what_is_over(services: &Services, hash: Hash32, unfinished: &Unfinished) -> Result<(), Refusal> {
    match decode(&unfinished.form).and_then(|signed| in_time(&signed, &services.chain, now())) {
        Err(refusal) if refusal.code.class() == Class::Fault => Err(refusal),
        Err(refusal) if refusal.code != Code::FromTheFuture => {
            Ok(services.processing.progress.refuse(&hash, &too_late(refusal))?)
        }
        _ => Ok(()),
    }
}

fn judge(services: &Arc<Services>, hash: Hash32, unfinished: &Unfinished) -> Result<bool, Refusal> {
    let progress = &services.processing.progress;
    let request =
        decode(&unfinished.form).and_then(|signed| authenticate(signed, &services.chain, &services.admission, now()));
    match request {
        Ok(request) => {
            let request = Authenticated { received: unfinished.received, ..request };
            if progress.begin(hash, unfinished)? == Taken::Again {
                tracing::info!("a request that had not ended is taken up again");
                work_on(services, request);
                return Ok(true);
            }
        }
        // this clock is behind, or this node in trouble: later it may be another answer
        Err(refusal) if refusal.code == Code::FromTheFuture || refusal.code.class().is_passing() => {}
        Err(refusal) if refusal.code.class() == Class::Fault => return Err(refusal),
        Err(refusal) => progress.refuse(&hash, &too_late(refusal))?,
    }
    // To look it up, verify and admit it costs more than others wait for each second.
    progress.put_off(&hash);
    Ok(false)
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
    use crate::sender::Sender;
    use crate::services::testing::{connected, services};
    use crate::trigger::{known, submit};
    use medshare_exchange::api::RequestState;
    use medshare_ledger::entry::Entry;
    use medshare_ledger::id::Timestamp;
    use medshare_node_chain::testing::Parties;

    fn taken_in(services: &Arc<Services>, form: Vec<u8>, hash: Hash32) -> Unfinished {
        let requestor = medshare_ledger::id::RequestorId::from_bytes([1; 16]);
        let unfinished = Unfinished { received: Timestamp(1), requestor, form };
        let progress = &services.processing.progress;
        progress.begin(hash, &unfinished).unwrap();
        progress.refuse(&hash, &Refusal::new(Code::Undecided, "not in time")).unwrap();
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
        assert_eq!(known(&services, &request.hash()).unwrap().unwrap().state, RequestState::Undecided);
        judge(&services, request.hash(), &unfinished).unwrap();
        let status = known(&services, &request.hash()).unwrap().unwrap();
        assert_eq!(status.state, RequestState::Refused);
        assert!(status.error.unwrap().message.contains("send a new one"));
        assert!(services.processing.progress.left_over().is_empty());
    }

    #[tokio::test]
    async fn what_a_node_does_not_know_while_it_is_behind_ends_no_request() {
        let parties = Parties::new();
        // at height 0 nobody is registered, as after `log/` was moved away
        let services = services(&parties, parties.chain());
        let mut asked = parties.asked(1);
        (asked.created, asked.deadline) = (now(), now().plus_ms(60_000));
        let request = medshare_exchange::request::SignedRequest::sign(asked, &parties.requestor.signing);
        taken_in(&services, request.encode(), request.hash());
        take_up(&services, request.hash()).unwrap();
        assert_eq!(known(&services, &request.hash()).unwrap().unwrap().state, RequestState::Undecided);
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
        assert!(services.processing.progress.due().is_empty(), "it is not verified again each second");
        assert_eq!(known(&services, &early.hash()).unwrap().unwrap().state, RequestState::Undecided);
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
        taken_in(&services, request.encode(), request.hash());
        take_up(&services, request.hash()).unwrap();
        assert_eq!(services.processing.progress.left_over(), [request.hash()]);
        assert_eq!(known(&services, &request.hash()).unwrap().unwrap().state, RequestState::Undecided);
    }

    #[tokio::test]
    async fn what_can_never_be_made_any_more_ends_also_while_nothing_is_decided() {
        let parties = Parties::new();
        let services = services(&parties, parties.ready_chain());
        let state = |hash| known(&services, &hash).unwrap().unwrap().state;
        let mut asked = parties.asked(20);
        asked.created = Timestamp(asked.created.0 - 600_000);
        let old = medshare_exchange::request::SignedRequest::sign(asked.clone(), &parties.requestor.signing);
        asked.created = services.chain.tip().time;
        let in_time = medshare_exchange::request::SignedRequest::sign(asked, &parties.requestor.signing);
        for request in [&old, &in_time] {
            taken_in(&services, request.encode(), request.hash());
            take_up(&services, request.hash()).unwrap();
        }
        assert!(!is_ready(&services), "no other node is there");
        assert_eq!((state(old.hash()), state(in_time.hash())), (RequestState::Refused, RequestState::Undecided));
    }

    #[tokio::test]
    async fn what_the_ledger_has_meanwhile_is_delivered() {
        let parties = Parties::new();
        let request = parties.request(1);
        let parent = parties.parent_block(&request, Hash32::ZERO);
        let services = services(&parties, parties.ready_chain());
        taken_in(&services, request.encode(), request.hash());
        parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(parent))]);
        take_up(&services, request.hash()).unwrap();
        let status = services.processing.progress.status(&request.hash()).unwrap().unwrap();
        assert_eq!(status.state, RequestState::Delivered);
        assert!(services.processing.progress.left_over().is_empty());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_the_ledger_has_waits_for_a_height_of_those_who_are_connected_and_decide_nothing() {
        let parties = Parties::new();
        let mut services = services(&parties, parties.ready_chain());
        let _others = connected(&parties, &mut services, &[1, 2]).await;
        let (made, progress) = (parties.request(1), &services.processing.progress);
        taken_in(&services, made.encode(), made.hash());
        assert!(is_ready(&services), "a quorum is connected");
        assert!(!take_up(&services, made.hash()).unwrap());
        let sent_again = submit(&services, &Sender::UNKNOWN.into(), &made.encode()).await.unwrap();
        assert_eq!((sent_again.state, progress.left_over()), (RequestState::Undecided, vec![made.hash()]));
        parties.decide(&services.chain, Vec::new());
        assert!(take_up(&services, made.hash()).unwrap());
        assert!(progress.left_over().is_empty());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_was_sent_again_is_not_worked_on_more_often_than_it_is_taken_up() {
        let parties = Parties::new();
        let mut services = services(&parties, parties.ready_chain());
        let _others = connected(&parties, &mut services, &[1, 2]).await;
        let (made, progress) = (parties.request(1), &services.processing.progress);
        let unfinished = taken_in(&services, made.encode(), made.hash());
        assert_eq!(progress.begin(made.hash(), &unfinished).unwrap(), Taken::Again);
        progress.refuse(&made.hash(), &Refusal::new(Code::Undecided, "not in time")).unwrap();
        parties.decide(&services.chain, Vec::new());
        assert!(progress.due().is_empty(), "it is paused");
        let sent_again = submit(&services, &Sender::UNKNOWN.into(), &made.encode()).await.unwrap();
        assert_eq!((sent_again.state, progress.left_over()), (RequestState::Undecided, vec![made.hash()]));
    }
}
