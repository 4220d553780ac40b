//! What the parts of a running node share.

use crate::gates::Gates;
use crate::instances::Instances;
use crate::memories::Memories;
use crate::metrics::Metrics;
use crate::others::Others;
use crate::rooms::{Bodies, Unread};
use crate::under_way::UnderWay;
use crate::under_way::places::Places;
use medshare_crypto::sign::SigningKey;
use medshare_genesis::config::NodeConfig;
use medshare_genesis::keys::NodeKeys;
use medshare_ledger::id::{Label, NodeId, RequestorId};
use medshare_node_authenticator::admission::Admission;
use medshare_node_authenticator::signed_http::Signatures;
use medshare_node_chain::Chain;
use medshare_node_consensus::{Halt, Progress};
use medshare_node_net::NetworkHandle;
use medshare_node_processing::ProcessingNode;
use medshare_node_processing::packages::Packages;
use medshare_node_processing::templates::Templates;
use medshare_node_store::private::PrivateStore;
use medshare_node_submission::Submission;
use std::sync::{Arc, OnceLock};
use tokio::sync::watch;

/// Everything that handlers need.
pub struct Services {
    /// NID of this node.
    pub node: NodeId,
    /// Configuration.
    pub config: NodeConfig,
    /// The node's keys.
    pub keys: Arc<NodeKeys>,
    /// Key of votes, blocks and validations.
    pub signing: Arc<SigningKey>,
    /// How the other nodes are.
    pub others: Arc<Others>,
    /// How consensus gets on, once it has started.
    pub progress: OnceLock<watch::Receiver<Progress>>,
    /// The chain.
    pub chain: Arc<Chain>,
    /// The other nodes.
    pub network: NetworkHandle,
    /// The way onto the ledger.
    pub submission: Arc<Submission>,
    /// What the ledger does not imply.
    pub private: Arc<PrivateStore>,
    /// Finished packages.
    pub packages: Arc<Packages>,
    /// What works on the requests for this node's owner.
    pub processing: Arc<ProcessingNode>,
    /// What other nodes' packages have in common, as this node validated it.
    pub templates: Templates,
    /// What other nodes said a while ago.
    pub memories: Memories,
    /// Openings and reports that are being worked on.
    pub under_way: UnderWay,
    /// Requests that are being handed on to their owners' nodes.
    pub handed_on: Places<(NodeId, RequestorId)>,
    /// Proxy keys that are being taken in.
    pub deliveries: Places<Label>,
    /// Admission policies.
    pub admission: Admission,
    /// Fresh HTTP signatures.
    pub signatures: Signatures,
    /// Which processes speak with which key.
    pub instances: Instances,
    /// Bytes of HTTP bodies that are held.
    pub bodies: Bodies,
    /// Bytes of HTTP answers that were not read yet.
    pub unread: Unread,
    /// Where work for others waits its turn.
    pub gates: Gates,
    /// Counters.
    pub metrics: Metrics,
    /// Where a failed safety effect is raised.
    pub halt: Halt,
}

impl Services {
    /// Whether this node does not vote for now.
    #[must_use]
    pub fn abstains(&self) -> bool {
        self.progress.get().is_some_and(|progress| progress.borrow().abstains)
    }
}

#[cfg(test)]
pub(crate) mod testing;
