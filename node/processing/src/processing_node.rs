//! What a processing node works with, from the owner's sources to the way onto the ledger.

use crate::packages::Packages;
use crate::policy_keys::PolicyKeys;
use crate::prepared_sets::{DataSetKey, PreparedSets};
use crate::progress::Progress;
use crate::second_nodes::SecondNodes;
use crate::working::Working;
use medshare_crypto::sign::SigningKey;
use medshare_deid::DeidConfig;
use medshare_genesis::keys::NodeKeys;
use medshare_ledger::id::NodeId;
use medshare_node_chain::Chain;
use medshare_node_net::NetworkHandle;
use medshare_node_sources::Connector;
use medshare_node_submission::Submission;
use std::collections::HashMap;
use std::sync::Arc;

/// The owner's node in its work on requests.
pub struct ProcessingNode {
    /// NID of this node.
    pub node: NodeId,
    /// The node's keys, of which contract keys are derived.
    pub keys: Arc<NodeKeys>,
    /// Key of blocks.
    pub signing: Arc<SigningKey>,
    /// The chain.
    pub chain: Arc<Chain>,
    /// The other nodes, one of which validates.
    pub network: NetworkHandle,
    /// The way onto the ledger.
    pub submission: Arc<Submission>,
    /// Finished packages.
    pub packages: Arc<Packages>,
    /// How far requests are.
    pub progress: Progress,
    /// Sources by data set.
    pub connectors: HashMap<DataSetKey, Arc<dyn Connector>>,
    /// De-identification as the operator configured it, by data set.
    pub deid_configs: HashMap<DataSetKey, DeidConfig>,
    /// Data sets as far as their packages have them in common.
    pub prepared: PreparedSets,
    /// Encryption under policies.
    pub policy_keys: PolicyKeys,
    /// How many requests are worked on at once.
    pub working: Working,
    /// Who validates.
    pub second_nodes: SecondNodes,
}
