//! Whether a node belongs to one's own network: found out before it is asked or told anything else.

use super::times::Kind;
use super::transport::{Call, read_bounded};
use super::{ClientError, NodeClient, NodeUrl};
use serde::Deserialize;
use std::sync::PoisonError;
use std::time::Duration;

/// Bound of a node's state in bytes.
const MAX_STATE_BYTES: u64 = 1024 * 1024;

/// What a node says of itself, as far as it is asked for here.
#[derive(Deserialize)]
struct Belonging {
    network: String,
}

impl NodeClient {
    /// Asks the nodes which network they belong to, where one's own is known, until one belongs to it. That none answers is for the next call
    /// to tell.
    ///
    /// # Errors
    /// [`ClientError::OtherNetwork`] of the first that does not, where none does.
    pub fn check_network(&self) -> Result<(), ClientError> {
        let mut strange = None;
        for node in &self.order() {
            match self.meet(node, None) {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(_)) => {}
                Err(error) => strange = strange.or(Some(error)),
            }
        }
        strange.map_or(Ok(()), Err)
    }

    /// Makes sure that a node belongs to one's own network, once; within, why it cannot be asked. One that refuses to say is asked on, and
    /// explains itself.
    pub(super) fn meet(&self, node: &NodeUrl, left: Option<Duration>) -> Result<Result<(), ureq::Error>, ClientError> {
        let Some(expected) = self.network else { return Ok(Ok(())) };
        if self.met.lock().unwrap_or_else(PoisonError::into_inner).contains(node) {
            return Ok(Ok(()));
        }
        let mut answer = match self.ask_one(node, Call { kind: Kind::Probe, ..Call::get("/v1/status") }, left)? {
            Ok(answer) if answer.status().is_success() => answer,
            Ok(_) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        };
        let bytes = match read_bounded(node, answer.body_mut(), MAX_STATE_BYTES) {
            Err(ClientError::Unreachable { .. }) => return Ok(Err(ureq::Error::Timeout(ureq::Timeout::RecvBody))),
            read => read?,
        };
        let said: Belonging = serde_json::from_slice(&bytes)
            .map_err(|e| ClientError::Answer { node: node.clone(), reason: e.to_string() })?;
        if said.network != expected.to_string() {
            return Err(ClientError::OtherNetwork { node: node.clone(), found: said.network, expected });
        }
        self.met.lock().unwrap_or_else(PoisonError::into_inner).push(node.clone());
        Ok(Ok(()))
    }
}
