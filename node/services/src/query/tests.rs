#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::services::testing::services;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;
use medshare_exchange::api::ErrorAnswer;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::Timestamp;
use medshare_ledger::window::ENTRY_WINDOW_MS;
use medshare_node_chain::clock::now;
use medshare_node_chain::testing::Parties;
use medshare_node_submission::Heard;
use tower::ServiceExt as _;

const ORIGIN: &str = "https://research.example";

/// A node that pages of [`ORIGIN`] may ask, or pages of none.
fn node(origins: &[&str]) -> (Parties, Router) {
    let parties = Parties::new();
    let mut services = services(&parties, parties.ready_chain());
    let config = &mut Arc::get_mut(&mut services).unwrap().config;
    config.http.cors_origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
    (parties, router(services))
}

async fn ask(router: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let request =
        headers.iter().fold(Request::builder().method(method).uri(path), |r, (name, value)| r.header(*name, *value));
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, serde_json::from_slice::<ErrorAnswer>(&body).unwrap().error.code)
}

#[tokio::test]
async fn a_page_of_a_named_origin_may_ask_with_a_signature() {
    let (_parties, router) = node(&[ORIGIN]);
    let wish =
        [("origin", ORIGIN), ("access-control-request-method", "GET"), ("access-control-request-headers", "signature")];
    let answer = ask(&router, "OPTIONS", "/v1/owner/requests", &wish).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert_eq!(text(answer.headers(), "access-control-allow-origin"), ORIGIN);
    let allowed = text(answer.headers(), "access-control-allow-headers");
    for header in ["content-type", "content-digest", "signature", "signature-input"] {
        assert!(allowed.split(", ").any(|name| name == header), "{allowed}");
    }
    assert!(answer.headers().get("access-control-allow-credentials").is_none());
    // Refusals must be readable too, or a page could not tell what was wrong.
    for path in ["/v1/status", "/v1/owner/requests"] {
        let answer = ask(&router, "GET", path, &[("origin", ORIGIN)]).await;
        assert_eq!(text(answer.headers(), "access-control-allow-origin"), ORIGIN, "{path}");
        assert_eq!(text(answer.headers(), "vary"), "origin");
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_left_to_their_browsers() {
    let (_parties, router) = node(&[ORIGIN]);
    let (_others, closed) = node(&[]);
    for (router, origin) in [
        (&router, "https://evil.example"),
        (&router, "null"),
        (&router, "https://research.example.evil"),
        (&closed, ORIGIN),
    ] {
        let answer = ask(router, "GET", "/v1/status", &[("origin", origin)]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().get("access-control-allow-origin").is_none(), "{origin}");
        let preflight = [("origin", origin), ("access-control-request-method", "GET")];
        let answer = ask(router, "OPTIONS", "/v1/status", &preflight).await;
        assert!(answer.headers().get("access-control-allow-origin").is_none(), "{origin}");
        assert_eq!(code(answer).await, (405, "wrong-method".to_owned()));
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_know_hears_which_it_knows() {
    let (_parties, router) = node(&[]);
    for (method, path, allowed) in
        [("DELETE", "/v1/status", "GET,HEAD"), ("GET", "/v1/openings", "POST"), ("PUT", "/metrics", "GET,HEAD")]
    {
        let answer = ask(&router, method, path, &[]).await;
        assert_eq!(text(answer.headers(), header::ALLOW.as_str()), allowed);
        assert_eq!(code(answer).await, (405, "wrong-method".to_owned()), "{method} {path}");
    }
}

#[tokio::test]
async fn a_query_that_a_path_does_not_take_is_refused_everywhere() {
    let (_parties, router) = node(&[]);
    let (long, short) = ("0".repeat(64), "0".repeat(32));
    for path in [
        "/v1/status".to_owned(),
        "/v1/genesis".to_owned(),
        format!("/v1/entries/{long}"),
        format!("/v1/identities/{short}"),
        "/v1/attribute-keys/A@B".to_owned(),
        format!("/v1/requests/{long}"),
        format!("/v1/requests/{long}/package"),
        format!("/v1/permissions/{long}"),
        format!("/v1/permissions/{long}/proof"),
        format!("/v1/requests/{long}/proof"),
        format!("/v1/owner/decisions/{long}"),
        format!("/v1/audit/threads/{short}"),
        format!("/v1/audit/blocks/{long}"),
        format!("/v1/audit/bundles/{short}"),
    ] {
        let answer = ask(&router, "GET", &format!("{path}?limt=5"), &[]).await;
        assert_eq!(code(answer).await, (400, "malformed".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn metrics_come_as_open_metrics() {
    let (_parties, router) = node(&[]);
    let answer = ask(&router, "GET", "/metrics", &[]).await;
    assert_eq!(text(answer.headers(), "content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let body = to_bytes(answer.into_body(), 1_000_000).await.unwrap();
    let body = std::str::from_utf8(&body).unwrap();
    assert!(body.ends_with("\n# EOF\n") && body.matches("# EOF").count() == 1, "{body}");
    assert!(body.contains("\nmedshare_requests_refused_total 0\n"), "{body}");
}

#[tokio::test]
async fn an_entry_that_was_rejected_is_answered_so_and_not_ordered_again_whoever_sends_it() {
    let parties = Parties { at: now(), ..Parties::new() };
    let services = services(&parties, parties.ready_chain());
    // She is registered: this registration was refused, and stays refused.
    let refused = parties.identity();
    parties.decide(&services.chain, vec![refused.clone()]);
    let (router, chain) = (router(Arc::clone(&services)), Arc::clone(&services.chain));
    let post = async |entry: &Entry| {
        let body = Body::from(codec::encode(entry));
        router.clone().oneshot(Request::post("/v1/entries").body(body).unwrap()).await.unwrap()
    };
    for _ in 0..3 {
        assert_eq!(code(post(&refused).await).await, (400, "rejected".to_owned()));
        assert!(chain.mempool.is_empty());
    }
    // Also as gossip, and beside an entry that is new.
    let applied = parties.attribute_keys(&["OTHER@university"]);
    let heard = Heard::read(&codec::encode(&vec![refused, applied.clone()])).unwrap();
    assert!(services.submission.take_gossip(heard).unwrap().is_none());
    assert_eq!(chain.mempool.len(), 1);
    parties.decide(&chain, vec![applied.clone()]);
    assert_eq!(post(&applied).await.status(), StatusCode::ACCEPTED);
    assert!(chain.mempool.is_empty());
}

#[tokio::test]
async fn an_entry_of_another_time_is_refused_at_the_door() {
    let now = now();
    for (at, word) in
        [(Timestamp(now.0 - 2 * ENTRY_WINDOW_MS), "expired"), (now.plus_ms(ENTRY_WINDOW_MS), "from-the-future")]
    {
        let parties = Parties { at: now, ..Parties::new() };
        let services = services(&parties, parties.ready_chain());
        let router = router(Arc::clone(&services));
        let parties = Parties { at, ..parties };
        let body = Body::from(codec::encode(&parties.attribute_keys(&["OTHER@university"])));
        let answer = router.oneshot(Request::post("/v1/entries").body(body).unwrap()).await.unwrap();
        assert_eq!(code(answer).await, (400, word.to_owned()));
        assert!(services.chain.mempool.is_empty());
    }
}
