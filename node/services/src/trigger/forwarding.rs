//! What a node asks an owner's node on behalf of people, and how the answer comes back.

use crate::services::Services;
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;
use medshare_exchange::report::ReportEnvelope;
use medshare_exchange::request::SignedRequest;
use medshare_ledger::codec;
use medshare_ledger::facts::Owner;
use medshare_ledger::id::OwnerId;
use medshare_node_net::Protocol;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;

/// What nodes ask each other on behalf of people.
#[derive(Encode, Decode)]
pub(super) enum Forwarded {
    Submit(SignedRequest),
    Status { owner: OwnerId, request: Hash32, wait_ms: u64 },
    Report(ReportEnvelope),
}

/// The answer to a forwarded question: JSON, or a refusal.
pub(super) type Forwardable = Result<String, Refusal>;

/// Asks the owner's node.
///
/// # Errors
/// [`Refusal`] of that node, or because it cannot be reached.
pub(super) async fn forward<T: serde::de::DeserializeOwned>(
    services: &Arc<Services>,
    owner: &Owner,
    protocol: Protocol,
    question: &Forwarded,
) -> Result<T, Refusal> {
    let away = || {
        let message = format!("the node of {} cannot be reached now; try again, or ask it directly", owner.name);
        Refusal::new(Code::OwnersNodeAway, message)
    };
    let bytes = codec::encode(question);
    let answer = services.network.request(owner.node, protocol, bytes).await.map_err(|_| away())?;
    let text = codec::decode::<Forwardable>(&answer).map_err(|_| away())??;
    serde_json::from_str(&text).map_err(|_| away())
}
