//! What the configuration says, as the parts of a node take it.

use super::error::StartError;
use medshare_deid::DeidConfig;
use medshare_genesis::config::{ConfigError, NodeConfig, PeerConfig};
use medshare_genesis::toml_file::{self, line_with};
use medshare_node_authenticator::admission::Admission;
use medshare_node_net::{Multiaddr, Peer, PeerId};
use medshare_node_sources::Connector;
use medshare_node_sources::folder::FolderConnector;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// What an address looks like.
const ADDRESS: &str = "an address like /ip4/127.0.0.1/tcp/27000";

/// Addresses in the configuration, which are told by their line where they are wrong.
pub(super) struct Addresses<'a> {
    /// The configuration's file.
    pub path: &'a Path,
}

impl Addresses<'_> {
    /// The address under a key.
    pub(super) fn parse(&self, key: &'static str, text: &str) -> Result<Multiaddr, StartError> {
        self.understood(key, text, text.parse(), ADDRESS)
    }

    /// Where a peer takes part in consensus.
    pub(super) fn consensus_peer(&self, peer: &PeerConfig) -> Result<Multiaddr, StartError> {
        let PeerConfig { consensus, peer_id, .. } = peer;
        self.peer_id(peer)?;
        self.understood("consensus", consensus, format!("{consensus}/p2p/{peer_id}").parse(), ADDRESS)
    }

    /// Where a peer answers other nodes.
    pub(super) fn exchange_peer(&self, peer: &PeerConfig) -> Result<Peer, StartError> {
        Ok(Peer {
            node: self.understood("node", &peer.node, peer.node.parse(), "a NID, as in the genesis")?,
            peer: self.peer_id(peer)?,
            address: self.parse("exchange", &peer.exchange)?,
        })
    }

    fn peer_id(&self, peer: &PeerConfig) -> Result<PeerId, StartError> {
        self.understood("peer_id", &peer.peer_id, peer.peer_id.parse(), "a peer id, such as 12D3KooW…")
    }

    fn understood<T, E>(
        &self,
        key: &'static str,
        text: &str,
        parsed: Result<T, E>,
        expected: &'static str,
    ) -> Result<T, StartError> {
        parsed.map_err(|_| {
            // the file was read before; what is wrong is told without its line if it went meanwhile
            let line = line_with(self.path, key, text).ok().flatten();
            let place = line.map_or_else(String::new, |line| format!("line {line}: "));
            StartError::Address { path: self.path.to_owned(), place, key, text: text.to_owned(), expected }
        })
    }
}

/// Sources by data set.
pub(super) fn connectors(config: &NodeConfig) -> HashMap<String, Arc<dyn Connector>> {
    let connector = |folder: &Path| -> Arc<dyn Connector> { Arc::new(FolderConnector::new(folder.to_owned())) };
    config.sources.iter().map(|source| (source.dataset.clone(), connector(&source.folder))).collect()
}

/// De-identification as the operator configured it, by data set.
pub(super) fn deid_configs(config: &NodeConfig) -> Result<HashMap<String, DeidConfig>, StartError> {
    let with_config = config.sources.iter().filter_map(|source| Some((&source.dataset, source.deid.as_ref()?)));
    with_config.map(|(dataset, path)| Ok((dataset.clone(), toml_file::load(path)?))).collect()
}

/// The admission policies.
pub(super) fn admission(config: &NodeConfig) -> Result<Admission, StartError> {
    let Some(path) = &config.admission_policies else { return Ok(Admission::new(None)?) };
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Io {
        action: "read",
        path: path.clone(),
        source,
    })?;
    Admission::new(Some(&text)).map_err(|source| StartError::AdmissionFile { path: path.clone(), source })
}
