#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::gates::{Gate, Turn};
use crate::query::router;
use crate::services::testing::services;
use axum::body::Body;
use axum::http::Request;
use futures::FutureExt as _;
use medshare_ledger::entry::Entry;
use medshare_node_chain::testing::{ATTRIBUTE, Parties};
use medshare_node_net::Subnet;
use tower::ServiceExt as _;

/// Long enough for whoever does not wait for a turn.
const A_WHILE: Duration = Duration::from_millis(100);

/// All turns of a gate.
fn turns(gate: &Gate<Subnet>) -> Vec<Turn<Subnet>> {
    std::iter::from_fn(|| gate.turn(Subnet::UNKNOWN).now_or_never()?.ok()).collect()
}

#[tokio::test]
async fn single_records_are_read_in_turns_and_wait_for_no_page_package_or_entry() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let request = parties.request(1);
    let block = Entry::ParentBlock(Box::new(parties.parent_block(&request, Hash32::ZERO)));
    let Entry::ParentBlock(delivered) = &block else { unreachable!() };
    let (parent, requestor) = (delivered.id, parties.requestor.id());
    parties.decide(&services.chain, vec![block.clone()]);
    let router = router(Arc::clone(&services));
    let get = |path: String| Request::get(path).body(Body::empty()).unwrap();
    let asked = || {
        [
            (get(format!("/v1/permissions/{parent}")), 200),
            (get(format!("/v1/leases/{parent}/{requestor}")), 404),
            (get(format!("/v1/identities/{requestor}")), 200),
            (get(format!("/v1/attribute-keys/{ATTRIBUTE}")), 200),
            (get(format!("/v1/owner/decisions/{parent}")), 200),
            (get(format!("/v1/permissions/{parent}/proof")), 200),
            (get("/v1/audit/bundles/00000000000000000000000000000000".to_owned()), 404),
        ]
    };
    let gates = &services.gates;
    let _others = [&gates.pages, &gates.bundles, &gates.entries, &gates.packages].map(turns);
    for (request, status) in asked() {
        let path = request.uri().clone();
        assert_eq!(router.clone().oneshot(request).await.unwrap().status().as_u16(), status, "{path}");
    }
    let entry = get(format!("/v1/entries/{}", block.hash()));
    let package = Request::post(format!("/v1/requests/{}/package", request.hash()));
    let in_other_turns = [entry, package.body(Body::from(request.encode())).unwrap()];
    let _records = [&gates.records, &gates.decisions].map(turns);
    for request in asked().map(|(request, _)| request).into_iter().chain(in_other_turns) {
        let path = request.uri().clone();
        assert!(tokio::time::timeout(A_WHILE, router.clone().oneshot(request)).await.is_err(), "{path}");
    }
}

#[tokio::test]
async fn what_an_owner_asks_before_access_is_ended_has_a_line_of_its_own() {
    let parties = Parties::new();
    let mut services = services(&parties, parties.ready_chain());
    let gate = Gate::new(1, 1);
    let _turn = gate.turn(Subnet::UNKNOWN).await.unwrap();
    Arc::get_mut(&mut services).unwrap().gates.records = gate;
    let router = router(Arc::clone(&services));
    let ask = |path: &str| {
        let path = path.replace("BLOCK", &Hash32::ZERO.to_string());
        let request = Request::get(format!("/v1/{path}")).body(Body::empty()).unwrap();
        tokio::time::timeout(A_WHILE, router.clone().oneshot(request))
    };
    let mut first = Box::pin(services.gates.records.turn(Subnet::UNKNOWN));
    assert!((&mut first).now_or_never().is_none(), "it waits");
    assert_eq!(ask("permissions/BLOCK").await.unwrap().unwrap().status().as_u16(), 429);
    for asked in ["owner/decisions/BLOCK", "permissions/BLOCK/proof"] {
        assert_eq!(ask(asked).await.unwrap().unwrap().status().as_u16(), 404, "{asked}");
    }
}
