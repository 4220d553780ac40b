//! Openings, reports and permissions of packages.

use super::answers::{Refused, binary, document, id};
use crate::audit::blocks;
use crate::opening;
use crate::services::Services;
use crate::trigger;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use medshare_exchange::api::{PermissionView, SideBlockMade};
use medshare_ledger::codec;
use std::sync::Arc;

/// Opens a package for an agent: recorded first, then transformed.
#[utoipa::path(post, path = "/v1/openings", request_body(content_type = "application/octet-stream", description = "canonical bytes of an opening request"), responses((status = 200, content_type = "application/octet-stream"), (status = 403), (status = 404)))]
pub async fn open(State(services): State<Arc<Services>>, body: Bytes) -> Result<Response, Refused> {
    let answer = opening::open(&services, document(&body)?).await?;
    Ok(binary(codec::encode(&answer)))
}

/// Takes in a contract's report.
#[utoipa::path(post, path = "/v1/reports", request_body(content_type = "application/octet-stream", description = "canonical bytes of a report envelope"), responses((status = 200, body = SideBlockMade), (status = 400)))]
pub async fn report(State(services): State<Arc<Services>>, body: Bytes) -> Result<Json<SideBlockMade>, Refused> {
    Ok(Json(trigger::report(&services, document(&body)?).await?))
}

/// Permission of a package, as the ledger has it.
#[utoipa::path(get, path = "/v1/permissions/{block}", params(("block" = String, Path)), responses((status = 200, body = PermissionView), (status = 404)))]
pub async fn permission(
    State(services): State<Arc<Services>>,
    Path(block): Path<String>,
) -> Result<Json<PermissionView>, Refused> {
    Ok(Json(blocks::permission(&services.chain, id(&block)?)?))
}
