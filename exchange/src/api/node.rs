//! How a node is.

use super::WrongClock;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// State of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeStatus {
    /// Name of the node in its network.
    pub name: String,
    /// NID.
    pub node: String,
    /// Organisation that runs it.
    pub organisation: String,
    /// Network id.
    pub network: String,
    /// Height of the last committed batch.
    pub height: u64,
    /// Batches behind what an honest one of the other nodes says that it has.
    pub lag: u64,
    /// State root after the last committed batch.
    pub state_root: String,
    /// Entries in the history.
    pub history_size: u64,
    /// Entries waiting to be ordered.
    pub waiting_entries: usize,
    /// By how many milliseconds this node's clock is ahead of the other nodes', negative when behind; absent while too few of them
    /// have told theirs.
    pub clock_ahead_ms: Option<i64>,
    /// What is wrong with this node's clock, if it looks so.
    pub clock: Option<WrongClock>,
    /// Peers.
    pub peers: Vec<PeerState>,
    /// What its operator should look at.
    #[serde(default)]
    pub troubles: Vec<Trouble>,
    /// Version of the software.
    pub version: String,
}

/// Something that an operator should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Trouble {
    /// `other-network`, `two-processes`, `own-key-twice` or `abstains`.
    pub code: String,
    /// NID of the node that it is seen at, or that tells of it.
    pub node: String,
    /// What it is and what to do.
    pub message: String,
}

/// A peer as this node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeerState {
    /// NID.
    pub node: String,
    /// Whether a connection to a node of this network stands.
    pub connected: bool,
}

/// Whether a node can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// How far it is.
    pub state: HealthState,
}

/// How far a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HealthState {
    /// The process runs.
    Live,
    /// It takes part.
    Ready,
}
