//! Somebody behind the same address as an honest agent floods the node: what the agent sends gets through all the same.

use super::*;
use crate::caller::Caller;
use crate::gates::Gate;
use crate::query::connections::Connection;
use crate::query::router;
use crate::rooms::{Bodies, SHORT_BODY};
use crate::shares::Shares;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use medshare_crypto::sign::Signature;
use medshare_exchange::request::SignedRequest;
use medshare_ledger::codec;
use medshare_node_net::Subnet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

/// Connections of whoever floods, and messages at once on each.
const CONNECTIONS: usize = 8;
const STREAMS: usize = 16;

/// A connection from the address of all.
fn connection() -> Arc<Connection> {
    Connection::from(Subnet::of(std::net::Ipv4Addr::new(192, 0, 2, 1).into()))
}

async fn post(router: &Router, on: &Arc<Connection>, path: &str, body: Vec<u8>) -> u16 {
    let mut request = Request::post(path).body(Body::from(body)).unwrap();
    request.extensions_mut().insert(Arc::clone(on));
    router.clone().oneshot(request).await.unwrap().status().as_u16()
}

/// A node with one turn at a time to check, and no more room of one address than a short body for each connection.
fn narrow(opened: &mut Opened) {
    let services = Arc::get_mut(&mut opened.services).unwrap();
    let room = (CONNECTIONS + 1) * SHORT_BODY;
    services.gates.checks = Gate::new(1, (CONNECTIONS + 1) * STREAMS);
    services.bodies = Bodies { short: Shares::new(4 * room, room, SHORT_BODY), ..Bodies::default() };
}

/// What somebody sends who is nobody that is known.
fn of_nobody(opened: &Opened) -> Vec<(&'static str, Vec<u8>)> {
    let unknown = opened.changed(opened.copied("flood"), |report| report.parent = BlockId::from_bytes([9; 32]));
    vec![("/v1/reports", codec::encode(&unknown)), ("/v1/entries", vec![7; SHORT_BODY])]
}

/// What claims to be of others that are known, and to end access.
fn of_others(opened: &Opened) -> Vec<(&'static str, Vec<u8>)> {
    let parties = &opened.parties;
    let Entry::Revocation(revocation, _) = parties.revocation(opened.parent) else { unreachable!("it is one") };
    let revocation = Entry::Revocation(revocation, Signature::from_bytes([7; 64]));
    let request = SignedRequest { signature: Signature::from_bytes([7; 64]), ..parties.request(30) };
    vec![("/v1/entries", codec::encode(&revocation)), ("/v1/requests", request.encode())]
}

/// What claims to be the agent's, with her very report.
fn of_the_agent(opened: &Opened) -> Vec<(&'static str, Vec<u8>)> {
    let mut forged = opened.copied("on a stick");
    forged.agent_signature = Signature::from_bytes([7; 64]);
    let long = ReportEnvelope { sealed: vec![7; SHORT_BODY - 1_000], ..forged.clone() };
    vec![("/v1/reports", codec::encode(&forged)), ("/v1/reports", codec::encode(&long))]
}

