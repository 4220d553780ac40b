//! What the parts of a running node share.

use crate::authenticator::admission::Admission;
use crate::authenticator::signed_http::SignatureCheck;
use crate::chain::Chain;
use crate::connectors::Connector;
use crate::consensus::fault::Halt;
use crate::metrics::Metrics;
use crate::net::NetworkHandle;
use crate::packages::Packages;
use crate::peer_heights::PeerHeights;
use crate::private::PrivateStore;
use crate::processing::policy_keys::PolicyKeys;
use crate::processing::prepared_sets::PreparedSets;
use crate::processing::progress::Progress;
use crate::processing::validation::Templates;
use crate::refusal::{Code, Refusal};
use crate::submission::Submission;
use medshare_contract_host::{Contract, Sandbox};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::sign::SigningKey;
use medshare_deid::DeidConfig;
use medshare_genesis::config::NodeConfig;
use medshare_genesis::keys::NodeKeys;
use medshare_ledger::id::NodeId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

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
    pub heights: PeerHeights,
    /// The chain.
    pub chain: Arc<Chain>,
    /// The other nodes.
    pub network: NetworkHandle,
    /// The way onto the ledger.
    pub submission: Submission,
    /// What the ledger does not imply.
    pub private: Arc<PrivateStore>,
    /// Finished packages.
    pub packages: Packages,
    /// How far requests are.
    pub progress: Progress,
    /// Sources by data set.
    pub connectors: HashMap<String, Arc<dyn Connector>>,
    /// De-identification as the operator configured it, by data set.
    pub deid_configs: HashMap<String, DeidConfig>,
    /// Data sets as far as their packages have them in common.
    pub prepared: PreparedSets,
    /// What other nodes' packages have in common, as this node validated it.
    pub templates: Templates,
    /// Encryption under policies.
    pub policy_keys: PolicyKeys,
    /// Compiled contracts.
    pub contracts: CompiledContracts,
    /// Admission policies.
    pub admission: Admission,
    /// Fresh HTTP signatures.
    pub signatures: SignatureCheck,
    /// How many requests are worked on at once.
    pub working: Arc<Semaphore>,
    /// Counters.
    pub metrics: Metrics,
    /// Where a failed safety effect is raised.
    pub halt: Halt,
    /// Whose turn it is to validate.
    pub turn: AtomicUsize,
}

impl Services {
    /// The other validators.
    #[must_use]
    pub fn peers(&self) -> Vec<NodeId> {
        let validators = self.chain.facts().validators().as_slice();
        validators.iter().map(|v| v.id).filter(|id| *id != self.node).collect()
    }

    /// Nodes of other organisations, connected ones first, starting at another one each time.
    #[must_use]
    pub fn second_nodes(&self) -> Vec<NodeId> {
        let validators = self.chain.facts().validators();
        let own = validators.get(self.node).map(|v| v.organisation.clone());
        let others = validators.as_slice().iter().filter(|v| Some(&v.organisation) != own.as_ref());
        let mut nodes: Vec<NodeId> = others.map(|v| v.id).collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        if !nodes.is_empty() {
            let shift = turn % nodes.len();
            nodes.rotate_left(shift);
        }
        let connected: Vec<NodeId> = self.network.peers().iter().filter(|p| p.connected).map(|p| p.node).collect();
        nodes.sort_by_key(|node| !connected.contains(node));
        nodes
    }
}

/// Most contracts kept compiled.
const MAX_COMPILED: usize = 256;

/// Usage contracts, compiled once each.
pub struct CompiledContracts {
    sandbox: Sandbox,
    compiled: Mutex<HashMap<Hash32, Contract>>,
}

impl CompiledContracts {
    /// None compiled yet.
    ///
    /// # Errors
    /// When this machine cannot run contracts.
    pub fn new() -> Result<Self, medshare_contract_host::CodeRejection> {
        Ok(Self { sandbox: Sandbox::new()?, compiled: Mutex::default() })
    }

    /// The compiled contract with this code.
    ///
    /// # Errors
    /// [`Refusal`] when the code breaks a rule for contracts.
    pub fn get(&self, code: &[u8]) -> Result<Contract, Refusal> {
        let hash = sha256(code);
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(contract) = compiled.get(&hash) {
            return Ok(contract.clone());
        }
        if compiled.len() >= MAX_COMPILED {
            compiled.clear();
        }
        let contract = self.sandbox.compile(code).map_err(|e| Refusal::new(Code::BadContract, e.to_string()))?;
        compiled.insert(hash, contract.clone());
        Ok(contract)
    }
}

#[cfg(test)]
pub(crate) mod testing;
