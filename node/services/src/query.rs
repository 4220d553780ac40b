//! The query system (MeDShare): HTTP, described by OpenAPI, in front of the trigger.

pub mod addressed;
pub mod answers;
pub mod asked;
pub mod audit;
pub mod bodies;
pub mod certificate;
pub mod connections;
pub mod cors;
pub mod described;
pub mod entries;
pub mod health;
pub mod openapi;
pub mod owner;
pub mod packages;
pub mod paging;
pub mod proofs;
mod records;
pub mod requests;
pub mod server;
pub mod signed;
pub mod unread;

use crate::services::Services;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{get, post};
use medshare_genesis::origin::Origin;
use std::sync::Arc;

/// All routes.
pub fn router(services: Arc<Services>) -> Router {
    let origins: Arc<[Origin]> = services.config.http.cors_origins.clone().into();
    let hosts = Arc::new(addressed::OwnHosts::of(&services.config));
    let router = Router::new()
        .route("/metrics", get(health::metrics))
        .route("/v1/health/live", get(health::live))
        .route("/v1/health/ready", get(health::ready))
        .route("/v1/status", get(health::status))
        .route("/v1/genesis", get(health::genesis))
        .route("/v1/openapi.json", get(openapi::description))
        .route("/v1/entries", post(entries::submit))
        .route("/v1/entries/{hash}", get(entries::status))
        .route("/v1/identities/{requestor}", get(entries::identity))
        .route("/v1/identities/{requestor}/proof", get(proofs::identity))
        .route("/v1/grants/{requestor}/{attribute}/proof", get(proofs::grant))
        .route("/v1/attribute-keys/{attribute}", get(entries::attribute_key))
        .route("/v1/proxy-keys", post(entries::proxy_key))
        .route("/v1/requests", post(requests::submit))
        .route("/v1/requests/{request}", get(requests::status))
        .route("/v1/requests/{request}/package", get(requests::package).post(requests::package_for_request))
        .route("/v1/openings", post(packages::open))
        .route("/v1/reports", post(packages::report))
        .route("/v1/permissions/{block}", get(packages::permission))
        .route("/v1/leases/{block}/{lease}", get(packages::lease))
        .route("/v1/leases/{block}/{lease}/proof", get(proofs::opening))
        .route("/v1/permissions/{block}/proof", get(proofs::permission))
        .route("/v1/requests/{request}/proof", get(proofs::request))
        .route("/v1/owner/requests", get(owner::requests))
        .route("/v1/owner/asked", get(owner::asked))
        .route("/v1/owner/violations", get(owner::violations))
        .route("/v1/owner/decisions/{block}", get(owner::decisions))
        .route("/v1/audit/threads/{requestor}", get(audit::thread))
        .route("/v1/audit/requests/{requestor}", get(audit::requests))
        .route("/v1/audit/blocks/{block}", get(audit::block))
        .route("/v1/audit/bundles/{requestor}", get(audit::bundle))
        .fallback(answers::unknown_route)
        .layer(DefaultBodyLimit::disable())
        .layer(map_response(answers::in_own_words))
        .layer(from_fn_with_state(Arc::clone(&services), bodies::whole))
        .layer(from_fn_with_state(hosts, addressed::own_only));
    let router = if origins.is_empty() { router } else { router.layer(from_fn_with_state(origins, cors::cors)) };
    router.layer(from_fn_with_state(Arc::clone(&services), unread::counted)).with_state(services)
}

#[cfg(test)]
mod tests;
