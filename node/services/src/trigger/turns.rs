//! What is asked here, and handed on from here, takes turns.
#![allow(clippy::unwrap_used, clippy::unreachable, reason = "tests")]

use super::status::{Asking, status_here};
use super::submit;
use crate::gates::{Gate, Turn};
use crate::sender::Sender;
use crate::services::testing::services;
use futures::FutureExt as _;
use medshare_crypto::hash::sha256;
use medshare_exchange::request::SignedRequest;
use medshare_ledger::id::{NodeId, RequestorId};
use medshare_node_chain::testing::Parties;
use medshare_node_net::Subnet;
use medshare_node_refusal::Code;
use std::time::Duration;

/// All turns of a gate.
fn turns<K: Clone + Eq>(gate: &Gate<K>, who: &K) -> Vec<Turn<K>> {
    std::iter::from_fn(|| gate.turn(who.clone()).now_or_never()?.ok()).collect()
}

#[tokio::test]
async fn where_a_request_stands_is_looked_up_in_turn_whoever_asks() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let node = NodeId::from_bytes([2; 16]);
    let held = (turns(&services.gates.records, &Subnet::UNKNOWN), turns(&services.gates.handed_on, &node));
    for asking in [Asking::Somebody(Sender::UNKNOWN), Asking::Node(node)] {
        let asked = status_here(&services, asking, sha256(b"unknown"), Duration::ZERO);
        tokio::time::timeout(Duration::from_millis(50), asked).await.unwrap_err();
    }
    drop(held);
    for asking in [Asking::Somebody(Sender::UNKNOWN), Asking::Node(node)] {
        assert_eq!(status_here(&services, asking, sha256(b"unknown"), Duration::ZERO).await.unwrap(), None);
    }
}

#[tokio::test]
async fn requests_that_are_handed_on_to_a_node_wait_for_their_requestors_turn_there() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let mut asked = parties.asked(1);
    asked.owner = parties.owner(2);
    let signed = SignedRequest::sign(asked, &parties.requestor.signing).encode();
    let from = Sender::UNKNOWN.into();
    // somebody else sends as many as are under way at once
    let gate = services.gates.requests(parties.node(2));
    let held = turns(&gate, &RequestorId::from_bytes([9; 16]));
    let handed_on = submit(&services, &from, &signed);
    tokio::time::timeout(Duration::from_millis(200), handed_on).await.unwrap_err();
    drop(held);
    assert_eq!(submit(&services, &from, &signed).await.unwrap_err().code, Code::OwnersNodeAway);
}

#[tokio::test]
async fn copies_of_a_request_that_hangs_on_its_way_and_more_than_few_of_one_requestor_do_not_wait() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let signed_to = |owner, nonce: u8| {
        let mut asked = parties.asked(nonce);
        asked.owner = parties.owner(owner);
        SignedRequest::sign(asked, &parties.requestor.signing).encode()
    };
    let signed = |nonce| signed_to(2, nonce);
    let gate = services.gates.requests(parties.node(2));
    let held = turns(&gate, &RequestorId::from_bytes([9; 16]));
    let from = Sender::UNKNOWN.into();
    let said = async |bytes: Vec<u8>| submit(&services, &from, &bytes).await.unwrap_err().message;
    let waiting = (1..=8).map(|nonce| said(signed(nonce))).collect::<futures::stream::FuturesUnordered<_>>();
    let waiting = async { futures::StreamExt::collect::<Vec<_>>(waiting).await };
    let others = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let elsewhere = submit(&services, &from, &signed_to(1, 9)).await.unwrap_err().code;
        assert_eq!(elsewhere, Code::OwnersNodeAway, "whom another owner's node keeps waiting");
        (said(signed(1)).await, said(signed(9)).await)
    };
    tokio::select! {
        ended = waiting => unreachable!("{ended:?}"),
        (copy, ninth) = others => {
            assert!(copy.starts_with("this request is being worked on"), "{copy}");
            assert!(ninth.starts_with("as much as may of whoever signed this request"), "{ninth}");
        }
    }
    drop(held);
    assert_eq!(submit(&services, &from, &signed(9)).await.unwrap_err().code, Code::OwnersNodeAway);
}
