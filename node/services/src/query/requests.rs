//! Data requests and their packages.

use super::answers::{Refused, malformed};
use super::asked::{Asked, Nothing, Wait, id};
use super::described::errors::{
    BadRequest, Conflict, Fault, Forbidden, NotFound, TooMany, Unauthenticated, Unavailable,
};
use super::described::parameters::OfRequest;
use super::described::posted::Posted;
use super::described::{Binary, examples};
use super::records::record;
use super::signed::SigningReader;
use crate::broken_packages::broken;
use crate::caller::Caller;
use crate::rooms::READ_AT_ONCE;
use crate::sender::Sender;
use crate::services::Services;
use crate::trigger;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use medshare_contract_abi::permissions::Status;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_ledger::id::{BlockId, OwnerId};
use medshare_node_authenticator::request::{decode, who_signed};
use medshare_node_refusal::{Code, Refusal};
use serde::Deserialize;
use std::fs::File;
use std::sync::Arc;
use tokio_util::io::ReaderStream;
use utoipa::IntoParams;

/// Query of a request's status.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatusQuery {
    /// How long to wait for an end, in milliseconds; more than 30 s are 30 s.
    #[serde(default)]
    #[param(minimum = 0, default = 0, example = 1000)]
    pub wait_ms: u64,
    /// OID; a node that does not serve this owner asks the one that does.
    #[param(pattern = "^[0-9a-fA-F]{32}$")]
    pub owner: Option<String>,
}

/// Query of a request's package.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PackageQuery {
    /// OID; a node that does not serve this owner points to the one that does.
    #[param(pattern = "^[0-9a-fA-F]{32}$")]
    pub owner: Option<String>,
}

/// Ask for data
///
/// Any node takes a request and hands it to the owner's. The same bytes again give the same answer until the request has ended.
#[utoipa::path(
    post,
    path = "/v1/requests",
    tag = "requests",
    operation_id = "submitRequest",
    request_body(content = Binary, content_type = "application/octet-stream", description = "canonical bytes of a signed data request"),
    responses(
        (status = 202, description = "taken in, under way", body = RequestStatus, example = json!(examples::request(RequestState::Processing))),
        Posted,
        (status = 404, response = NotFound),
        (status = 503, response = Unavailable)
    )
)]
pub async fn submit(
    State(services): State<Arc<Services>>,
    Asked(Nothing {}): Asked<Nothing>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<RequestStatus>), Refused> {
    match trigger::submit(&services, &caller, &body).await {
        Ok(status) => Ok((StatusCode::ACCEPTED, Json(status))),
        Err(refusal) => {
            services.metrics.refused.inc();
            Err(refusal.into())
        }
    }
}

/// Where a request stands
#[utoipa::path(
    get,
    path = "/v1/requests/{request}",
    tag = "requests",
    operation_id = "getRequest",
    params(OfRequest, StatusQuery),
    responses(
        (status = 200, description = "stages passed, and how it ended", body = RequestStatus, example = json!(examples::request(RequestState::Delivered))),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 500, response = Fault),
        (status = 503, response = Unavailable)
    )
)]
pub async fn status(
    State(services): State<Arc<Services>>,
    Path(request): Path<String>,
    Asked(query): Asked<StatusQuery>,
    Caller { sender, .. }: Caller,
) -> Result<Json<RequestStatus>, Refused> {
    let owner = query.owner.as_deref().map(id::<OwnerId>).transpose()?;
    let wait = Wait { wait_ms: query.wait_ms }.limit();
    Ok(Json(trigger::status(&services, sender, owner, id(&request)?, wait).await?))
}

