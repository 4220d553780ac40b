//! Data requests and their packages.

use super::answers::{Refused, Wait, id};
use crate::services::Services;
use crate::trigger;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_ledger::id::OwnerId;
use medshare_node_refusal::{Code, Refusal};
use serde::Deserialize;
use std::sync::Arc;
use tokio_util::io::ReaderStream;

/// Query of a request's status.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusQuery {
    /// How long to wait for an end, in milliseconds.
    #[serde(default)]
    pub wait_ms: u64,
    /// OID; a node that does not serve this owner asks the one that does.
    pub owner: Option<String>,
}

/// Takes in a signed data request.
#[utoipa::path(post, path = "/v1/requests", request_body(content_type = "application/octet-stream", description = "canonical bytes of a signed request"), responses((status = 202, body = RequestStatus), (status = 401), (status = 403), (status = 409)))]
pub async fn submit(
    State(services): State<Arc<Services>>,
    body: Bytes,
) -> Result<(StatusCode, Json<RequestStatus>), Refused> {
    match trigger::submit(&services, &body).await {
        Ok(status) => Ok((StatusCode::ACCEPTED, Json(status))),
        Err(refusal) => {
            services.metrics.refused.inc();
            Err(refusal.into())
        }
    }
}

/// Status of a request.
#[utoipa::path(get, path = "/v1/requests/{request}", params(("request" = String, Path), ("wait_ms" = Option<u64>, Query), ("owner" = Option<String>, Query)), responses((status = 200, body = RequestStatus), (status = 404)))]
pub async fn status(
    State(services): State<Arc<Services>>,
    Path(request): Path<String>,
    Query(query): Query<StatusQuery>,
) -> Result<Json<RequestStatus>, Refused> {
    let owner = query.owner.as_deref().map(id::<OwnerId>).transpose()?;
    let wait = Wait { wait_ms: query.wait_ms }.limit();
    Ok(Json(trigger::status(&services, owner, id(&request)?, wait).await?))
}

/// The package for a delivered request. A node that does not have it points to the one that has.
#[utoipa::path(get, path = "/v1/requests/{request}/package", params(("request" = String, Path), ("owner" = Option<String>, Query)), responses((status = 200, content_type = "application/octet-stream"), (status = 307), (status = 404)))]
pub async fn package(
    State(services): State<Arc<Services>>,
    Path(request): Path<String>,
    Query(query): Query<StatusQuery>,
) -> Result<Response, Refused> {
    let hash: Hash32 = id(&request)?;
    let status = trigger::known(&services, &hash)?;
    if status.as_ref().is_some_and(|s| s.state == RequestState::Processing) {
        return Err(Refusal::new(Code::Processing, "the package is not ready yet; ask for the request's status").into());
    }
    let package = status.and_then(|status| status.package?.parse().ok());
    let Some(package) = package else { return Ok(elsewhere(&services, &hash, query.owner.as_deref())?) };
    match tokio::fs::File::open(services.packages.path(&package)).await {
        Ok(file) => {
            let length = file.metadata().await.map_err(|e| Refusal::fault(&e))?.len();
            let body = Body::from_stream(ReaderStream::with_capacity(file, 256 * 1024));
            let headers = [
                (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
                (header::CONTENT_LENGTH, length.to_string()),
            ];
            Ok((headers, body).into_response())
        }
        _ => Ok(elsewhere(&services, &hash, query.owner.as_deref())?),
    }
}

fn elsewhere(services: &Services, request: &Hash32, owner: Option<&str>) -> Result<Response, Refusal> {
    let missing = || Refusal::not_found("package at this node");
    let owner = services.chain.state().owner(id(owner.ok_or_else(missing)?)?)?.ok_or_else(missing)?;
    let node = owner.node.to_string();
    let peer = services.config.peers.iter().find(|peer| peer.node == node).ok_or_else(missing)?;
    Ok(Redirect::temporary(&format!("{}/v1/requests/{request}/package", peer.http)).into_response())
}
