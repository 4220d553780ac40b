use super::*;
use crate::fake_node::{Answer, Asked, FakeNode};
use crate::fixture::{Fixture, Terms};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::{ApiError, EntryState, EntryStatus, Page, ThreadView, ViolationView};
use medshare_exchange::http_signature::{MessageParts, SignatureHeaders, verify};
use medshare_ledger::entry::{Decision, Entry, OwnerDecision};
use medshare_ledger::id::{BlockId, NetworkId, OwnerId, RequestorId, Timestamp};
use rand_core::OsRng;
use std::io::Write as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

mod bringing;
mod entries;
mod hung;
mod lying;
mod proofs;
mod redirect;

fn silent() -> NodeUrl {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    format!("http://{address}").parse().unwrap()
}

/// A node that takes connections and never says a word.
fn mute() -> (TcpListener, NodeUrl) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    (listener, url)
}

fn entry() -> Entry {
    let key = SigningKey::generate(&mut OsRng);
    let decision = OwnerDecision {
        network: NetworkId::from_bytes([1; 32]),
        owner: OwnerId::of_key(&key.verifying_key()),
        parent: BlockId::from_bytes([2; 32]),
        sequence: 0,
        decision: Decision::Review,
        judged: Hash32::ZERO,
        at: Timestamp(1),
    };
    let signature = key.sign(&decision);
    Entry::OwnerDecision(decision, signature)
}

fn status(state: EntryState, code: u16) -> EntryStatus {
    let error = (code != 0).then(|| ApiError::new("rejected", "why"));
    EntryStatus { entry: String::new(), state, code, error, height: Some(3) }
}

#[test]
fn a_client_without_nodes_cannot_be_made() {
    assert!(matches!(NodeClient::new(vec![]), Err(ClientError::NoNode)));
}

#[test]
fn the_next_node_is_asked_when_one_is_down_or_unavailable() {
    let busy = FakeNode::start(|_| Answer::error(503, "starting"));
    let node = FakeNode::start(|_| Answer::error(404, "unknown"));
    let client = NodeClient::new(vec![silent(), busy.url(), node.url()]).unwrap();
    let nobody = RequestorId::from_bytes([0; 16]);
    assert_eq!(client.identity(nobody).unwrap(), None);
    assert_eq!(busy.asked().len(), 1);
}

#[test]
fn nodes_that_do_not_answer_are_named_with_the_reason() {
    let url = silent();
    let client = NodeClient::new(vec![url.clone()]).unwrap();
    let error = client.status().unwrap_err();
    assert!(error.is_unreachable());
    assert!(!error.may_have_arrived());
    assert_eq!(error.to_string(), format!("no node answers: {url} (nothing listens there)"));
}

#[test]
fn where_no_node_can_serve_the_first_ones_reason_is_told() {
    let busy = FakeNode::start(|_| Answer::error(503, "undecided"));
    let other = FakeNode::start(|_| Answer::error(503, "starting"));
    let client = NodeClient::new(vec![silent(), busy.url(), other.url()]).unwrap();
    let error = client.status().unwrap_err();
    assert!(error.may_have_arrived() && error.is_unreachable());
    assert_eq!((error.code(), error.to_string().as_str()), (Some("undecided"), "the node says undecided"));
}

#[test]
fn a_refusal_keeps_the_nodes_code_and_message() {
    let node = FakeNode::start(|_| Answer::error(403, "revoked"));
    let error = node.client().permission(BlockId::from_bytes([0; 32])).unwrap_err();
    assert_eq!(error.code(), Some("revoked"));
    assert_eq!(error.to_string(), "the node says revoked");
    assert!(!error.is_unreachable());
}

#[test]
fn an_answer_of_another_shape_is_refused() {
    let node = FakeNode::start(|_| Answer::bytes(b"<html>".to_vec()));
    let error = node.client().status().unwrap_err();
    assert!(matches!(error, ClientError::Answer { .. }), "{error}");
}

