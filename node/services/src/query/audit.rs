//! Threads, blocks and bundles.

use super::answers::{Refused, binary, id};
use crate::audit::{blocks, bundle};
use crate::services::Services;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use medshare_exchange::api::{BlockView, ThreadView};
use medshare_node_processing::blocking::blocking;
use std::sync::Arc;
use std::time::Duration;

/// Longest that a bundle waits for the next height.
const CERTIFIED_WITHIN: Duration = Duration::from_secs(2);

/// A requestor's thread.
#[utoipa::path(get, path = "/v1/audit/threads/{requestor}", params(("requestor" = String, Path)), responses((status = 200, body = ThreadView), (status = 404)))]
pub async fn thread(
    State(services): State<Arc<Services>>,
    Path(requestor): Path<String>,
) -> Result<Json<ThreadView>, Refused> {
    let requestor = id(&requestor)?;
    Ok(Json(blocking(move || blocks::thread(&services.chain, requestor)).await?))
}

/// A parent block with its side-blocks.
#[utoipa::path(get, path = "/v1/audit/blocks/{block}", params(("block" = String, Path)), responses((status = 200, body = BlockView), (status = 404)))]
pub async fn block(
    State(services): State<Arc<Services>>,
    Path(block): Path<String>,
) -> Result<Json<BlockView>, Refused> {
    Ok(Json(blocks::block(&services.chain, id(&block)?)?))
}

/// Everything about a requestor, to be verified offline.
#[utoipa::path(get, path = "/v1/audit/bundles/{requestor}", params(("requestor" = String, Path)), responses((status = 200, content_type = "application/octet-stream"), (status = 404)))]
pub async fn bundle(State(services): State<Arc<Services>>, Path(requestor): Path<String>) -> Result<Response, Refused> {
    let requestor = id(&requestor)?;
    // The state as it is now is certified by the next height; without one the bundle shows the state before the last.
    let mut heights = services.chain.heights();
    heights.borrow_and_update();
    drop(tokio::time::timeout(CERTIFIED_WITHIN, heights.changed()).await);
    Ok(binary(blocking(move || bundle::export(&services.chain, requestor)).await?))
}
