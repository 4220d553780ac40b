//! Why a node does not start.

use crate::query::certificate::TlsError;
use crate::query::server::ServeError;
use medshare_genesis::config::ConfigError;
use medshare_genesis::difference::differences;
use medshare_genesis::key_files::KeyError;
use medshare_ledger::facts::{FactsError, GenesisFacts};
use medshare_ledger::id::NodeId;
use medshare_node_authenticator::admission::PolicyError;
use medshare_node_chain::ChainError;
use medshare_node_consensus as consensus;
use medshare_node_net::NetworkError;
use medshare_node_store::fault::StoreFault;
use medshare_node_store::home_lock::HomeLockError;
use std::path::PathBuf;

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Configuration or genesis.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The genesis breaks a rule.
    #[error("the genesis is not valid")]
    Facts(#[from] FactsError),
    /// Another process has the home.
    #[error(transparent)]
    Home(#[from] HomeLockError),
    /// The node's key file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key in the home belongs to no validator.
    #[error(
        "the node {node} is not a validator of this network's genesis; use the home that was made for this network"
    )]
    NotAValidator {
        /// NID of the key.
        node: NodeId,
    },
    /// The key file's key for connections.
    #[error("the node's key file holds a key for connections that cannot be used; bring the file back from a backup")]
    NetworkKey,
    /// Something in the configuration is not an address.
    #[error("{} is not valid: {place}the key `{key}`: expected {expected}, got {text:?}", path.display())]
    Address {
        /// The configuration's file.
        path: PathBuf,
        /// Its line there, where it was found.
        place: String,
        /// Which key.
        key: &'static str,
        /// Its value.
        text: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A source whose data set is not clear.
    #[error("{} is not valid: [[sources]] for the data set {dataset}: {reason}", path.display())]
    Source {
        /// The configuration's file.
        path: PathBuf,
        /// The data set's name there.
        dataset: String,
        /// What is wrong.
        reason: String,
    },
    /// The built-in admission policies.
    #[error(transparent)]
    Admission(#[from] PolicyError),
    /// The operator's admission policies.
    #[error("the admission policies in {} cannot be used", path.display())]
    AdmissionFile {
        /// Their file.
        path: PathBuf,
        /// Why.
        #[source]
        source: PolicyError,
    },
    /// The chain.
    #[error(transparent)]
    Chain(ChainError),
    /// The genesis is not the one that the log began with.
    #[error(
        "genesis.toml of this home is not the one that the batches in {} began with: {differences}; put back the one that every other node of that network has",
        log.display()
    )]
    OtherGenesis {
        /// Folder of the log.
        log: PathBuf,
        /// What differs.
        differences: String,
    },
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// The network between nodes.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The thread of consensus.
    #[error("this machine gives the node no further thread; see its limit of processes")]
    Thread(#[source] std::io::Error),
    /// Consensus.
    #[error(transparent)]
    Consensus(#[from] consensus::StartError),
    /// HTTP.
    #[error(transparent)]
    Http(#[from] ServeError),
    /// HTTPS.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl StartError {
    /// Why the chain of a network with these facts does not open; of another genesis it is said what differs.
    pub(super) fn of_chain(error: ChainError, stated: &GenesisFacts) -> Self {
        match error {
            ChainError::OtherNetwork { log, founded: Some(founded), .. } => {
                Self::OtherGenesis { log, differences: differences(&founded, stated).join("; ") }
            }
            other => Self::Chain(other),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use medshare_node_processing::progress::Progress;

    #[test]
    fn damage_of_what_no_log_implies_is_not_told_as_damage_of_views() {
        let reason = "its bytes make no sense; bring back a backup of it".to_owned();
        let opened: Result<Progress, _> = Err(StoreFault::Damaged { path: "private".into(), reason });
        let told = opened.map_err(StartError::from).map(|_| ()).unwrap_err().to_string();
        assert_eq!(told, "private is damaged: its bytes make no sense; bring back a backup of it");
    }
}
