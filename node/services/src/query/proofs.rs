//! Proofs that need no belief in this node: what is asked before anything is destroyed, or counts as decided.

use super::answers::{Refused, binary, malformed};
use super::asked::{Asked, Wait, id};
use super::described::Binary;
use super::described::errors::{BadRequest, Fault, NotFound, TooMany, Unavailable};
use super::described::parameters::{OfAttribute, OfBlock, OfLease, OfRequest, OfRequestor};
use crate::audit::proofs::{self, Proven};
use crate::caller::Caller;
use crate::gates::{Gate, Gates};
use crate::sender::Sender;
use crate::services::Services;
use axum::extract::{Path, State};
use axum::response::Response;
use medshare_crypto::hash::Hash32;
use medshare_ledger::codec::{self, Canonical};
use medshare_ledger::entry::MAX_ATTRIBUTE_BYTES;
use medshare_ledger::id::{BlockId, LeaseId, RequestorId};
use medshare_node_chain::Chain;
use medshare_node_net::Subnet;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;

/// Proof of an opening
///
/// Where it stands, to be verified with the genesis alone: what an agent asks before it destroys anything. What has just been decided is
/// certified by the next height, which is waited for.
#[utoipa::path(
    get,
    path = "/v1/leases/{block}/{lease}/proof",
    tag = "packages",
    operation_id = "getLeaseProof",
    params(OfBlock, OfLease, Wait),
    responses(
        (status = 200, description = "canonical bytes of the proof", body = Binary, content_type = "application/octet-stream"),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault),
        (status = 503, response = Unavailable)
    )
)]
pub async fn opening(
    State(services): State<Arc<Services>>,
    Caller { sender, .. }: Caller,
    Path((block, lease)): Path<(String, String)>,
    Asked(wait): Asked<Wait>,
) -> Result<Response, Refused> {
    let (block, lease): (BlockId, LeaseId) = (id(&block)?, id(&lease)?);
    proof(&services, |gates| &gates.pages, sender, wait, move |chain| proofs::opening(chain, block, lease)).await
}

/// Proof of a permission
///
/// Where access to a package stands, with its owner's decisions and its last violation, to be verified with the genesis alone: by it a decision
/// counts as made. What has just been decided is certified by the next height, which is waited for.
#[utoipa::path(
    get,
    path = "/v1/permissions/{block}/proof",
    tag = "packages",
    operation_id = "getPermissionProof",
    params(OfBlock, Wait),
    responses(
        (status = 200, description = "canonical bytes of the proof", body = Binary, content_type = "application/octet-stream"),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault),
        (status = 503, response = Unavailable)
    )
)]
pub async fn permission(
    State(services): State<Arc<Services>>,
    Caller { sender, .. }: Caller,
    Path(block): Path<String>,
    Asked(wait): Asked<Wait>,
) -> Result<Response, Refused> {
    let block: BlockId = id(&block)?;
    // an owner asks for it before access is ended
    proof(&services, |gates| &gates.decisions, sender, wait, move |chain| proofs::permission(chain, block)).await
}

/// Proof of a request
///
/// Whether the ledger has it, and which parent block and package answered it, to be verified with the genesis alone. What has just been decided
/// is certified by the next height, which is waited for.
#[utoipa::path(
    get,
    path = "/v1/requests/{request}/proof",
    tag = "requests",
    operation_id = "getRequestProof",
    params(OfRequest, Wait),
    responses(
        (status = 200, description = "canonical bytes of the proof", body = Binary, content_type = "application/octet-stream"),
        (status = 400, response = BadRequest),
        (status = 404, response = NotFound),
        (status = 429, response = TooMany),
        (status = 500, response = Fault),
        (status = 503, response = Unavailable)
    )
)]
pub async fn request(
    State(services): State<Arc<Services>>,
    Caller { sender, .. }: Caller,
    Path(request): Path<String>,
    Asked(wait): Asked<Wait>,
) -> Result<Response, Refused> {
    let name: Hash32 = id(&request)?;
    proof(&services, |gates| &gates.pages, sender, wait, move |chain| proofs::request(chain, name)).await
}

/// Proof of a requestor
///
/// Who she is, what she holds and how often all of it was taken away, or that nobody is registered so, to be verified with the genesis alone: by
/// it an authority issues. What has just been decided is certified by the next height, which is waited for.
#[utoipa::path(
    get,
    path = "/v1/identities/{requestor}/proof",
    tag = "ledger",
    operation_id = "getIdentityProof",
    params(OfRequestor, Wait),
    responses(
        (status = 200, description = "canonical bytes of the proof", body = Binary, content_type = "application/octet-stream"),
        (status = 400, response = BadRequest),
        (status = 429, response = TooMany),
        (status = 500, response = Fault),
        (status = 503, response = Unavailable)
    )
)]
pub async fn identity(
    State(services): State<Arc<Services>>,
    Caller { sender, .. }: Caller,
    Path(requestor): Path<String>,
    Asked(wait): Asked<Wait>,
) -> Result<Response, Refused> {
    let requestor: RequestorId = id(&requestor)?;
    proof(&services, |gates| &gates.pages, sender, wait, move |chain| proofs::identity(chain, requestor)).await
}

/// Proof of an attribute of a requestor
///
/// Its public key and the grant in force, or that there is none, to be verified with the genesis alone: by it a grant counts as made. What has
/// just been decided is certified by the next height, which is waited for.
#[utoipa::path(
    get,
    path = "/v1/grants/{requestor}/{attribute}/proof",
    tag = "ledger",
    operation_id = "getGrantProof",
    params(OfRequestor, OfAttribute, Wait),
    responses(
        (status = 200, description = "canonical bytes of the proof", body = Binary, content_type = "application/octet-stream"),
        (status = 400, response = BadRequest),
        (status = 429, response = TooMany),
        (status = 500, response = Fault),
        (status = 503, response = Unavailable)
    )
)]
pub async fn grant(
    State(services): State<Arc<Services>>,
    Caller { sender, .. }: Caller,
    Path((requestor, attribute)): Path<(String, String)>,
    Asked(wait): Asked<Wait>,
) -> Result<Response, Refused> {
    let requestor: RequestorId = id(&requestor)?;
    if attribute.len() > MAX_ATTRIBUTE_BYTES {
        return Err(malformed(format!("an attribute has at most {MAX_ATTRIBUTE_BYTES} bytes")).into());
    }
    let prove = move |chain: &Chain| proofs::grant(chain, requestor, &attribute);
    proof(&services, |gates| &gates.pages, sender, wait, prove).await
}

/// A proof that is made in turns of this gate; without a next height it shows the state before the last.
async fn proof<T: Canonical + Send + 'static>(
    services: &Arc<Services>,
    gate: fn(&Gates) -> &Gate<Subnet>,
    sender: Sender,
    wait: Wait,
    prove: impl Fn(&Chain) -> Result<Proven<T>, Refusal> + Clone + Send + 'static,
) -> Result<Response, Refused> {
    let made = || {
        let (reading, prove) = (Arc::clone(services), prove.clone());
        gate(&services.gates).pass(sender, move || prove(&reading.chain))
    };
    let mut heights = services.chain.heights();
    heights.borrow_and_update();
    let mut found = made().await;
    // before the first height nothing is certified
    let waits = match &found {
        Ok(found) => !found.is_current,
        Err(refusal) => refusal.code == Code::TooEarly,
    };
    if waits && tokio::time::timeout(wait.limit(), heights.changed()).await.is_ok() {
        found = made().await;
    }
    Ok(binary(codec::encode(&found?.proof)))
}
