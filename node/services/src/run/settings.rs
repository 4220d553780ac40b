//! What the configuration says, as the parts of a node take it.

use super::error::StartError;
use medshare_deid::DeidConfig;
use medshare_genesis::config::{ConfigError, NodeConfig, PeerConfig};
use medshare_genesis::keys::NodeKeys;
use medshare_node_authenticator::admission::Admission;
use medshare_node_net::{Keypair, Multiaddr, Peer};
use medshare_node_sources::Connector;
use medshare_node_sources::folder::FolderConnector;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The key of this node's connections.
pub(super) fn network_keypair(keys: &NodeKeys, config: &NodeConfig) -> Result<Keypair, StartError> {
    keys.network_keypair().ok_or_else(|| StartError::Address {
        field: "network key",
        name: config.name.clone(),
        reason: "the key file's network key is not usable".to_owned(),
    })
}

/// An address in the configuration.
pub(super) fn address(text: &str, field: &'static str, name: &str) -> Result<Multiaddr, StartError> {
    text.parse::<Multiaddr>().map_err(|e| StartError::Address {
        field,
        name: name.to_owned(),
        reason: format!("{e}; expected an address like /ip4/127.0.0.1/tcp/7000"),
    })
}

/// Where a peer takes part in consensus.
pub(super) fn consensus_peer(peer: &PeerConfig) -> Result<Multiaddr, StartError> {
    address(&format!("{}/p2p/{}", peer.consensus, peer.peer_id), "consensus", &peer.name)
}

/// Where a peer answers other nodes.
pub(super) fn exchange_peer(peer: &PeerConfig) -> Result<Peer, StartError> {
    let invalid = |field: &'static str, reason: String| StartError::Address { field, name: peer.name.clone(), reason };
    Ok(Peer {
        node: peer.node.parse().map_err(|e: medshare_ledger::id::IdError| invalid("node", e.to_string()))?,
        peer: peer.peer_id.parse().map_err(|_| invalid("peer_id", "expected a peer id".to_owned()))?,
        address: address(&peer.exchange, "exchange", &peer.name)?,
    })
}

/// Sources by data set.
pub(super) fn connectors(config: &NodeConfig) -> HashMap<String, Arc<dyn Connector>> {
    let connector = |folder: &Path| -> Arc<dyn Connector> { Arc::new(FolderConnector::new(folder.to_owned())) };
    config.sources.iter().map(|source| (source.dataset.clone(), connector(&source.folder))).collect()
}

/// De-identification as the operator configured it, by data set.
pub(super) fn deid_configs(config: &NodeConfig) -> Result<HashMap<String, DeidConfig>, StartError> {
    let mut configs = HashMap::new();
    for source in &config.sources {
        let Some(path) = &source.deid else { continue };
        let invalid = |reason: String| StartError::Deid { dataset: source.dataset.clone(), reason };
        let text = std::fs::read_to_string(path).map_err(|e| invalid(format!("{}: {e}", path.display())))?;
        configs.insert(source.dataset.clone(), toml::from_str(&text).map_err(|e| invalid(e.to_string()))?);
    }
    Ok(configs)
}

/// The admission policies.
pub(super) fn admission(config: &NodeConfig) -> Result<Admission, StartError> {
    let text = config.admission_policies.as_ref().map(|path| {
        std::fs::read_to_string(path).map_err(|source| ConfigError::Io { action: "read", path: path.clone(), source })
    });
    Ok(Admission::new(text.transpose()?.as_deref())?)
}
