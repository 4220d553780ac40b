//! Threads, requests, blocks and bundles.

use super::answers::{Refused, binary};
use super::asked::{Asked, Nothing, id};
use super::described::errors::{BadRequest, Fault, NotFound, TooLarge, TooMany, Unavailable};
use super::described::parameters::{OfBlock, OfRequestor};
use super::described::{Binary, examples};
use super::paging::{List, PageQuery};
use super::records::record;
use crate::audit::{blocks, bundle, requests as made};
use crate::caller::Caller;
use crate::services::Services;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use medshare_exchange::api::{BlockDetail, Page, RequestView, ThreadView};
use medshare_ledger::id::{BlockId, RequestorId};
use medshare_node_refusal::Refusal;
use std::sync::Arc;
use std::time::Duration;

/// Longest that a bundle waits for the next height.
const CERTIFIED_WITHIN: Duration = Duration::from_secs(2);

/// A requestor's thread
///
/// Her parent blocks, oldest first, in pages.
#[utoipa::path(
    get,
    path = "/v1/audit/threads/{requestor}",
    tag = "audit",
    operation_id = "getThread",
    params(OfRequestor, PageQuery),
    responses(
        (status = 200, description = "a page of the thread", body = ThreadView, example = json!(examples::thread())),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn thread(
    State(services): State<Arc<Services>>,
    Path(requestor): Path<String>,
    Asked(page): Asked<PageQuery>,
    Caller { sender, .. }: Caller,
) -> Result<Json<ThreadView>, Refused> {
    let requestor: RequestorId = id(&requestor)?;
    let list = List::Thread(requestor);
    let span = page.span(list)?;
    let reading = Arc::clone(&services);
    let (count, stretch) =
        services.gates.pages.pass(sender, move || blocks::thread(&reading.chain, requestor, span)).await?;
    let next = list.next(&stretch);
    Ok(Json(ThreadView { requestor: requestor.to_string(), count, blocks: stretch.items, next }))
}

/// What a requestor asked for
///
/// Her requests as the ledger has them, answered or not, oldest first, in pages. Why one was refused is not on the ledger.
#[utoipa::path(
    get,
    path = "/v1/audit/requests/{requestor}",
    tag = "audit",
    operation_id = "listRequests",
    params(OfRequestor, PageQuery),
    responses(
        (status = 200, description = "a page", body = Page<RequestView>, example = json!(examples::asked(None))),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn requests(
    State(services): State<Arc<Services>>,
    Path(requestor): Path<String>,
    Asked(page): Asked<PageQuery>,
    Caller { sender, .. }: Caller,
) -> Result<Json<Page<RequestView>>, Refused> {
    let requestor: RequestorId = id(&requestor)?;
    let list = List::Requests(requestor);
    let span = page.span(list)?;
    let reading = Arc::clone(&services);
    let read = move || made::of_requestor(&reading.chain, requestor, span);
    let stretch = services.gates.pages.pass(sender, read).await?;
    Ok(Json(Page { next: list.next(&stretch), items: stretch.items }))
}

/// A parent block with its side-blocks
///
/// The side-blocks come in pages, oldest first.
#[utoipa::path(
    get,
    path = "/v1/audit/blocks/{block}",
    tag = "audit",
    operation_id = "getBlock",
    params(OfBlock, PageQuery),
    responses(
        (status = 200, description = "the block, and a page of its side-blocks", body = BlockDetail, example = json!(examples::block_detail())),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn block(
    State(services): State<Arc<Services>>,
    Path(block): Path<String>,
    Asked(page): Asked<PageQuery>,
    Caller { sender, .. }: Caller,
) -> Result<Json<BlockDetail>, Refused> {
    let parent: BlockId = id(&block)?;
    let list = List::SideBlocks(parent);
    let span = page.span(list)?;
    let reading = Arc::clone(&services);
    let read = move || {
        let block = blocks::block(&reading.chain, parent)?;
        Ok((block, blocks::side_blocks(&reading.chain, parent, span)?))
    };
    let (block, sides) = services.gates.pages.pass(sender, read).await?;
    let next = list.next(&sides);
    Ok(Json(BlockDetail { block, side_blocks: sides.items, next }))
}

/// Everything about a requestor, to be verified offline
///
/// The form is described in docs/bytes.md; `medshare audit verify` verifies it.
#[utoipa::path(
    get,
    path = "/v1/audit/bundles/{requestor}",
    tag = "audit",
    operation_id = "getBundle",
    params(OfRequestor),
    responses(
        (status = 200, description = "an audit bundle", body = Binary, content_type = "application/octet-stream"),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 413, response = TooLarge),
        (status = 429, response = TooMany),
        (status = 500, response = Fault),
        (status = 503, response = Unavailable)
    )
)]
pub async fn bundle(
    State(services): State<Arc<Services>>,
    Path(requestor): Path<String>,
    Asked(Nothing {}): Asked<Nothing>,
    Caller { sender, .. }: Caller,
) -> Result<Response, Refused> {
    let requestor = id(&requestor)?;
    let is_known = move |services: &Services| Ok(services.chain.state().identity(requestor)?.is_some());
    if !record(&services, sender, is_known).await? {
        return Err(Refusal::not_found("requestor").into());
    }
    // The state as it is now is certified by the next height; without one the bundle shows the state before the last.
    let mut heights = services.chain.heights();
    heights.borrow_and_update();
    drop(tokio::time::timeout(CERTIFIED_WITHIN, heights.changed()).await);
    let reading = Arc::clone(&services);
    Ok(binary(services.gates.bundles.pass(sender, move || bundle::export(&reading.chain, requestor)).await?))
}
