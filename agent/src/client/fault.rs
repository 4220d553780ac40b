//! Why a call to a node failed.

use super::{NodeUrl, Said, Unproven};
use medshare_exchange::api::{ApiError, EntryStatus};
use medshare_ledger::id::NetworkId;
use std::fmt;

/// A node that could not be asked, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    /// The node.
    pub node: NodeUrl,
    /// What happened, in words.
    pub reason: String,
    /// Whether the call may have arrived there all the same.
    pub may_have_arrived: bool,
    /// Whether something answers there that is not spoken to as it should be: another scheme, a certificate that does not fit.
    pub is_misdirected: bool,
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.node, self.reason)
    }
}

/// HTTP status of a node that is asked more than it can do now.
pub(super) const TOO_MANY: u16 = 429;

/// Why a call to a node failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No node was named.
    #[error("no node is named")]
    NoNode,
    /// The file with the certificate authority is none.
    #[error("the certificate authority's file holds no PEM certificate")]
    Certificate,
    /// None of the nodes answered.
    #[error("no node answers: {}", list(tried))]
    Unreachable {
        /// Each node tried.
        tried: Vec<Unreached>,
    },
    /// The owner's node did not answer; others did, which do not serve the owner.
    #[error("the owner's node does not answer: {}; {}", list(tried), serve_others(others))]
    OwnersNode {
        /// Each node that did not answer.
        tried: Vec<Unreached>,
        /// Each node that serves other owners.
        others: Vec<NodeUrl>,
    },
    /// The node belongs to another network than one's own.
    #[error("the node {node} belongs to the network {found}, and the genesis file is of the network {expected}")]
    OtherNetwork {
        /// The node.
        node: NodeUrl,
        /// The network that it belongs to.
        found: String,
        /// One's own.
        expected: NetworkId,
    },
    /// The node answered with an error.
    #[error("{}", error.message)]
    Refused {
        /// The node.
        node: NodeUrl,
        /// HTTP status.
        status: u16,
        /// What it says.
        error: Box<ApiError>,
    },
    /// The node's answer is not what the interface promises.
    #[error("the answer of {node} is not understood: {reason}")]
    Answer {
        /// The node.
        node: NodeUrl,
        /// What is wrong with it.
        reason: String,
    },
    /// The node's answer is longer than what is accepted.
    #[error("the answer of {node} is longer than the {limit} bytes that are accepted")]
    TooLong {
        /// The node.
        node: NodeUrl,
        /// The bound in bytes.
        limit: u64,
    },
    /// The request cannot be signed.
    #[error("the request to the node cannot be signed")]
    Unsignable,
    /// What was downloaded cannot be stored.
    #[error("what was downloaded cannot be written")]
    Store(#[from] std::io::Error),
    /// The network decided against an entry.
    #[error("the network rejected the entry: {}", said(status.error.as_ref()))]
    Rejected {
        /// The decision.
        status: Box<EntryStatus>,
    },
    /// The network did not decide in time.
    #[error("the network has not decided on the entry {entry} after {waited_ms} ms")]
    Undecided {
        /// Hash of the entry.
        entry: String,
        /// How long was waited, in milliseconds.
        waited_ms: u64,
    },
    /// Nodes prove how the ledger stood, and none how it stands now.
    #[error("no node proves how the ledger stands now: {unproven}")]
    OldState {
        /// Who proves what.
        unproven: Unproven,
    },
    /// No node says that it took what was handed to each.
    #[error("no node took it{}", in_words(said))]
    Untaken {
        /// What each said.
        said: Vec<Said>,
    },
    /// No node proves that what was handed in stands on the ledger.
    #[error("no node proves that what was handed in stands on the ledger: {unproven}{}", in_words(said))]
    Unconfirmed {
        /// Hash of the entry.
        entry: String,
        /// Who proves what.
        unproven: Unproven,
        /// What each said that was handed it.
        said: Vec<Said>,
    },
}

impl ClientError {
    /// The word for machines that the node gave, where it gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { error, .. } => Some(&error.code),
            _ => None,
        }
    }

    /// Whether no node of the network said anything about the matter, so that asking again later may help.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::OwnersNode { .. } | Self::OtherNetwork { .. } => true,
            Self::Refused { status, .. } => *status == TOO_MANY || *status >= 500,
            _ => false,
        }
    }

    /// Of the failures of two nodes what is told: the first that says something about the matter, else the first that says why it cannot,
    /// else all that cannot be asked.
    #[must_use]
    pub fn beside(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unreachable { mut tried }, Self::Unreachable { tried: more }) => {
                tried.extend(more);
                Self::Unreachable { tried }
            }
            (first, second) if first.is_unreachable() && !second.is_unreachable() => second,
            // that the call may have arrived is not forgotten
            (first @ (Self::Unreachable { .. } | Self::OwnersNode { .. }), second @ Self::Refused { .. })
                if second.may_have_arrived() || !first.may_have_arrived() =>
            {
                second
            }
            (first, _) => first,
        }
    }

    /// Whether a call that failed may have been taken by a node whose answer is lost.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Unreachable { tried } | Self::OwnersNode { tried, .. } => {
                tried.iter().any(|node| node.may_have_arrived)
            }
            Self::Answer { .. } | Self::TooLong { .. } => true,
            Self::Refused { status, .. } => *status >= 500,
            _ => false,
        }
    }
}

/// The words of a reason that a node gave.
pub(crate) fn said(error: Option<&ApiError>) -> &str {
    error.map_or("no reason given", |error| error.message.as_str())
}

fn in_words(said: &[Said]) -> String {
    said.iter()
        .map(|Said { node, refusal }| match refusal {
            Some(refusal) => format!("; {node} says: {refusal}"),
            None => format!("; {node} says that it is done"),
        })
        .collect()
}

fn serve_others(nodes: &[NodeUrl]) -> String {
    let names = nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if nodes.len() == 1 { format!("{names} serves other owners") } else { format!("{names} serve other owners") }
}

fn list(tried: &[Unreached]) -> String {
    tried.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn silent(may_have_arrived: bool) -> ClientError {
        let node = "http://127.0.0.1:1".parse().unwrap();
        let reason = "it is away".to_owned();
        ClientError::Unreachable { tried: vec![Unreached { node, reason, may_have_arrived, is_misdirected: false }] }
    }

    fn says(status: u16, code: &str) -> ClientError {
        let node = "http://127.0.0.1:2".parse().unwrap();
        ClientError::Refused { node, status, error: Box::new(ApiError::new(code, "in words")) }
    }

    #[test]
    fn a_node_that_says_why_it_cannot_serve_tells_more_than_one_that_is_silent() {
        let away = || says(503, "owners-node-away");
        assert_eq!(silent(false).beside(away()).code(), Some("owners-node-away"));
        assert_eq!(silent(true).beside(away()).code(), Some("owners-node-away"));
        assert_eq!(away().beside(silent(true)).code(), Some("owners-node-away"));
        assert_eq!(away().beside(says(403, "revoked")).code(), Some("revoked"));
        assert_eq!(silent(false).beside(says(429, "too-many-requests")).code(), Some("too-many-requests"));
        assert!(silent(true).beside(says(429, "too-many-requests")).may_have_arrived(), "that it may be there stays");
    }
}
