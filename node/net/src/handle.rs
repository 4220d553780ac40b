//! How the rest of the node uses the network.

use std::sync::PoisonError;

use bytes::Bytes;
use medshare_ledger::id::NodeId;
use tokio::sync::{mpsc, oneshot};

use super::budget::Share;
use super::peers::{PeerStatus, Statuses};
use super::protocol::Protocol;

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// Not one of the network's nodes, or this one.
    #[error("node {node} is not one of the other nodes of this network")]
    UnknownNode {
        /// The node.
        node: NodeId,
    },
    /// No connection.
    #[error("node {node} is not connected; it is being dialled")]
    NotConnected {
        /// The node.
        node: NodeId,
    },
    /// Longer than the protocol allows.
    #[error("a message of {bytes} bytes is longer than the {limit} that its protocol allows")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The longest.
        limit: usize,
    },
    /// Too many questions to that node are under way.
    #[error("too many questions to node {node} are under way")]
    Busy {
        /// The node.
        node: NodeId,
    },
    /// No answer in time.
    #[error("node {node} did not answer in time")]
    TimedOut {
        /// The node.
        node: NodeId,
    },
    /// The connection broke, or the node refused.
    #[error("node {node} gave no answer: {reason}")]
    NoAnswer {
        /// The node.
        node: NodeId,
        /// What is known.
        reason: String,
    },
    /// The network of this node has been stopped.
    #[error("the network of this node has been stopped")]
    Stopped,
}

/// A question of another node.
#[derive(Debug)]
pub struct Incoming {
    /// Who asks.
    pub from: NodeId,
    /// What kind of question.
    pub protocol: Protocol,
    /// The question.
    pub bytes: Bytes,
    /// Takes the answer; dropped, the asking node learns that there is none.
    pub reply: oneshot::Sender<Vec<u8>>,
    /// Memory that the question takes from the node's budget, until this is dropped.
    pub share: Share,
}

pub(super) type AnswerTo = oneshot::Sender<Result<Bytes, NetError>>;

pub(super) enum Command {
    Ask { node: NodeId, protocol: Protocol, own: Bytes, bytes: Bytes, answer: AnswerTo },
    Tell { protocol: Protocol, bytes: Bytes },
}

/// Asks other nodes; clones share one network, which stops when the last is dropped.
#[derive(Clone, Debug)]
pub struct NetworkHandle {
    commands: mpsc::Sender<Command>,
    statuses: Statuses,
}

impl NetworkHandle {
    pub(super) fn new(commands: mpsc::Sender<Command>, statuses: Statuses) -> Self {
        Self { commands, statuses }
    }

    /// Asks `node` and waits for the answer, as long as the protocol allows. Whoever stops waiting before leaves its place to the next
    /// question.
    ///
    /// # Errors
    /// [`NetError`] when there is none.
    pub async fn request(&self, node: NodeId, protocol: Protocol, bytes: impl Into<Bytes>) -> Result<Bytes, NetError> {
        self.request_behind(Bytes::new(), node, protocol, bytes).await
    }

    /// The same with bytes in front of the question that are this node's `own`, while several nodes are asked the rest: that is in memory
    /// once.
    ///
    /// # Errors
    /// [`NetError`] when there is no answer.
    pub async fn request_behind(
        &self,
        own: impl Into<Bytes>,
        node: NodeId,
        protocol: Protocol,
        bytes: impl Into<Bytes>,
    ) -> Result<Bytes, NetError> {
        let (own, bytes) = (own.into(), bytes.into());
        check_length(protocol, own.len().saturating_add(bytes.len()))?;
        let (answer, answered) = oneshot::channel();
        let command = Command::Ask { node, protocol, own, bytes, answer };
        self.commands.send(command).await.map_err(|_| NetError::Stopped)?;
        match tokio::time::timeout(protocol.timeout(), answered).await {
            Ok(result) => result.unwrap_or(Err(NetError::Stopped)),
            Err(_) => Err(NetError::TimedOut { node }),
        }
    }

    /// Sends to every connected node, without waiting; who is not connected or too busy goes without.
    ///
    /// # Errors
    /// When the message is too long or the network has stopped.
    pub async fn broadcast(&self, protocol: Protocol, bytes: impl Into<Bytes>) -> Result<(), NetError> {
        let bytes = bytes.into();
        check_length(protocol, bytes.len())?;
        self.commands.send(Command::Tell { protocol, bytes }).await.map_err(|_| NetError::Stopped)
    }

    /// Another node.
    #[must_use]
    pub fn peer(&self, node: NodeId) -> Option<PeerStatus> {
        self.statuses.read().unwrap_or_else(PoisonError::into_inner).get(&node).copied()
    }

    /// The other nodes, ordered by id.
    #[must_use]
    pub fn peers(&self) -> Vec<PeerStatus> {
        self.statuses.read().unwrap_or_else(PoisonError::into_inner).values().copied().collect()
    }
}

fn check_length(protocol: Protocol, bytes: usize) -> Result<(), NetError> {
    let limit = protocol.max_request_bytes();
    if bytes > limit { Err(NetError::TooLong { bytes, limit }) } else { Ok(()) }
}
