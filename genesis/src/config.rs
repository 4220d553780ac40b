//! `config.toml` of a node's home: where it listens, whom it knows, where its owner's records are.

use crate::toml_file;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use crate::toml_file::ConfigError;

/// Configuration of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    /// Name of the node, for people.
    pub name: String,
    /// Multiaddress of the consensus engine.
    pub consensus_listen: String,
    /// Multiaddress of the exchange between nodes.
    pub exchange_listen: String,
    /// Address of the HTTP interface.
    pub http_listen: SocketAddr,
    /// Certificate and key for HTTPS; plain HTTP without, for loopback or behind a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsFiles>,
    /// The other validators.
    #[serde(default)]
    pub peers: Vec<PeerConfig>,
    /// The owner's data.
    #[serde(default)]
    pub sources: Vec<SourceConfig>,
    /// Cedar policies for admission; the built-in ones without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission_policies: Option<PathBuf>,
}

/// Files for HTTPS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// Certificate chain, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// Another validator and where it is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerConfig {
    /// Name, for people.
    pub name: String,
    /// NID.
    pub node: String,
    /// Identity in the peer-to-peer network.
    pub peer_id: String,
    /// Multiaddress of its consensus engine.
    pub consensus: String,
    /// Multiaddress of its exchange.
    pub exchange: String,
    /// URL of its HTTP interface.
    pub http: String,
}

/// Where a data set's records are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// The data set, as in the genesis.
    pub dataset: String,
    /// Folder with one file per resource type or table (`.ndjson`, `.csv`, each also `.gz`).
    pub folder: PathBuf,
    /// De-identification configuration; proposed from the records without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deid: Option<PathBuf>,
}

impl NodeConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be read or is not valid.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        toml_file::load(path)
    }

    /// Writes a configuration.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ConfigError> {
        toml_file::save(path, self)
    }
}