#[test]
fn an_answer_of_a_node_of_another_version_is_told_as_one() {
    let told = |answer: &'static str| {
        let node = FakeNode::start(move |_| Answer::bytes(answer.into()));
        let error = node.client().permission(BlockId::from_bytes([0; 32])).unwrap_err();
        assert!(matches!(error, ClientError::Answer { .. }), "{error}");
        error.to_string()
    };
    // as nodes answered before violations were told apart that wait
    let older =
        r#"{"block": "b", "status": "revoked", "openings": 1, "reports": 2, "violations": 1, "retrieved": false}"#;
    assert!(told(older).ends_with(": `undecided` is not in it, so that the node is older than this program"));
    assert!(told(&older[..40]).ends_with(": it is no whole JSON"));
    assert!(told(r#"{"block": 7}"#).contains("of another version"), "no word of a decoder");
}

#[test]
fn an_answer_longer_than_it_says_or_shorter_is_an_error() {
    let node = FakeNode::start(|_| Answer::bytes(vec![b'x'; 100]));
    assert!(matches!(node.client().genesis(), Err(ClientError::Answer { .. })));
}

#[test]
fn what_an_owner_asks_is_signed_over_method_host_path_and_query() {
    let key = SigningKey::generate(&mut OsRng);
    let mut pages = [(1, Some("c0")), (2, None)].into_iter();
    let node = FakeNode::start(move |_| {
        let (vln, next) = pages.next().unwrap();
        let violation = ViolationView { at: vln, ..violation() };
        Answer::json(&Page { items: vec![violation], next: next.map(str::to_owned) })
    });
    let all = node.client().owner_violations(&key).unwrap();
    assert_eq!(all.iter().map(|violation| violation.at).collect::<Vec<_>>(), [1, 2]);
    let targets = ["/v1/owner/violations?limit=1000", "/v1/owner/violations?limit=1000&cursor=c0"];
    assert_eq!(node.asked().iter().map(|asked| asked.target.as_str()).collect::<Vec<_>>(), targets);
    for asked in node.asked() {
        signed_by(&key, &asked);
    }
}

#[test]
fn a_node_whose_pages_never_end_is_not_followed_for_ever() {
    let node = FakeNode::start(|_| {
        let again = Some("again".to_owned());
        Answer::json(&ThreadView { requestor: String::new(), count: 0, blocks: vec![], next: again })
    });
    let error = node.client().thread(RequestorId::from_bytes([0; 16])).unwrap_err();
    assert!(matches!(error, ClientError::Answer { .. }), "{error}");
}

fn violation() -> ViolationView {
    let text = String::new;
    ViolationView {
        block: text(),
        side_block: text(),
        requestor: text(),
        dataset: text(),
        action: text(),
        statement: None,
        comment: None,
        at: 0,
        status: text(),
        waits: false,
    }
}

fn signed_by(key: &SigningKey, asked: &Asked) {
    let headers = SignatureHeaders {
        signature_input: asked.header("signature-input").to_owned(),
        signature: asked.header("signature").to_owned(),
        content_digest: asked.header("content-digest").to_owned(),
    };
    let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    let parts = MessageParts { method: "GET", authority: asked.header("host"), path, query, body: b"" };
    assert_eq!(verify(&parts, &headers).unwrap().key, key.verifying_key());
}

#[test]
fn a_download_arrives_whole() {
    let bytes: Vec<u8> = (0..600_000u32).map(|i| i as u8).collect();
    let sent = bytes.clone();
    let node = FakeNode::start(move |_| Answer::bytes(sent.clone()));
    let mut received = Vec::new();
    let requestor = RequestorId::from_bytes([7; 16]);
    let length = node.client().download_bundle(requestor, &mut received).unwrap();
    assert_eq!(length, 600_000);
    assert_eq!(received, bytes);
}

#[test]
fn nodes_of_other_owners_are_passed_over_and_the_owners_node_that_is_down_is_named() {
    let key = SigningKey::generate(&mut OsRng);
    let other = FakeNode::start(|_| Answer::error(409, "other-node"));
    let own = FakeNode::start(|_| Answer::bytes(br#"{"items":[],"next":null}"#.to_vec()));
    let found = NodeClient::new(vec![other.url(), own.url()]).unwrap();
    assert_eq!(found.owner_violations(&key).unwrap(), []);
    let down = silent();
    let error = NodeClient::new(vec![down.clone(), other.url()]).unwrap().owner_violations(&key).unwrap_err();
    assert!(error.is_unreachable());
    let expected = format!(
        "the owner's node does not answer: {down} (nothing listens there); {} serves other owners",
        other.url()
    );
    assert_eq!(error.to_string(), expected);
    let error = other.client().owner_violations(&key).unwrap_err();
    assert_eq!(error.code(), Some("other-node"));
}

/// A node of the network of ones.
fn node_of_a_network() -> FakeNode {
    let network = NetworkId::from_bytes([1; 32]).to_string();
    FakeNode::start(move |asked| match asked.target.as_str() {
        "/v1/status" => Answer::json(&serde_json::json!({ "network": network })),
        _ => Answer::error(404, "not-found"),
    })
}

#[test]
fn a_node_of_another_network_is_asked_and_told_nothing_else() {
    let node = node_of_a_network();
    let theirs = node.client().of_network(NetworkId::from_bytes([2; 32]));
    let other = |error: ClientError| assert!(matches!(error, ClientError::OtherNetwork { .. }), "{error}");
    other(theirs.check_network().unwrap_err());
    other(theirs.identity(RequestorId::from_bytes([0; 16])).unwrap_err());
    other(theirs.submit_entry(&entry()).unwrap_err());
    other(theirs.download_bundle(RequestorId::from_bytes([0; 16]), &mut Vec::new()).unwrap_err());
    assert!(node.asked().iter().all(|asked| asked.target == "/v1/status"), "{:?}", node.asked());
}

#[test]
fn a_node_of_ones_own_network_is_asked_once_which_it_is() {
    let node = node_of_a_network();
    let ours = NodeClient::new(vec![silent(), node.url()]).unwrap().of_network(NetworkId::from_bytes([1; 32]));
    for nobody in [0, 1] {
        assert_eq!(ours.clone().identity(RequestorId::from_bytes([nobody; 16])).unwrap(), None);
    }
    let targets: Vec<String> = node.asked().into_iter().map(|asked| asked.target).collect();
    let identity = |nobody: u8| format!("/v1/identities/{}", RequestorId::from_bytes([nobody; 16]));
    assert_eq!(targets, ["/v1/status".to_owned(), identity(0), identity(1)]);
}

#[test]
fn https_to_a_node_that_speaks_http_is_named() {
    let node = FakeNode::start(|_| Answer::bytes(b"live".to_vec()));
    let https = node.url().to_string().replace("http:", "https:");
    let error = NodeClient::new(vec![https.parse().unwrap()]).unwrap().status().unwrap_err();
    let reason = "it speaks HTTP, though HTTPS was asked for; somebody in between may be the cause of that";
    assert_eq!(error.to_string(), format!("no node answers: {https} ({reason})"));
    assert!(!error.to_string().contains("http:"), "nobody is sent to plain HTTP");
}

#[test]
fn a_list_is_bounded_in_all() {
    let key = SigningKey::generate(&mut OsRng);
    let mut number = 0;
    let node = FakeNode::start(move |_| {
        number += 1;
        let items = vec![ViolationView { comment: Some("x".repeat(1000)), ..violation() }];
        Answer::json(&Page { items, next: Some(number.to_string()) })
    });
    let mut kept = 0;
    let error = node.client().pages_within(10_000, "/v1/owner/violations", Some(&key), |page: Page<ViolationView>| {
        kept += page.items.len();
        page.next
    });
    assert!(matches!(error, Err(ClientError::TooLong { limit: 10_000, .. })));
    assert!((2..10).contains(&kept), "{kept}");
}