/// The package of a delivered request
///
/// For the requestor who asked, and the owner who was asked: the message is signed. A node that does not have the package points to
/// the one that has; what was signed for one is signed anew for the other. Data that was taken back is not given out again.
#[utoipa::path(
    get,
    path = "/v1/requests/{request}/package",
    tag = "requests",
    operation_id = "getPackage",
    params(OfRequest, PackageQuery),
    security(("signatureInput" = [], "signature" = [], "contentDigest" = [])),
    responses(
        (status = 200, description = "the package", body = Binary, content_type = "application/octet-stream"),
        (status = 307, description = "the owner's node has it", headers(("Location" = String, description = "where it is"))),
        (status = 400, response = BadRequest),
        (status = 401, response = Unauthenticated),
        (status = 403, response = Forbidden),
        (status = 404, response = NotFound),
        (status = 409, response = Conflict),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn package(
    State(services): State<Arc<Services>>,
    Path(request): Path<String>,
    Asked(query): Asked<PackageQuery>,
    Caller { sender, .. }: Caller,
    reader: SigningReader,
) -> Result<Response, Refused> {
    let owner = query.owner.as_deref().map(id::<OwnerId>).transpose()?;
    hand_out(&services, sender, id(&request)?, owner, move |_| Ok(reader)).await
}

/// The package of a delivered request, for the request itself
///
/// The signed request is posted once more: its signature is the requestor's. So a package can be fetched where her key is not.
#[utoipa::path(
    post,
    path = "/v1/requests/{request}/package",
    tag = "requests",
    operation_id = "postForPackage",
    params(OfRequest, PackageQuery),
    request_body(content = Binary, content_type = "application/octet-stream", description = "canonical bytes of the signed data request"),
    responses(
        (status = 200, description = "the package", body = Binary, content_type = "application/octet-stream"),
        (status = 307, description = "the owner's node has it", headers(("Location" = String, description = "where it is"))),
        Posted,
        (status = 404, response = NotFound)
    )
)]
pub async fn package_for_request(
    State(services): State<Arc<Services>>,
    Path(request): Path<String>,
    Asked(query): Asked<PackageQuery>,
    Caller { sender, .. }: Caller,
    body: Bytes,
) -> Result<Response, Refused> {
    let (hash, signed) = (id::<Hash32>(&request)?, decode(&body)?);
    if signed.hash() != hash {
        return Err(malformed("the request that was posted is another one than the path names").into());
    }
    let owner = query.owner.as_deref().map(id::<OwnerId>).transpose()?;
    let reader = move |services: &Services| {
        who_signed(&signed, &services.chain)?;
        Ok(SigningReader::Requestor(signed.request.requestor()))
    };
    hand_out(&services, sender, hash, owner, reader).await
}

async fn hand_out(
    services: &Arc<Services>,
    sender: Sender,
    hash: Hash32,
    owner: Option<OwnerId>,
    reader: impl FnOnce(&Services) -> Result<SigningReader, Refusal> + Send + 'static,
) -> Result<Response, Refused> {
    let opening = Arc::clone(services);
    let open = move || package_for(&opening, &hash, reader(&opening)?);
    let package = services.gates.packages.pass(sender, open).await?;
    let Some(package) = package else { return elsewhere(services, sender, &hash, owner).await };
    let file = tokio::fs::File::from_std(package);
    let length = file.metadata().await.map_err(|e| Refusal::fault(&e))?.len();
    let body = Body::from_stream(ReaderStream::with_capacity(file, READ_AT_ONCE));
    let headers =
        [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_LENGTH, length.to_string())];
    Ok((headers, body).into_response())
}

/// The package of a request, sealed for its block, where this node has it and may give it to this reader.
fn package_for(services: &Services, request: &Hash32, reader: SigningReader) -> Result<Option<File>, Refusal> {
    let Some(status) = trigger::known(services, request)? else { return Ok(None) };
    let block = status.block.as_deref().map(id::<BlockId>).transpose()?;
    if let Some(block) = block {
        may_have(services, block, reader)?;
    }
    if status.state == RequestState::Processing {
        return Err(Refusal::new(Code::Processing, "the package is not ready yet; ask for the request's status"));
    }
    let package = status.package.and_then(|package| package.parse().ok());
    let Some((block, package)) = block.zip(package) else { return Ok(None) };
    services.packages.sealed(&package, block, &services.signing).map_err(|e| broken(services, &package, &e))
}

/// A package is for the requestor who asked and the owner who was asked, until the owner takes the data back.
fn may_have(services: &Services, block: BlockId, reader: SigningReader) -> Result<(), Refusal> {
    let record = services.chain.state().block(block)?.ok_or_else(|| Refusal::not_found("package at this node"))?;
    match reader {
        SigningReader::Requestor(requestor) if requestor == record.requestor => {}
        SigningReader::Owner(owner) if owner == record.owner => {}
        _ => {
            return Err(Refusal::new(
                Code::NotTheRequestor,
                "only the requestor who asked, or the owner who was asked, gets this package: sign with that key",
            ));
        }
    }
    match services.chain.state().permission(block)?.map(|permission| permission.status) {
        Some(Status::Retrieved) => {
            Err(Refusal::new(Code::Retrieved, "the owner has taken this data back; its package is not given out again"))
        }
        _ => Ok(()),
    }
}

async fn elsewhere(
    services: &Arc<Services>,
    sender: Sender,
    request: &Hash32,
    owner: Option<OwnerId>,
) -> Result<Response, Refused> {
    let missing = || Refusal::not_found("package at this node");
    let owner = owner.ok_or_else(missing)?;
    let owner = record(services, sender, move |services| Ok(services.chain.state().owner(owner)?)).await?;
    let owner = owner.ok_or_else(missing)?;
    let node = owner.node.to_string();
    let peer = services.config.peers.iter().find(|peer| peer.node == node).ok_or_else(missing)?;
    Ok(Redirect::temporary(&format!("{}/v1/requests/{request}/package", peer.http)).into_response())
}

#[cfg(test)]
mod tests;
