//! Entries, identities and keys.

use super::answers::{Refused, binary, document};
use super::asked::{Asked, Nothing, Wait, id};
use super::described::errors::{BadRequest, Fault, NotFound, TooMany, Unavailable};
use super::described::parameters::{OfAttribute, OfEntry, OfRequestor};
use super::described::posted::Posted;
use super::described::{Binary, examples};
use super::records::{outcome, record};
use crate::audit::blocks;
use crate::caller::Caller;
use crate::gates::{Bringer, Claim};
use crate::proxy_keys;
use crate::services::Services;
use crate::signer::Signer;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{ApiError, EntryState, EntryStatus, IdentityView};
use medshare_exchange::proxy_key::ProxyKeyDelivery;
use medshare_ledger::codec;
use medshare_ledger::entry::{AttributeKey, Entry};
use medshare_ledger::rejection::Rejection;
use medshare_node_chain::Outcome;
use medshare_node_chain::mempool::says_urgent;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::{Code, Refusal};
use medshare_node_submission::{Looked, refused};
use std::sync::Arc;

/// Hand in an entry
///
/// Identities, attribute keys, grants, contract code, requests in the form of the ledger, decisions and revocations; blocks come from nodes
/// only.
#[utoipa::path(
    post,
    path = "/v1/entries",
    tag = "ledger",
    operation_id = "submitEntry",
    request_body(content = Binary, content_type = "application/octet-stream", description = "canonical bytes of an entry"),
    responses(
        (status = 202, description = "taken in, not decided yet", body = EntryStatus, example = json!(examples::entry(EntryState::Waiting))),
        Posted
    )
)]
pub async fn submit(
    State(services): State<Arc<Services>>,
    Asked(Nothing {}): Asked<Nothing>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<EntryStatus>), Refused> {
    let entry: Entry = document(&body)?;
    if matches!(entry, Entry::ParentBlock(_) | Entry::SideBlock(_)) {
        return Err(Refusal::new(
            Code::NotFromOutside,
            "blocks are made by nodes; submit a request or a report instead",
        )
        .into());
    }
    let is_urgent = says_urgent(&entry);
    let look = move |services: &Arc<Services>| {
        let signer = Signer::of(&entry);
        let looked = services.submission.look(entry)?;
        Ok((matches!(looked, Looked::New(_)).then_some(signer), looked))
    };
    let hash = match Bringer::Somebody(&caller).checked(&services, is_urgent, look).await? {
        Looked::Known(hash) => hash,
        Looked::New(signed) => {
            let claim = Claim::from(signed.origin().clone()).on(caller.sender.connection).urgent(is_urgent);
            let taking = Arc::clone(&services);
            services.gates.entering.pass(claim, move || taking.submission.take_in(*signed)).await?
        }
    };
    Ok((StatusCode::ACCEPTED, Json(waiting(&hash))))
}

/// What became of an entry
#[utoipa::path(
    get,
    path = "/v1/entries/{hash}",
    tag = "ledger",
    operation_id = "getEntry",
    params(OfEntry, Wait),
    responses(
        (status = 200, description = "as far as this node knows", body = EntryStatus, example = json!(examples::entry(EntryState::Applied))),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn status(
    State(services): State<Arc<Services>>,
    Path(hash): Path<String>,
    Asked(wait): Asked<Wait>,
    Caller { sender, .. }: Caller,
) -> Result<Json<EntryStatus>, Refused> {
    let hash: Hash32 = id(&hash)?;
    let status = match outcome(&services, sender, hash, wait.limit()).await? {
        Outcome::Applied(place) => {
            EntryStatus { state: EntryState::Applied, height: Some(place.height.0), ..waiting(&hash) }
        }
        Outcome::Rejected(place, rejection) => EntryStatus {
            state: EntryState::Rejected,
            code: place.code,
            error: Some(reason(rejection)),
            height: Some(place.height.0),
            ..waiting(&hash)
        },
        Outcome::Refused(rejection) => EntryStatus {
            state: EntryState::Rejected,
            code: rejection.code(),
            error: Some(reason(Some(rejection))),
            ..waiting(&hash)
        },
        Outcome::TimedOut if services.chain.mempool.get(&hash).is_some() => waiting(&hash),
        Outcome::TimedOut => return Err(Refusal::not_found("entry").into()),
    };
    Ok(Json(status))
}

fn reason(rejection: Option<Rejection>) -> ApiError {
    match rejection {
        Some(rejection) => ApiError::new(refused(rejection).code.word(), rejection.to_string()),
        None => ApiError::new(Code::Rejected.word(), "it broke a rule that this node has no words for"),
    }
}

/// A registered requestor
#[utoipa::path(
    get,
    path = "/v1/identities/{requestor}",
    tag = "ledger",
    operation_id = "getIdentity",
    params(OfRequestor),
    responses(
        (status = 200, description = "her keys, role and attributes", body = IdentityView, example = json!(examples::identity())),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn identity(
    State(services): State<Arc<Services>>,
    Path(requestor): Path<String>,
    Asked(Nothing {}): Asked<Nothing>,
    Caller { sender, .. }: Caller,
) -> Result<Json<IdentityView>, Refused> {
    let requestor = id(&requestor)?;
    Ok(Json(record(&services, sender, move |services| blocks::identity(&services.chain, requestor)).await?))
}

/// Public key of an attribute
///
/// The latest that its authority published.
#[utoipa::path(
    get,
    path = "/v1/attribute-keys/{attribute}",
    tag = "ledger",
    operation_id = "getAttributeKey",
    params(OfAttribute),
    responses(
        (status = 200, description = "canonical bytes", body = Binary, content_type = "application/octet-stream"),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault)
    )
)]
pub async fn attribute_key(
    State(services): State<Arc<Services>>,
    Path(attribute): Path<String>,
    Asked(Nothing {}): Asked<Nothing>,
    Caller { sender, .. }: Caller,
) -> Result<Response, Refused> {
    let read = move |services: &Services| {
        let published = services.chain.state().attribute_key(&attribute)?;
        let published = published.ok_or_else(|| Refusal::not_found("attribute key"))?;
        Ok(AttributeKey { attribute, version: published.version, public: published.public })
    };
    Ok(binary(codec::encode(&record(&services, sender, read).await?)))
}

/// Hand in a grant with its proxy keys
///
/// The answer comes when the grant is decided and the other nodes were told.
#[utoipa::path(
    post,
    path = "/v1/proxy-keys",
    tag = "ledger",
    operation_id = "deliverProxyKey",
    request_body(content = Binary, content_type = "application/octet-stream", description = "canonical bytes of a proxy key delivery"),
    responses(
        (status = 200, description = "the grant is in force", body = EntryStatus, example = json!(examples::entry(EntryState::Applied))),
        Posted,
        (status = 503, response = Unavailable)
    )
)]
pub async fn proxy_key(
    State(services): State<Arc<Services>>,
    Asked(Nothing {}): Asked<Nothing>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<EntryStatus>, Refused> {
    let delivery: ProxyKeyDelivery = document(&body)?;
    let hash = proxy_keys::deliver(&services, &caller, delivery).await?;
    // It is done, whether or not its height can be read.
    let read = blocking(move || Ok(services.chain.views().entry(&hash)?)).await;
    let height = read.ok().flatten().map(|place| place.height.0);
    Ok(Json(EntryStatus { state: EntryState::Applied, height, ..waiting(&hash) }))
}

fn waiting(hash: &Hash32) -> EntryStatus {
    EntryStatus { entry: hash.to_string(), state: EntryState::Waiting, code: 0, error: None, height: None }
}
