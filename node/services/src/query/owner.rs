//! What only an owner sees: who asked for the owner's data, and what was violated. RFC 9421 signatures say who asks.

use super::answers::Refused;
use super::asked::{Asked, Nothing, id};
use super::described::errors::{BadRequest, Conflict, Fault, NotFound, TooMany, Unauthenticated};
use super::described::examples;
use super::described::parameters::OfBlock;
use super::paging::{List, PageQuery};
use super::signed::SigningOwner;
use crate::audit::{blocks, requests as made, violations as violated};
use crate::caller::Caller;
use crate::services::Services;
use crate::trigger;
use axum::Json;
use axum::extract::{Path, State};
use medshare_exchange::api::{BlockView, DecisionCount, Page, RequestState, RequestView, ViolationView};
use medshare_ledger::id::BlockId;
use medshare_node_refusal::Refusal;
use std::sync::Arc;

/// Parent blocks of the owner's packages
///
/// Oldest first, in pages. Only the owner's node answers.
#[utoipa::path(
    get,
    path = "/v1/owner/requests",
    tag = "owner",
    operation_id = "listOwnerRequests",
    params(PageQuery),
    security(("signatureInput" = [], "signature" = [], "contentDigest" = [])),
    responses(
        (status = 200, description = "a page", body = Page<BlockView>, example = json!(examples::requests())),
        (status = 400, response = BadRequest),
        (status = 401, response = Unauthenticated),
        (status = 409, response = Conflict),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn requests(
    State(services): State<Arc<Services>>,
    SigningOwner(owner): SigningOwner,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<BlockView>>, Refused> {
    let list = List::OwnerRequests(owner);
    let span = page.span(list)?;
    let reading = Arc::clone(&services);
    let stretch = services.gates.signed.pass(owner, move || blocks::of_owner(&reading.chain, owner, span)).await?;
    Ok(Json(Page { next: list.next(&stretch), items: stretch.items }))
}

/// What the owner was asked for
///
/// Requests that the ledger has, answered or not, oldest first, in pages; of those that no block answers, where they stand at the owner's
/// node, which alone answers.
#[utoipa::path(
    get,
    path = "/v1/owner/asked",
    tag = "owner",
    operation_id = "listAsked",
    params(PageQuery),
    security(("signatureInput" = [], "signature" = [], "contentDigest" = [])),
    responses(
        (status = 200, description = "a page", body = Page<RequestView>, example = json!(examples::asked(Some(RequestState::Processing)))),
        (status = 400, response = BadRequest),
        (status = 401, response = Unauthenticated),
        (status = 409, response = Conflict),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn asked(
    State(services): State<Arc<Services>>,
    SigningOwner(owner): SigningOwner,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<RequestView>>, Refused> {
    let list = List::OwnerAsked(owner);
    let span = page.span(list)?;
    let reading = Arc::clone(&services);
    let read = move || {
        let mut stretch = made::of_owner(&reading.chain, owner, span)?;
        stretch.items.iter_mut().try_for_each(|asked| stand(&reading, asked))?;
        Ok(stretch)
    };
    let stretch = services.gates.signed.pass(owner, read).await?;
    Ok(Json(Page { next: list.next(&stretch), items: stretch.items }))
}

/// Says how far this node is with a request that no block answers.
fn stand(services: &Services, asked: &mut RequestView) -> Result<(), Refusal> {
    if asked.block.is_none()
        && let Some(status) = trigger::known(services, &id(&asked.request)?)?
    {
        (asked.state, asked.error, asked.block) = (Some(status.state), status.error, status.block);
    }
    Ok(())
}

/// Violations of the owner's packages
///
/// Oldest first, in pages, with the reports that only the owner may read. Only the owner's node answers.
#[utoipa::path(
    get,
    path = "/v1/owner/violations",
    tag = "owner",
    operation_id = "listOwnerViolations",
    params(PageQuery),
    security(("signatureInput" = [], "signature" = [], "contentDigest" = [])),
    responses(
        (status = 200, description = "a page", body = Page<ViolationView>, example = json!(examples::violations())),
        (status = 400, response = BadRequest),
        (status = 401, response = Unauthenticated),
        (status = 409, response = Conflict),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn violations(
    State(services): State<Arc<Services>>,
    SigningOwner(owner): SigningOwner,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<ViolationView>>, Refused> {
    let list = List::OwnerViolations(owner);
    let span = page.span(list)?;
    let reading = Arc::clone(&services);
    let read = move || violated::of_owner(&reading.chain, &reading.private, owner, span);
    let stretch = services.gates.signed.pass(owner, read).await?;
    Ok(Json(Page { next: list.next(&stretch), items: stretch.items }))
}

/// What the next decision on a package states
///
/// It is the sequence of the next one.
#[utoipa::path(
    get,
    path = "/v1/owner/decisions/{block}",
    tag = "owner",
    operation_id = "countDecisions",
    params(OfBlock),
    responses(
        (status = 200, description = "decisions and revocations so far, and the last violation", body = DecisionCount, example = json!(examples::decisions())),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn decisions(
    State(services): State<Arc<Services>>,
    Path(block): Path<String>,
    Asked(Nothing {}): Asked<Nothing>,
    Caller { sender, .. }: Caller,
) -> Result<Json<DecisionCount>, Refused> {
    let block: BlockId = id(&block)?;
    let reading = Arc::clone(&services);
    let read = move || {
        let state = reading.chain.state();
        state.block(block)?.ok_or_else(|| Refusal::not_found("parent block"))?;
        let sequence = state.decisions(block)?.unwrap_or_default().count;
        let chain = state.side_chain(block)?.filter(|chain| chain.violations > 0);
        Ok(DecisionCount { sequence, last_violation: chain.map(|chain| chain.last_violation.to_string()) })
    };
    Ok(Json(services.gates.decisions.pass(sender, read).await?))
}
