#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::query::router;
use crate::services::testing::services;
use axum::body::Body;
use axum::http::Request;
use futures::FutureExt as _;
use medshare_ledger::entry::Entry;
use medshare_node_chain::testing::{ATTRIBUTE, Parties};
use tower::ServiceExt as _;

/// Long enough for whoever does not wait for a turn.
const A_WHILE: Duration = Duration::from_millis(100);

#[tokio::test]
async fn single_records_are_read_in_turns_and_wait_for_no_page() {
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
            (get(format!("/v1/entries/{}", block.hash())), 200),
            (get(format!("/v1/owner/decisions/{parent}")), 200),
            (get("/v1/audit/bundles/00000000000000000000000000000000".to_owned()), 404),
            (
                Request::post(format!("/v1/requests/{}/package", request.hash()))
                    .body(Body::from(request.encode()))
                    .unwrap(),
                404,
            ),
        ]
    };
    let turns = |gate: &crate::gates::Gate<Subnet>| {
        std::iter::from_fn(|| gate.turn(Subnet::UNKNOWN).now_or_never()?.ok()).collect::<Vec<_>>()
    };
    let _pages = turns(&services.gates.pages);
    for (request, status) in asked() {
        let path = request.uri().clone();
        assert_eq!(router.clone().oneshot(request).await.unwrap().status().as_u16(), status, "{path}");
    }
    let _records = turns(&services.gates.records);
    for (request, _) in asked() {
        let path = request.uri().clone();
        assert!(tokio::time::timeout(A_WHILE, router.clone().oneshot(request)).await.is_err(), "{path}");
    }
}
