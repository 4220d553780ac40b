#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::unreachable, reason = "tests")]

use super::forwarding::Forwardable;
use super::*;
use crate::query::router;
use crate::services::testing::{services, stored_package};
use crate::unfinished::take_up;
use axum::body::Body;
use axum::http::Request;
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::RequestState;
use medshare_exchange::report::report_commitment;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{Height, NodeId, PackageId, RequestorId, Timestamp};
use medshare_ledger::side_block::{Report, SideDetails, SideEvent};
use medshare_node_chain::testing::{Parties, T0};
use medshare_node_processing::progress::Progress;
use medshare_node_store::kv::hooked::full_after;
use medshare_node_store::private::PrivateStore;
use std::time::Duration;
use tower::ServiceExt as _;

async fn answered(services: &Arc<Services>, question: &Forwarded) -> Forwardable {
    codec::decode(&answer(services, OTHER, &codec::encode(question)).await).unwrap()
}

/// What another node hands on: a request, a report, or a question for a request.
pub(crate) fn submitted(signed: SignedRequest) -> Vec<u8> {
    codec::encode(&Forwarded::Submit(signed))
}

pub(crate) fn reported(envelope: ReportEnvelope) -> Vec<u8> {
    codec::encode(&Forwarded::Report(envelope))
}

pub(crate) fn asked_about(owner: OwnerId, request: Hash32) -> Vec<u8> {
    codec::encode(&Forwarded::Status { owner, request, wait_ms: 0 })
}

/// Submits what somebody sends.
async fn submit(services: &Arc<Services>, bytes: &[u8]) -> Result<RequestStatus, Refusal> {
    super::submit(services, &Sender::UNKNOWN.into(), bytes).await
}

const OTHER: NodeId = NodeId::from_bytes([2; 16]);

fn code<T>(result: Result<T, Refusal>) -> Option<Code> {
    result.err().map(|refusal| refusal.code)
}

fn unfinished() -> Unfinished {
    Unfinished { received: Timestamp(1), requestor: RequestorId::from_bytes([1; 16]), form: Vec::new() }
}

#[test]
fn every_refusal_crosses_nodes_as_it_is() {
    let refusal = Refusal::new(Code::NotAnonymous, "the records cannot leave");
    let sent: Forwardable = Err(refusal.clone());
    assert_eq!(codec::decode::<Forwardable>(&codec::encode(&sent)).unwrap(), Err(refusal));
}

#[tokio::test]
async fn a_request_for_an_owner_of_another_node_is_handed_on_or_says_that_the_node_is_away() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let mut asked = parties.asked(1);
    asked.owner = parties.owner(2);
    let elsewhere = SignedRequest::sign(asked.clone(), &parties.requestor.signing);
    assert_eq!(code(submit(&services, &elsewhere.encode()).await), Some(Code::OwnersNodeAway));
    // What no registered requestor signed is not handed on: it would take another node's time.
    let mut forged = elsewhere.clone();
    forged.request.nonce = [9; 16];
    assert_eq!(code(submit(&services, &forged.encode()).await), Some(Code::BadSignature));
    let stranger = medshare_genesis::keys::RequestorKeys::generate(&mut rand::rngs::OsRng);
    let unknown = SignedRequest::sign(
        medshare_exchange::request::DataRequest { key: stranger.signing.verifying_key(), ..asked.clone() },
        &stranger.signing,
    );
    assert_eq!(code(submit(&services, &unknown.encode()).await), Some(Code::UnknownKey));
    asked.owner = OwnerId::from_bytes([0; 16]);
    let nowhere = SignedRequest::sign(asked, &parties.requestor.signing);
    assert_eq!(code(submit(&services, &nowhere.encode()).await), Some(Code::NotFound));
    assert_eq!(code(submit(&services, b"garbage").await), Some(Code::Malformed));
    let status = |owner| status(&services, Sender::UNKNOWN, owner, sha256(b"unknown"), Duration::ZERO);
    assert_eq!(code(status(Some(parties.owner(2))).await), Some(Code::OwnersNodeAway));
    let at_its_owners = status(Some(parties.owner(0))).await.unwrap_err();
    assert_eq!(at_its_owners.code, Code::NotFound);
    assert!(!at_its_owners.message.contains("must be named"), "it was: {}", at_its_owners.message);
    assert_eq!(code(status(None).await), Some(Code::NotFound));
}

