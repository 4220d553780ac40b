#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use crate::query::router;
use crate::services::testing::{services, stored_package};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::ErrorAnswer;
use medshare_exchange::http_signature::{CONTENT_DIGEST, MessageParts, SIGNATURE, SIGNATURE_INPUT, sign};
use medshare_exchange::package::Package;
use medshare_exchange::request::SignedRequest;
use medshare_ledger::entry::{Decision, Entry, OwnerDecision};
use medshare_ledger::id::{Height, Timestamp};
use medshare_node_chain::clock::now;
use medshare_node_chain::testing::{Parties, T0};
use rand::rngs::OsRng;
use rand_core::RngCore as _;
use std::io::Cursor;

/// Where the node of these tests is reached.
const HOST: &str = "127.0.0.1:0";

/// What a node answers, as its status and the code of its refusal, or the block that the package is sealed for.
async fn answer(router: &Router, request: Request<Body>) -> (u16, String) {
    use tower::ServiceExt as _;
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1_000_000).await.unwrap();
    if status == 200 {
        return (status, Package::read(&mut Cursor::new(body)).unwrap().block.to_string());
    }
    (status, serde_json::from_slice::<ErrorAnswer>(&body).unwrap().error.code)
}

async fn get(router: &Router, path: &str, key: Option<&SigningKey>) -> (u16, String) {
    let mut request = Request::get(path).header("host", HOST);
    if let Some(key) = key {
        let parts = MessageParts { method: "GET", authority: HOST, path, query: "", body: b"" };
        let mut nonce = [0; 16];
        OsRng.fill_bytes(&mut nonce);
        let headers = sign(&parts, now(), nonce, key).unwrap();
        request = request.header(SIGNATURE_INPUT, headers.signature_input);
        request = request.header(SIGNATURE, headers.signature).header(CONTENT_DIGEST, headers.content_digest);
    }
    answer(router, request.body(Body::empty()).unwrap()).await
}

async fn post(router: &Router, path: &str, request: &SignedRequest) -> (u16, String) {
    answer(router, Request::post(path).body(Body::from(request.encode())).unwrap()).await
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_package_is_for_its_requestor_and_its_owner_until_it_is_taken_back() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let request = parties.request(1);
    let block = stored_package(&parties, &services, 1);
    parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(block.clone()))]);
    let (router, path) = (router(services.clone()), format!("/v1/requests/{}/package", request.hash()));
    let given = (200, block.id.to_string());

    assert_eq!(get(&router, &path, None).await, refused(401, "bad-http-signature"));
    let stranger = SigningKey::generate(&mut OsRng);
    assert_eq!(get(&router, &path, Some(&stranger)).await, refused(401, "unknown-key"));
    assert_eq!(get(&router, &path, Some(&parties.owners[1])).await, refused(401, "not-the-requestor"));
    let mut forged = request.clone();
    forged.signature = parties.request(2).signature;
    assert_eq!(post(&router, &path, &forged).await, refused(401, "bad-signature"));
    assert_eq!(post(&router, &path, &parties.request(2)).await, refused(400, "malformed"));

    for reader in [&parties.requestor.signing, &parties.owners[0]] {
        assert_eq!(get(&router, &path, Some(reader)).await, given);
    }
    assert_eq!(post(&router, &path, &request).await, given, "where her key is not, her signature is");

    let decision = OwnerDecision {
        network: parties.facts.network(),
        owner: block.details.owner,
        parent: block.id,
        sequence: 0,
        decision: Decision::Retrieve,
        judged: Hash32::ZERO,
        at: Timestamp(T0 + 5_000),
    };
    let signature = parties.owners[0].sign(&decision);
    parties.decide(&services.chain, vec![Entry::OwnerDecision(decision, signature)]);
    assert_eq!(get(&router, &path, Some(&parties.requestor.signing)).await, refused(403, "retrieved"));
    assert_eq!(post(&router, &path, &request).await, refused(403, "retrieved"));
}

#[tokio::test]
async fn a_package_that_a_build_of_before_left_under_another_form_is_handed_out_under_the_ledgers_block() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let (request, decided) = (parties.request(1), stored_package(&parties, &services, 1));
    let package = decided.details.package;
    let form = decided.relink(Hash32::ZERO, Timestamp(T0 + 1), parties.facts.network(), &parties.nodes[0]);
    services.packages.sealed(&package, form.id, &services.signing).unwrap().unwrap();
    services.processing.progress.deliver(&request.hash(), decided.id, Height(3), package).unwrap();
    parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(decided.clone()))]);
    let (router, path) = (router(services.clone()), format!("/v1/requests/{}/package", request.hash()));
    assert_eq!(post(&router, &path, &request).await, (200, decided.id.to_string()));
    // one that is damaged is not handed out for what it should be
    std::fs::write(services.packages.path(&package), b"damaged").unwrap();
    assert_eq!(post(&router, &path, &request).await, refused(500, "node-fault"));
}
