//! What the parts of a running node share.

use crate::compiled_contracts::CompiledContracts;
use crate::gates::Gates;
use crate::instances::Instances;
use crate::metrics::Metrics;
use crate::peer_heights::PeerHeights;
use crate::query::bodies::Held;
use medshare_crypto::sign::SigningKey;
use medshare_genesis::config::NodeConfig;
use medshare_genesis::keys::NodeKeys;
use medshare_ledger::id::NodeId;
use medshare_node_authenticator::admission::Admission;
use medshare_node_authenticator::signed_http::Signatures;
use medshare_node_chain::Chain;
use medshare_node_consensus::Halt;
use medshare_node_net::NetworkHandle;
use medshare_node_processing::ProcessingNode;
use medshare_node_processing::packages::Packages;
use medshare_node_processing::templates::Templates;
use medshare_node_store::private::PrivateStore;
use medshare_node_submission::Submission;
use std::sync::Arc;

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
    /// How far the other nodes are.
    pub heights: Arc<PeerHeights>,
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
    /// Compiled contracts.
    pub contracts: CompiledContracts,
    /// Admission policies.
    pub admission: Admission,
    /// Fresh HTTP signatures.
    pub signatures: Signatures,
    /// Which processes speak with which key.
    pub instances: Instances,
    /// Bytes of HTTP bodies that are held.
    pub bodies: Arc<Held>,
    /// Where work for others waits its turn.
    pub gates: Gates,
    /// Counters.
    pub metrics: Metrics,
    /// Where a failed safety effect is raised.
    pub halt: Halt,
}

#[cfg(test)]
pub(crate) mod testing;