#[tokio::test]
async fn what_another_node_hands_on_is_judged_as_if_it_came_from_outside() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let mut asked = parties.asked(1);
    asked.created = Timestamp(asked.created.0 - 600_000);
    let old = SignedRequest::sign(asked.clone(), &parties.requestor.signing);
    assert_eq!(code(answered(&services, &Forwarded::Submit(old)).await), Some(Code::Expired));
    asked.owner = parties.owner(2);
    let elsewhere = Forwarded::Submit(SignedRequest::sign(asked, &parties.requestor.signing));
    assert_eq!(code(answered(&services, &elsewhere).await), Some(Code::NotFound), "it is not handed on again");
    let unknown = Forwarded::Status { owner: parties.owner(0), request: sha256(b"unknown"), wait_ms: 0 };
    assert_eq!(code(answered(&services, &unknown).await), Some(Code::NotFound));
    let garbage: Forwardable = codec::decode(&answer(&services, OTHER, b"garbage").await).unwrap();
    assert_eq!(code(garbage), Some(Code::Malformed));
}

#[tokio::test]
async fn the_ledgers_word_on_a_request_counts_more_than_what_was_noted() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let request = parties.request(1);
    let (hash, parent) = (request.hash(), parties.parent_block(&request, Hash32::ZERO));
    let services = services(&parties, chain);
    let state = || known(&services, &hash).unwrap().map(|status| status.state);
    assert_eq!(state(), None);
    services.processing.progress.begin(hash, &unfinished()).unwrap();
    assert_eq!(state(), Some(RequestState::Processing));
    services.processing.progress.refuse(&hash, &Refusal::new(Code::Undecided, "not in time")).unwrap();
    assert_eq!(state(), Some(RequestState::Undecided));

    parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(parent.clone()))]);
    let delivered = known(&services, &hash).unwrap().unwrap();
    assert_eq!((delivered.state, delivered.error), (RequestState::Delivered, None));
    assert_eq!((delivered.block, delivered.height), (Some(parent.id.to_string()), Some(3)));
    assert_eq!(delivered.package, Some(parent.details.package.to_string()));
    let at_once = status(&services, Sender::UNKNOWN, None, hash, Duration::from_secs(10)).await.unwrap();
    assert_eq!(at_once.state, RequestState::Delivered);
}

#[tokio::test]
async fn what_was_refused_in_passing_is_taken_in_again_when_it_is_sent_again() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let signed = SignedRequest::sign(parties.asked(20), &parties.requestor.signing);
    for _ in 0..2 {
        assert_eq!(submit(&services, &signed.encode()).await.unwrap().state, RequestState::Processing);
        let ended = status(&services, Sender::UNKNOWN, None, signed.hash(), Duration::from_secs(10)).await.unwrap();
        let error = ended.error.unwrap();
        assert_eq!((ended.state, error.code.as_str()), (RequestState::Refused, "no-source"));
        assert!(error.message.contains("the same signed request may be sent again"), "{}", error.message);
    }
}

#[tokio::test]
async fn what_the_ledger_has_is_not_worked_on_while_nothing_is_decided_however_often_it_is_sent() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let progress = &services.processing.progress;
    // the ledger has the first, and not the second
    let [made, new] = [1, 20].map(|nonce| parties.request(nonce));
    for (signed, state) in [(&made, RequestState::Undecided), (&new, RequestState::Processing)] {
        progress.begin(signed.hash(), &unfinished()).unwrap();
        progress.refuse(&signed.hash(), &Refusal::new(Code::Undecided, "not in time")).unwrap();
        assert_eq!(submit(&services, &signed.encode()).await.unwrap().state, state);
    }
    assert_eq!(progress.left_over(), [made.hash()]);
}

