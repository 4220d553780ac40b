//! What another node handed on, answered.

use super::forwarding::{Forwardable, Forwarded};
use super::status::{Asking, not_arrived, status_here};
use super::submit_here;
use crate::gates::Bringer;
use crate::reports;
use crate::services::Services;
use medshare_ledger::codec;
use medshare_ledger::id::NodeId;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;
use std::time::Duration;

/// Answers what another node handed on.
pub async fn answer(services: &Arc<Services>, from: NodeId, bytes: &[u8]) -> Vec<u8> {
    let (from, asking) = (Bringer::Node(from), Asking::Node(from));
    let answer = match codec::decode::<Forwarded>(bytes) {
        Err(error) => Err(Refusal::new(Code::Malformed, error.to_string())),
        Ok(Forwarded::Submit(signed)) => submit_here(services, from, signed).await.and_then(|status| json(&status)),
        Ok(Forwarded::Status { request, wait_ms, .. }) => {
            match status_here(services, asking, request, Duration::from_millis(wait_ms)).await {
                Ok(Some(status)) => json(&status),
                Ok(None) => Err(not_arrived()),
                Err(refusal) => Err(refusal),
            }
        }
        Ok(Forwarded::Report(envelope)) => reports::take(services, from, envelope).await.and_then(|made| json(&made)),
    };
    codec::encode::<Forwardable>(&answer)
}

fn json(value: &impl serde::Serialize) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|e| Refusal::fault(&e))
}
