//! How the node is.

use super::answers::binary;
use crate::services::Services;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use medshare_exchange::api::{NodeStatus, PeerState};
use medshare_ledger::codec;
use std::sync::Arc;

/// The process runs.
#[utoipa::path(get, path = "/v1/health/live", responses((status = 200, description = "the process runs")))]
pub async fn live() -> &'static str {
    "live\n"
}

/// The node takes part: it has executed a batch and reaches a quorum.
#[utoipa::path(get, path = "/v1/health/ready", responses((status = 200, description = "ready"), (status = 503, description = "not yet")))]
pub async fn ready(State(services): State<Arc<Services>>) -> (StatusCode, &'static str) {
    let connected = services.network.peers().iter().filter(|p| p.connected).count();
    let quorum = services.chain.facts().validators().quorum();
    if connected + 1 >= quorum && services.chain.tip().height.0 > 0 {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready: too few validators are connected\n")
    }
}

/// Prometheus metrics of node and engine.
#[utoipa::path(get, path = "/metrics", responses((status = 200, description = "text form of Prometheus")))]
pub async fn metrics(State(services): State<Arc<Services>>) -> String {
    let connected = services.network.peers().iter().filter(|p| p.connected).count();
    let proxy_keys = services.private.proxy_key_holders().map_or(0, |holders| holders.len());
    let own = services.metrics.text(&services.chain, connected, proxy_keys);
    let engine = medshare_node_consensus::metrics_text();
    [own.trim_end_matches("# EOF\n"), &engine].concat()
}

/// State of the node.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, body = NodeStatus)))]
pub async fn status(State(services): State<Arc<Services>>) -> Json<NodeStatus> {
    let tip = services.chain.tip();
    let validator = services.chain.facts().validator(services.node);
    let highest = services.heights.highest().max(tip.height.0);
    Json(NodeStatus {
        name: services.config.name.clone(),
        node: services.node.to_string(),
        organisation: validator.map(|v| v.organisation.to_string()).unwrap_or_default(),
        network: tip.network.to_string(),
        height: tip.height.0,
        lag: highest - tip.height.0,
        state_root: tip.state_root.to_string(),
        history_size: tip.history.size(),
        waiting_entries: services.chain.mempool.len(),
        peers: services
            .network
            .peers()
            .iter()
            .map(|peer| PeerState { node: peer.node.to_string(), connected: peer.connected })
            .collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// Canonical bytes of the genesis facts; their hash is the network id.
#[utoipa::path(get, path = "/v1/genesis", responses((status = 200, content_type = "application/octet-stream")))]
pub async fn genesis(State(services): State<Arc<Services>>) -> Response {
    binary(codec::encode(services.chain.facts().genesis()))
}