#[tokio::test]
async fn a_request_whose_end_cannot_be_stored_is_left_over_and_the_ledger_tells_its_delivery() {
    let parties = Parties::new();
    let (request, mut services) = (parties.request(1), services(&parties, parties.ready_chain()));
    let chain = Arc::clone(&services.chain);
    let processing = Arc::get_mut(&mut Arc::get_mut(&mut services).unwrap().processing).unwrap();
    // the disk takes that the request is taken in, and no more
    let private = Arc::new(PrivateStore::over(full_after(2)));
    processing.progress = Progress::open(private, chain).unwrap();
    let progress = &services.processing.progress;
    assert_eq!(submit(&services, &request.encode()).await.unwrap().state, RequestState::Processing);
    let over = async {
        while let Some(mut watched) = progress.watch(&request.hash()) {
            drop(watched.changed().await);
        }
    };
    tokio::time::timeout(Duration::from_secs(60), over).await.unwrap();
    assert_eq!(progress.left_over(), [request.hash()]);
    let state = || known(&services, &request.hash()).unwrap().map(|status| status.state);
    assert_eq!(state(), Some(RequestState::Processing));
    let parent = parties.parent_block(&request, Hash32::ZERO);
    parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(parent))]);
    assert_eq!(state(), Some(RequestState::Delivered));
}

#[tokio::test]
async fn a_request_that_nobody_works_on_yet_is_waited_for_all_the_same() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let (hash, parent) = (parties.request(1).hash(), parties.parent_block(&parties.request(1), Hash32::ZERO));
    services.processing.progress.begin(hash, &unfinished()).unwrap();
    drop(services.processing.progress.work(hash));
    let deciding = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(parent))]);
    };
    let waiting = status(&services, Sender::UNKNOWN, None, hash, Duration::from_secs(20));
    let (told, ()) = tokio::join!(waiting, deciding);
    assert_eq!(told.unwrap().state, RequestState::Delivered);
}

#[tokio::test]
async fn a_delivery_that_was_noted_is_told_as_it_was_noted() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let (hash, parent) = (sha256(b"request"), parties.parent_block(&parties.request(1), Hash32::ZERO));
    services.processing.progress.begin(hash, &unfinished()).unwrap();
    services.processing.progress.deliver(&hash, parent.id, Height(9), PackageId::from_bytes([1; 32])).unwrap();
    assert_eq!(known(&services, &hash).unwrap().and_then(|status| status.height), Some(9));
}

