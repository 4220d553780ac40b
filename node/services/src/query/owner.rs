//! What only an owner sees: who asked for the owner's data, and what was violated. RFC 9421 signatures say who asks.

use super::answers::{Refused, id};
use crate::audit::blocks;
use crate::services::Services;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Uri, header};
use medshare_exchange::api::{BlockView, DecisionCount, ViolationView};
use medshare_exchange::http_signature::{CONTENT_DIGEST, MessageParts, SIGNATURE, SIGNATURE_INPUT, SignatureHeaders};
use medshare_ledger::id::OwnerId;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;

/// Parent blocks of the owner's packages.
#[utoipa::path(get, path = "/v1/owner/requests", responses((status = 200, body = Vec<BlockView>), (status = 401)))]
pub async fn requests(
    State(services): State<Arc<Services>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Vec<BlockView>>, Refused> {
    let owner = signed_owner(&services, &method, &uri, &headers)?;
    Ok(Json(blocks::of_owner(&services.chain, owner)?))
}

/// Violations of the owner's packages.
#[utoipa::path(get, path = "/v1/owner/violations", responses((status = 200, body = Vec<ViolationView>), (status = 401)))]
pub async fn violations(
    State(services): State<Arc<Services>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Vec<ViolationView>>, Refused> {
    let owner = signed_owner(&services, &method, &uri, &headers)?;
    Ok(Json(blocks::violations(&services.chain, &services.private, owner)?))
}

/// Number of decisions on a package so far: the next one's sequence.
#[utoipa::path(get, path = "/v1/owner/decisions/{block}", params(("block" = String, Path)), responses((status = 200, body = DecisionCount), (status = 404)))]
pub async fn decisions(
    State(services): State<Arc<Services>>,
    Path(block): Path<String>,
) -> Result<Json<DecisionCount>, Refused> {
    let block = id(&block)?;
    services.chain.state().block(block)?.ok_or_else(|| Refusal::not_found("parent block"))?;
    let sequence = services.chain.state().decisions(block)?.unwrap_or_default().count;
    Ok(Json(DecisionCount { sequence }))
}

fn signed_owner(services: &Services, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<OwnerId, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let authority = text(header::HOST.as_str()).to_lowercase();
    let parts = MessageParts {
        method: method.as_str(),
        authority: &authority,
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        body: b"",
    };
    let signature = SignatureHeaders {
        signature_input: text(SIGNATURE_INPUT),
        signature: text(SIGNATURE),
        content_digest: text(CONTENT_DIGEST),
    };
    let key = services.signatures.signer(&parts, &signature)?;
    let owner = services.chain.state().owner(OwnerId::of_key(&key))?.ok_or_else(|| {
        Refusal::new(Code::NotAnOwner, "the key that signed this message is no owner's of this network")
    })?;
    if owner.node != services.node {
        return Err(Refusal::new(Code::OtherNode, "another node serves this owner; ask that one"));
    }
    Ok(owner.id)
}