/// Sends all this on each of its connections, again and again until it is over.
fn flood(router: &Router, messages: &[(&'static str, Vec<u8>)], is_over: &Arc<AtomicBool>) -> Vec<JoinHandle<()>> {
    let connections: Vec<_> = (0..CONNECTIONS).map(|_| connection()).collect();
    let at_once = connections.iter().flat_map(|on| (0..STREAMS).map(move |stream| (Arc::clone(on), stream)));
    let sending = at_once.map(|(on, stream)| {
        let (router, is_over) = (router.clone(), Arc::clone(is_over));
        let (path, body) = messages[stream % messages.len()].clone();
        tokio::spawn(async move {
            while !is_over.load(Ordering::SeqCst) {
                let status = post(&router, &on, path, body.clone()).await;
                assert!((400..500).contains(&status), "{status}");
                tokio::task::yield_now().await;
            }
        })
    });
    sending.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn violations_openings_and_requests_get_through_whatever_somebody_behind_their_address_claims() {
    type Messages = fn(&Opened) -> Vec<(&'static str, Vec<u8>)>;
    for messages in [of_nobody as Messages, of_others, of_the_agent] {
        let mut opened = Opened::new();
        narrow(&mut opened);
        let router = router(Arc::clone(&opened.services));
        let is_over = Arc::new(AtomicBool::new(false));
        let flooding = flood(&router, &messages(&opened), &is_over);
        while opened.services.gates.checks.waiting() < CONNECTIONS {
            tokio::task::yield_now().await;
        }
        let request = SignedRequest::sign(opened.parties.asked(20), &opened.parties.requestor.signing);
        assert_eq!(post(&router, &connection(), "/v1/requests", request.encode()).await, 202);
        // Of the opening it is looked at who signed it, then what is to be opened.
        assert_eq!(post(&router, &connection(), "/v1/openings", opened.opens_changed().encode()).await, 400);
        let violation = codec::encode(&opened.copied("on a stick"));
        let reporting = {
            let router = router.clone();
            tokio::spawn(async move { post(&router, &connection(), "/v1/reports", violation).await })
        };
        while opened.listed().await.is_none() {}
        assert_eq!(opened.listed().await.as_deref(), Some("on a stick"));
        assert_eq!(reporting.await.unwrap(), 200);
        is_over.store(true, Ordering::SeqCst);
        for sending in flooding {
            sending.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_an_honest_check_comes_one_of_each_other_connection_of_its_address() {
    let mut opened = Opened::new();
    narrow(&mut opened);
    let (services, checks) = (Arc::clone(&opened.services), &opened.services.gates.checks);
    let (looks, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let turn = checks.turn(connection().sender).await.unwrap();
    for on in (0..CONNECTIONS).map(|_| connection().sender).flat_map(|on| [on; STREAMS]) {
        let (services, looks, is_over) = (Arc::clone(&services), Arc::clone(&looks), Arc::clone(&is_over));
        tokio::spawn(async move {
            let caller = Caller::from(on);
            while !is_over.load(Ordering::SeqCst) {
                let looks = Arc::clone(&looks);
                let look = move |_: &Arc<Services>| Ok(looks.fetch_add(1, Ordering::SeqCst));
                Bringer::Somebody(&caller).looked(&services, false, look).await.unwrap();
            }
        });
    }
    while checks.waiting() < CONNECTIONS * STREAMS {
        tokio::task::yield_now().await;
    }
    let (agent, seen) = (Caller::from(connection().sender), Arc::clone(&looks));
    let honest = tokio::spawn(async move {
        let look = move |_: &Arc<Services>| Ok(seen.load(Ordering::SeqCst));
        Bringer::Somebody(&agent).looked(&services, false, look).await.unwrap()
    });
    while checks.waiting() < CONNECTIONS * STREAMS + 1 {
        tokio::task::yield_now().await;
    }
    drop(turn);
    assert_eq!(honest.await.unwrap(), CONNECTIONS);
    is_over.store(true, Ordering::SeqCst);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_waits_to_be_checked_gives_way_to_another_connections_and_is_answered() {
    let mut opened = Opened::new();
    let services = Arc::get_mut(&mut opened.services).unwrap();
    services.gates.checks = Gate::new(0, 8);
    services.bodies = Bodies { short: Shares::new(4 * SHORT_BODY, 2 * SHORT_BODY, SHORT_BODY), ..Bodies::default() };
    let (router, on) = (router(Arc::clone(&opened.services)), connection());
    let long = codec::encode(&ReportEnvelope { sealed: vec![7; 12 * 1024], ..opened.copied("flood") });
    let send = |on: &Arc<Connection>| {
        let (router, on, body) = (router.clone(), Arc::clone(on), long.clone());
        tokio::spawn(async move { post(&router, &on, "/v1/reports", body).await })
    };
    let waiting = async |count| {
        while opened.services.gates.checks.waiting() < count {
            tokio::task::yield_now().await;
        }
    };
    let first = send(&on);
    waiting(1).await;
    let second = send(&on);
    waiting(2).await;
    let others = send(&connection());
    assert_eq!(first.await.unwrap(), 429);
    waiting(2).await;
    assert!(!second.is_finished() && !others.is_finished(), "each has what a connection keeps");
    second.abort();
    others.abort();
}
