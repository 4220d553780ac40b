//! The requestor's, owner's and auditor's way to nodes: HTTP interface v1 with bounded times and sizes.
//!
//! Several nodes can be named; each call tries them in turn until one answers. Any node serves any call, but those of an owner,
//! which only the owner's node answers. A node that serves another owner is passed over. What a node says is checked by whoever uses it: nothing here makes it true.

mod anew;
mod audit;
mod entries;
mod fault;
mod misdirected;
mod network;
mod openings;
mod owner;
mod pages;
mod redirect;
mod requests;
mod transport;
mod url;

pub use anew::while_too_early;
pub use entries::ENTRY_PATIENCE_MS;
pub(crate) use fault::said;
pub use fault::{ClientError, Unreached};
pub use requests::Proof;
pub use url::{NodeUrl, NodeUrlError};

use medshare_ledger::id::NetworkId;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest head of an answer in bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Calls nodes.
#[derive(Debug, Clone)]
pub struct NodeClient {
    nodes: Vec<NodeUrl>,
    /// Whose nodes these should be, where that is known.
    network: Option<NetworkId>,
    /// The nodes that were found to belong to it.
    met: Arc<Mutex<Vec<NodeUrl>>>,
    http: ureq::Agent,
}

impl NodeClient {
    /// A client of these nodes, in the order in which they are to be tried.
    ///
    /// # Errors
    /// [`ClientError::NoNode`] when there is none.
    pub fn new(nodes: Vec<NodeUrl>) -> Result<Self, ClientError> {
        Self::with_roots(nodes, RootCerts::WebPki)
    }

    /// A client that trusts the certificate authority in this PEM text, and no other, for HTTPS.
    ///
    /// # Errors
    /// [`ClientError::Certificate`] when the text holds no certificate, [`ClientError::NoNode`] when no node is named.
    pub fn with_authority(nodes: Vec<NodeUrl>, pem: &[u8]) -> Result<Self, ClientError> {
        let certificate = Certificate::from_pem(pem).map_err(|_| ClientError::Certificate)?;
        Self::with_roots(nodes, RootCerts::new_with_certs(&[certificate]))
    }

    fn with_roots(nodes: Vec<NodeUrl>, roots: RootCerts) -> Result<Self, ClientError> {
        if nodes.is_empty() {
            return Err(ClientError::NoNode);
        }
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_response_header_size(MAX_HEAD_BYTES)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(concat!("medshare/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { nodes, network: None, met: Arc::default(), http: medshare_lookup::agent(config) })
    }

    /// The same client, which asks and tells nodes of other networks nothing.
    #[must_use]
    pub const fn of_network(mut self, network: NetworkId) -> Self {
        self.network = Some(network);
        self
    }

    /// The nodes, in the order in which they are tried.
    #[must_use]
    pub fn nodes(&self) -> &[NodeUrl] {
        &self.nodes
    }
}

#[cfg(test)]
mod tests;
