//! Whether a node belongs to one's own network: found out before it is asked or told anything else.

use super::times::Kind;
use super::transport::{Call, parsed, read_bounded};
use super::{ClientError, NodeClient, NodeUrl};
use medshare_ledger::id::NetworkId;
use serde::Deserialize;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;
use ureq::Error;

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

    /// Makes sure that a node that the user named belongs to one's own network, once; within, why it cannot be asked. One that refuses to say
    /// is asked on, and explains itself.
    pub(super) fn meet(&self, node: &NodeUrl, left: Option<Duration>) -> Result<Result<(), Error>, ClientError> {
        let Some(expected) = self.network else { return Ok(Ok(())) };
        if self.met().contains(node) {
            return Ok(Ok(()));
        }
        match self.network_of(node, left)? {
            Ok(Some(found)) => self.know(node, found, expected).map(Ok),
            Ok(None) => Ok(Ok(())),
            Err(error) => Ok(Err(error)),
        }
    }

    /// The same of a node to which `from` points. Whoever runs that one chose what stands there, so that only an answer that names the
    /// network counts: one's own, or that of `from` where one's own is not known.
    pub(super) fn meet_through(
        &self,
        from: &NodeUrl,
        node: &NodeUrl,
        left: Option<Duration>,
    ) -> Result<Result<(), Error>, ClientError> {
        if self.nodes.contains(node) {
            return self.meet(node, left);
        }
        if self.met().contains(node) {
            return Ok(Ok(()));
        }
        let found = match self.network_of(node, left)? {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(Err(stranger())),
            Err(error) => return Ok(Err(error)),
        };
        if let Some(expected) = self.network {
            return self.know(node, found, expected).map(Ok);
        }
        let of_from = self.network_of(from, left)?;
        Ok(of_from.and_then(|expected| if expected == Some(found) { Ok(()) } else { Err(stranger()) }))
    }

    /// The network that a node says it belongs to; none where it refuses to say.
    fn network_of(&self, node: &NodeUrl, left: Option<Duration>) -> Result<Result<Option<String>, Error>, ClientError> {
        let mut answer = match self.ask_one(node, Call { kind: Kind::Probe, ..Call::get("/v1/status") }, left)? {
            Ok(answer) if answer.status().is_success() => answer,
            Ok(_) => return Ok(Ok(None)),
            Err(error) => return Ok(Err(error)),
        };
        let bytes = match read_bounded(node, answer.body_mut(), MAX_STATE_BYTES) {
            Err(ClientError::Unreachable { .. }) => return Ok(Err(Error::Timeout(ureq::Timeout::RecvBody))),
            read => read?,
        };
        let said: Belonging = parsed(node.clone(), &bytes)?;
        Ok(Ok(Some(said.network)))
    }

    /// Remembers a node that says that it belongs to one's own network.
    fn know(&self, node: &NodeUrl, found: String, expected: NetworkId) -> Result<(), ClientError> {
        if found != expected.to_string() {
            return Err(ClientError::OtherNetwork { node: node.clone(), found, expected });
        }
        self.met().push(node.clone());
        Ok(())
    }

    fn met(&self) -> MutexGuard<'_, Vec<NodeUrl>> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stranger() -> Error {
    Error::BadUri("it points to something that does not say that it belongs to the network".to_owned())
}
