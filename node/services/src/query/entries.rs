//! Entries, identities and keys.

use super::answers::{Refused, Wait, binary, document, id};
use crate::audit::blocks;
use crate::proxy_keys;
use crate::services::Services;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{EntryStatus, IdentityView};
use medshare_exchange::proxy_key::ProxyKeyDelivery;
use medshare_ledger::codec;
use medshare_ledger::entry::{AttributeKey, Entry};
use medshare_node_chain::Outcome;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;

/// Submits an entry; blocks come from nodes only.
#[utoipa::path(post, path = "/v1/entries", request_body(content_type = "application/octet-stream", description = "canonical bytes of an entry"), responses((status = 202, body = EntryStatus)))]
pub async fn submit(
    State(services): State<Arc<Services>>,
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
    let hash = services.submission.submit(entry)?;
    Ok((StatusCode::ACCEPTED, Json(waiting(&hash))))
}

/// What became of an entry.
#[utoipa::path(get, path = "/v1/entries/{hash}", params(("hash" = String, Path), ("wait_ms" = Option<u64>, Query)), responses((status = 200, body = EntryStatus), (status = 404)))]
pub async fn status(
    State(services): State<Arc<Services>>,
    Path(hash): Path<String>,
    Query(wait): Query<Wait>,
) -> Result<Json<EntryStatus>, Refused> {
    let hash: Hash32 = id(&hash)?;
    let status = match services.chain.outcome(&hash, wait.limit()).await? {
        Outcome::Applied(place) => {
            EntryStatus { state: "applied".to_owned(), height: Some(place.height.0), ..waiting(&hash) }
        }
        Outcome::Rejected(place, rejection) => EntryStatus {
            state: "rejected".to_owned(),
            code: place.code,
            message: rejection.map(|r| r.to_string()),
            height: Some(place.height.0),
            ..waiting(&hash)
        },
        Outcome::TimedOut if services.chain.mempool.get(&hash).is_some() => waiting(&hash),
        Outcome::TimedOut => return Err(Refusal::not_found("entry").into()),
    };
    Ok(Json(status))
}

/// A registered requestor.
#[utoipa::path(get, path = "/v1/identities/{requestor}", params(("requestor" = String, Path)), responses((status = 200, body = IdentityView), (status = 404)))]
pub async fn identity(
    State(services): State<Arc<Services>>,
    Path(requestor): Path<String>,
) -> Result<Json<IdentityView>, Refused> {
    Ok(Json(blocks::identity(&services.chain, id(&requestor)?)?))
}

/// Public key of an attribute, as canonical bytes.
#[utoipa::path(get, path = "/v1/attribute-keys/{attribute}", params(("attribute" = String, Path)), responses((status = 200, content_type = "application/octet-stream"), (status = 404)))]
pub async fn attribute_key(
    State(services): State<Arc<Services>>,
    Path(attribute): Path<String>,
) -> Result<Response, Refused> {
    let record =
        services.chain.state().attribute_key(&attribute)?.ok_or_else(|| Refusal::not_found("attribute key"))?;
    let key = AttributeKey { attribute, version: record.version, public: record.public };
    Ok(binary(codec::encode(&key)))
}

/// An authority's grant with its sealed proxy keys.
#[utoipa::path(post, path = "/v1/proxy-keys", request_body(content_type = "application/octet-stream", description = "canonical bytes of a proxy key delivery"), responses((status = 200, body = EntryStatus)))]
pub async fn proxy_key(State(services): State<Arc<Services>>, body: Bytes) -> Result<Json<EntryStatus>, Refused> {
    let delivery: ProxyKeyDelivery = document(&body)?;
    let hash = proxy_keys::deliver(&services, delivery).await?;
    let height = services.chain.views().entry(&hash)?.map(|place| place.height.0);
    Ok(Json(EntryStatus { state: "applied".to_owned(), height, ..waiting(&hash) }))
}

fn waiting(hash: &Hash32) -> EntryStatus {
    EntryStatus { entry: hash.to_string(), state: "waiting".to_owned(), code: 0, message: None, height: None }
}
