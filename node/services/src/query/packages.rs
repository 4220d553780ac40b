//! Openings, reports and permissions of packages.

use super::answers::{Refused, binary, document};
use super::asked::{Asked, Nothing, id};
use super::described::errors::{BadRequest, Fault, NotFound, TooMany, Unavailable};
use super::described::parameters::{OfBlock, OfLease};
use super::described::posted::Posted;
use super::described::{Binary, examples};
use super::records::record;
use crate::audit::blocks;
use crate::caller::Caller;
use crate::opening;
use crate::services::Services;
use crate::trigger;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use medshare_exchange::api::{LeaseView, PermissionView, SideBlockMade};
use medshare_ledger::codec;
use std::sync::Arc;

/// Open a package for an agent
///
/// Recorded on the ledger before the transformed block is handed out.
#[utoipa::path(
    post,
    path = "/v1/openings",
    tag = "packages",
    operation_id = "openPackage",
    request_body(content = Binary, content_type = "application/octet-stream", description = "canonical bytes of an opening request"),
    responses(
        (status = 200, description = "canonical bytes of the side-block's id and the transformed block", body = Binary, content_type = "application/octet-stream"),
        Posted,
        (status = 404, response = NotFound),
        (status = 503, response = Unavailable)
    )
)]
pub async fn open(
    State(services): State<Arc<Services>>,
    Asked(Nothing {}): Asked<Nothing>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Refused> {
    let answer = opening::open(&services, &caller, document(&body)?).await?;
    Ok(binary(codec::encode(&answer)))
}

/// Report what was done with a package
///
/// The answer comes when the report is on the ledger.
#[utoipa::path(
    post,
    path = "/v1/reports",
    tag = "packages",
    operation_id = "report",
    request_body(content = Binary, content_type = "application/octet-stream", description = "canonical bytes of a report envelope"),
    responses(
        (status = 200, description = "the side-block that was made", body = SideBlockMade, example = json!(examples::side_block_made())),
        Posted,
        (status = 404, response = NotFound),
        (status = 503, response = Unavailable)
    )
)]
pub async fn report(
    State(services): State<Arc<Services>>,
    Asked(Nothing {}): Asked<Nothing>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<SideBlockMade>, Refused> {
    Ok(Json(trigger::report(&services, &caller, document(&body)?).await?))
}

/// Permission of a package
///
/// As the ledger has it.
#[utoipa::path(
    get,
    path = "/v1/permissions/{block}",
    tag = "packages",
    operation_id = "getPermission",
    params(OfBlock),
    responses(
        (status = 200, description = "where it stands", body = PermissionView, example = json!(examples::permission())),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn permission(
    State(services): State<Arc<Services>>,
    Path(block): Path<String>,
    Asked(Nothing {}): Asked<Nothing>,
    Caller { sender, .. }: Caller,
) -> Result<Json<PermissionView>, Refused> {
    let block = id(&block)?;
    Ok(Json(record(&services, sender, move |services| blocks::permission(&services.chain, block)).await?))
}

/// An opening of a package
///
/// How far it is reported, whether the requestor's access has ended since, and where the package's permission stands: what an agent asks before
/// every action.
#[utoipa::path(
    get,
    path = "/v1/leases/{block}/{lease}",
    tag = "packages",
    operation_id = "getLease",
    params(OfBlock, OfLease),
    responses(
        (status = 200, description = "where it stands", body = LeaseView, example = json!(examples::lease())),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn lease(
    State(services): State<Arc<Services>>,
    Path((block, lease)): Path<(String, String)>,
    Asked(Nothing {}): Asked<Nothing>,
    Caller { sender, .. }: Caller,
) -> Result<Json<LeaseView>, Refused> {
    let (block, lease) = (id(&block)?, id(&lease)?);
    Ok(Json(record(&services, sender, move |services| blocks::lease(&services.chain, block, lease)).await?))
}