#[tokio::test]
async fn a_report_that_no_opening_is_known_for_is_not_handed_on_however_far_one_node_says_it_is() {
    let parties = Parties::new();
    let mut services = services(&parties, parties.ready_chain());
    // the package's owner is served by another node than this one
    Arc::get_mut(&mut services).unwrap().node = parties.node(3);
    let parent = parties.parent_block(&parties.request(1), Hash32::ZERO);
    let opening = parties.opening(&parent, parent.id.as_hash(), 1);
    let details = parties.report_details(&parent, 1, 1, Timestamp(T0));
    let SideEvent::Reported { report: made, .. } = details.event.clone() else { unreachable!("a report") };
    let sealed = Vec::new();
    let (commitment, agent) = (report_commitment(&sealed), SigningKey::from_seed([21; 32].into()));
    let signed = Report { commitment, ..made };
    let event = SideEvent::Reported { report: signed.clone(), agent_signature: agent.sign(&signed) };
    let details_again = SideDetails { event, ..details };
    let envelope =
        || ReportEnvelope { report: signed.clone(), agent_signature: agent.sign(&signed), sealed: sealed.clone() };
    let code_of = async |envelope| code(report(&services, &Sender::UNKNOWN.into(), envelope).await);
    services.others.say(parties.node(1), u64::MAX);
    assert_eq!(code_of(envelope()).await, Some(Code::NotFound), "nobody knows its package");
    parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(parent.clone()))]);
    assert_eq!(code_of(envelope()).await, Some(Code::NotFound), "nor its lease");
    // an honest node is ahead, too, and this one catches up
    let next = services.chain.tip().height.0 + 1;
    services.others.say(parties.node(2), next);
    let opening_hash = opening.header.hash();
    let catching_up = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        parties.decide(&services.chain, vec![Entry::SideBlock(Box::new(opening))]);
    };
    let (handed_on, ()) = tokio::join!(code_of(envelope()), catching_up);
    assert_eq!(handed_on, Some(Code::OwnersNodeAway));
    // when it is recorded, its words may still be missing there
    let reported = parties.side_block(&parent, details_again, opening_hash, Timestamp(T0));
    parties.decide(&services.chain, vec![Entry::SideBlock(Box::new(reported))]);
    assert_eq!(reports::order::of(&services, &envelope()).unwrap(), reports::order::Order::Recorded);
    assert_eq!(code_of(envelope()).await, Some(Code::OwnersNodeAway));
    let forged = ReportEnvelope { agent_signature: parties.nodes[0].sign(&signed), ..envelope() };
    assert_eq!(code_of(forged).await, Some(Code::BadSignature));
}

#[tokio::test]
async fn what_the_ledger_has_is_delivered_whatever_its_disk_gives_and_sealed_when_it_is_handed_out() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let (request, decided) = (parties.request(1), stored_package(&parties, &services, 1));
    let (hash, package, progress) = (request.hash(), decided.details.package, &services.processing.progress);
    let path = services.packages.path(&package);
    let head = || services.packages.head(&package).unwrap().unwrap();
    progress.begin(hash, &unfinished()).unwrap();
    // the node that handed in the form that counts, and another one after it, fell before it heard of the decision
    let later = decided.relink(Hash32::ZERO, Timestamp(T0 + 1), parties.facts.network(), &parties.nodes[0]);
    services.packages.sealed(&package, later.id, &services.signing).unwrap().unwrap();
    progress.refuse(&hash, &Refusal::new(Code::Undecided, "not in time")).unwrap();
    parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(decided.clone()))]);
    assert_eq!(head().block, later.id);

    // and its disk gives the file back only later: neither who asks where it stands nor her next requests wait for that
    let whole = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let told = || known(&services, &hash).unwrap().map(|told| (told.state, told.block));
    let delivered = Some((RequestState::Delivered, Some(decided.id.to_string())));
    assert_eq!(told(), delivered);
    assert!(!take_up(&services, hash).unwrap());
    assert!(progress.left_over().is_empty());
    for n in 0..MAX_REQUESTS_OF_ONE as u32 {
        assert_eq!(progress.begin(sha256(&n.to_be_bytes()), &unfinished()).unwrap(), Taken::New);
    }
    let handed_out = async || {
        let path = format!("/v1/requests/{hash}/package");
        let asked = Request::post(path).body(Body::from(request.encode())).unwrap();
        router(Arc::clone(&services)).oneshot(asked).await.unwrap().status().as_u16()
    };
    for _ in 0..2 {
        assert_eq!(handed_out().await, 500);
        assert!(
            services.memories.broken.is_recent(&Hash32::from_bytes(*package.as_bytes())),
            "its operator is told once"
        );
    }
    std::fs::remove_dir(&path).unwrap();
    std::fs::write(&path, whole).unwrap();

    assert_eq!((told(), handed_out().await), (delivered, 200));
    assert!(head().is_sealed(decided.id, &parties.nodes[0].verifying_key()));
}
