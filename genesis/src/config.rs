//! `config.toml` of a node's home: where it listens, whom it knows, where its owner's records are.

use crate::origin::Origin;
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
    /// How the HTTP interface answers.
    #[serde(default, skip_serializing_if = "HttpConfig::is_default")]
    pub http: HttpConfig,
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

/// How the HTTP interface answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Origins of web pages that may ask from within a browser; none without.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cors_origins: Vec<Origin>,
    /// Addresses under which others reach this node, beside `http_listen`: names, and those of a proxy in front of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_urls: Vec<Origin>,
    /// Connections that may stand at once.
    pub connections: usize,
    /// Connections of one address that may stand at once. A proxy is one address.
    pub connections_per_address: usize,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self { cors_origins: Vec::new(), public_urls: Vec::new(), connections: 1024, connections_per_address: 256 }
    }
}

impl HttpConfig {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
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
    /// Name of its owner; needed where several owners of this node have a data set of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const LEAST: &str = "name = \"A\"\nconsensus_listen = \"/ip4/127.0.0.1/tcp/1\"\nexchange_listen = \"/ip4/127.0.0.1/tcp/2\"\n\
                         http_listen = \"127.0.0.1:3\"\n";

    fn load(text: &str) -> Result<NodeConfig, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        NodeConfig::load(&path)
    }

    #[test]
    fn origins_of_web_pages_are_named_one_by_one() {
        assert!(load(LEAST).unwrap().http.cors_origins.is_empty(), "none without");
        let config = load(&format!("{LEAST}[http]\ncors_origins = [\"https://a.example\"]\n")).unwrap();
        assert_eq!(config.http.cors_origins, ["https://a.example".parse().unwrap()]);
        let error = load(&format!("{LEAST}[http]\ncors_origins = [\"*\"]\n")).unwrap_err().to_string();
        assert!(error.contains("expected an origin such as") && error.contains("got \"*\""), "{error}");
        load(&format!("{LEAST}[http]\ncors_origin = []\n")).unwrap_err();
    }

    #[test]
    fn what_is_not_said_of_connections_has_a_bound_all_the_same() {
        let config = load(&format!("{LEAST}[http]\nconnections_per_address = 900\n")).unwrap();
        let usual = HttpConfig::default();
        assert_eq!((config.http.connections, config.http.connections_per_address), (usual.connections, 900));
        assert_eq!(load(LEAST).unwrap().http, usual);
    }

    #[test]
    fn what_is_saved_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let mut config = load(LEAST).unwrap();
        config.admission_policies = Some("policies.cedar".into());
        config.http.cors_origins = vec!["http://localhost:8080".parse().unwrap()];
        config.save(&path).unwrap();
        assert_eq!(NodeConfig::load(&path).unwrap(), config);
    }
}
