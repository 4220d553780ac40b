//! `config.toml` of a node's home: where it listens, whom it knows, where its owner's records are.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

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

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{} is not valid: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column where known.
        reason: String,
    },
}

impl NodeConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be read or is not valid.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        parse_toml(path)
    }

    /// Writes a configuration.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ConfigError> {
        save_toml(path, self)
    }
}

pub(crate) fn parse_toml<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    toml::from_str(&text).map_err(|e| ConfigError::Invalid { path: path.to_owned(), reason: e.to_string() })
}

pub(crate) fn save_toml<T: Serialize>(path: &Path, value: &T) -> Result<(), ConfigError> {
    let text = toml::to_string_pretty(value)
        .map_err(|e| ConfigError::Invalid { path: path.to_owned(), reason: e.to_string() })?;
    std::fs::write(path, text).map_err(|source| ConfigError::Io { action: "write", path: path.to_owned(), source })
}
