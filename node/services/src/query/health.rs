//! How the node is.

use super::answers::{binary, error};
use super::asked::{Asked, Nothing};
use super::described::errors::{BadRequest, Unavailable};
use super::described::{Binary, examples};
use crate::metrics::{OPEN_METRICS, exposition};
use crate::services::Services;
use crate::stalled::stalled_after;
use crate::troubles;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use medshare_exchange::api::{ApiError, Health, HealthState, NodeStatus, PeerState};
use medshare_ledger::codec;
use std::sync::Arc;

/// Whether the process runs
#[utoipa::path(
    get,
    path = "/v1/health/live",
    tag = "node",
    operation_id = "getLiveness",
    responses(
        (status = 200, description = "it does", body = Health, example = json!(examples::health(HealthState::Live))),
        (status = 503, response = Unavailable)
    )
)]
pub async fn live(State(services): State<Arc<Services>>) -> Response {
    if services.halt.is_raised() {
        return error(StatusCode::SERVICE_UNAVAILABLE, halted());
    }
    Json(Health { state: HealthState::Live }).into_response()
}

fn halted() -> ApiError {
    ApiError::new("not-ready", "the node had to halt; its operator finds the reason in its log")
}

/// Whether the node takes part
///
/// It does once it has executed a batch and reaches a quorum, as long as heights are decided, it votes, and it did not have to halt.
#[utoipa::path(
    get,
    path = "/v1/health/ready",
    tag = "node",
    operation_id = "getReadiness",
    responses(
        (status = 200, description = "it does", body = Health, example = json!(examples::health(HealthState::Ready))),
        (status = 503, response = Unavailable)
    )
)]
pub async fn ready(State(services): State<Arc<Services>>) -> Response {
    if services.halt.is_raised() {
        return error(StatusCode::SERVICE_UNAVAILABLE, halted());
    }
    let limit = stalled_after(services.chain.facts().parameters());
    let progress = services.progress.get().map(|progress| *progress.borrow());
    if let Some(since) = progress.map(|progress| progress.committed_at.elapsed()).filter(|since| *since >= limit) {
        let stalled = ApiError::new(
            "not-ready",
            "no height has been decided for a while; its operator finds the reason in the node's log",
        )
        .detail("seconds", since.as_secs())
        .detail("height", services.chain.tip().height.0);
        return error(StatusCode::SERVICE_UNAVAILABLE, stalled);
    }
    if services.abstains() {
        let abstains = ApiError::new(
            "not-ready",
            "this node lost what it signed and does not vote before the others have gone on",
        );
        return error(StatusCode::SERVICE_UNAVAILABLE, abstains.detail("height", services.chain.tip().height.0));
    }
    let connected = connected(&services);
    let quorum = services.chain.facts().validators().quorum();
    if connected + 1 >= quorum && services.chain.tip().height.0 > 0 {
        return Json(Health { state: HealthState::Ready }).into_response();
    }
    let waiting = ApiError::new("not-ready", "the node has executed nothing yet, or too few validators are connected")
        .detail("connected", connected)
        .detail("needed", quorum.saturating_sub(1))
        .detail("height", services.chain.tip().height.0);
    error(StatusCode::SERVICE_UNAVAILABLE, waiting)
}

/// Metrics of node and engine
///
/// OpenMetrics 1.0, as Prometheus reads it.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "node",
    operation_id = "getMetrics",
    responses((
        status = 200,
        description = "text form of OpenMetrics",
        body = String,
        content_type = "application/openmetrics-text",
        example = json!("# HELP medshare_height Height of the last executed batch.\n# TYPE medshare_height gauge\nmedshare_height 64\n# EOF\n")
    ))
)]
pub async fn metrics(State(services): State<Arc<Services>>) -> Response {
    let own = services.metrics.text(&services.chain, connected(&services), services.private.proxy_key_count());
    let text = exposition(&[&own, &medshare_node_consensus::metrics_text()]);
    ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response()
}

/// State of the node
#[utoipa::path(
    get,
    path = "/v1/status",
    tag = "node",
    operation_id = "getStatus",
    responses(
        (status = 200, description = "how far it is, and whom it sees", body = NodeStatus, example = json!(examples::node_status())),
        (status = 400, response = BadRequest)
    )
)]
pub async fn status(State(services): State<Arc<Services>>, Asked(Nothing {}): Asked<Nothing>) -> Json<NodeStatus> {
    let tip = services.chain.tip();
    let validator = services.chain.facts().validator(services.node);
    Json(NodeStatus {
        name: services.config.name.clone(),
        node: services.node.to_string(),
        organisation: validator.map(|v| v.organisation.to_string()).unwrap_or_default(),
        network: tip.network.to_string(),
        height: tip.height.0,
        lag: services.others.behind(&services.chain),
        state_root: tip.state_root.to_string(),
        history_size: tip.history.size(),
        waiting_entries: services.chain.mempool.len(),
        clock_ahead_ms: services.chain.clock.last().ahead_of_others_ms,
        clock: services.chain.clock.last().wrong(),
        peers: services
            .network
            .peers()
            .iter()
            .map(|peer| PeerState { node: peer.node.to_string(), connected: peer.takes_part() })
            .collect(),
        troubles: troubles::of(&services),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// The genesis
///
/// Canonical bytes of its facts; their hash is the network id.
#[utoipa::path(
    get,
    path = "/v1/genesis",
    tag = "node",
    operation_id = "getGenesis",
    responses(
        (status = 200, description = "canonical bytes", body = Binary, content_type = "application/octet-stream"),
        (status = 400, response = BadRequest)
    )
)]
pub async fn genesis(State(services): State<Arc<Services>>, Asked(Nothing {}): Asked<Nothing>) -> Response {
    binary(codec::encode(services.chain.facts().genesis()))
}

fn connected(services: &Services) -> usize {
    services.network.peers().iter().filter(|peer| peer.takes_part()).count()
}

#[cfg(test)]
mod tests;
