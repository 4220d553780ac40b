//! What the configuration says, as the parts of a node take it.

use super::error::StartError;
use medshare_genesis::config::{ConfigError, NodeConfig, PeerConfig};
use medshare_genesis::toml_file::line_with;
use medshare_node_authenticator::admission::Admission;
use medshare_node_net::{Multiaddr, Peer, PeerId};
use std::path::Path;

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
