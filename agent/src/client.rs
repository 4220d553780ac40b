//! The requestor's, owner's and auditor's way to nodes: HTTP interface v1 with bounded times and sizes.
//!
//! Several nodes can be named; each call tries them in turn until one answers. Any node serves any call, but those of an owner,
//! which only the owner's node answers. A node that serves another owner is passed over, and one that did not answer in time is asked
//! last from then on. What a node says is checked by whoever uses it: nothing here makes it true. Only proofs are verified here.

mod anew;
mod arriving;
mod audit;
mod bringing;
mod certificate;
mod download;
mod entries;
mod failures;
mod fault;
mod hung;
mod misdirected;
mod network;
mod openings;
mod owner;
mod pace;
mod pages;
mod proofs;
mod reasons;
mod redirect;
mod requests;
mod times;
mod transport;
mod url;

pub use anew::while_too_early;
pub use bringing::{Brought, Said};
pub use certificate::CertificateAuthority;
pub use download::Destination;
pub use entries::ENTRY_PATIENCE_MS;
pub(crate) use fault::said;
pub use fault::{ClientError, Unreached};
pub use proofs::{Certified, Unproven, dated, is_of_now};
pub use requests::Proof;
pub use url::{NodeUrl, NodeUrlError};

use hung::Hung;
use medshare_ledger::id::NetworkId;
use pace::Pace;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use ureq::tls::{RootCerts, TlsConfig};

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
    /// Which of them did not answer in time; clones share it.
    hung: Arc<Hung>,
    /// Which of them were given up for others because they sent so slowly; clones share it.
    slow: Arc<Hung>,
    /// How fast what they send has to come.
    pace: Pace,
    /// Whether others are asked behind these.
    is_followed: bool,
    /// When to give up, whatever is under way.
    deadline: Option<Instant>,
}

impl NodeClient {
    /// A client of these nodes, in the order in which they are to be tried.
    ///
    /// # Errors
    /// [`ClientError::NoNode`] when there is none.
    pub fn new(nodes: Vec<NodeUrl>) -> Result<Self, ClientError> {
        Self::with_roots(nodes, RootCerts::WebPki)
    }

    /// A client that trusts this certificate authority, and no other, for HTTPS.
    ///
    /// # Errors
    /// [`ClientError::NoNode`] when no node is named.
    pub fn with_authority(nodes: Vec<NodeUrl>, authority: &CertificateAuthority) -> Result<Self, ClientError> {
        Self::with_roots(nodes, RootCerts::new_with_certs(std::slice::from_ref(&authority.0)))
    }

    fn with_roots(nodes: Vec<NodeUrl>, roots: RootCerts) -> Result<Self, ClientError> {
        if nodes.is_empty() {
            return Err(ClientError::NoNode);
        }
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_response_header_size(MAX_HEAD_BYTES)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(concat!("medshare/", env!("CARGO_PKG_VERSION")))
            .build();
        let http = medshare_lookup::agent(config);
        let (hung, slow) = (Arc::default(), Arc::default());
        let (met, pace) = (Arc::default(), Pace::MINUTE);
        Ok(Self { nodes, network: None, met, http, hung, slow, pace, is_followed: false, deadline: None })
    }

    /// The same client, which asks and tells nodes of other networks nothing.
    #[must_use]
    pub const fn of_network(mut self, network: NetworkId) -> Self {
        self.network = Some(network);
        self
    }

    /// The same client, which answers or gives up by this moment; only a file that arrives goes on, as long as it comes fast enough.
    #[must_use]
    pub const fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The same client, which takes no longer than this from now on.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        if let Some(end) = Instant::now().checked_add(time) {
            self.deadline = Some(self.deadline.map_or(end, |deadline| deadline.min(end)));
        }
        self
    }

    /// A client for each of the nodes alone, with its share of the time that is left: first those that answered in time so far. From each
    /// but the last, what is sent has to come faster.
    pub fn each(&self) -> impl Iterator<Item = Self> + '_ {
        let nodes = self.order();
        let count = nodes.len();
        nodes.into_iter().enumerate().map(move |(asked, node)| {
            let is_followed = self.is_followed || asked.saturating_add(1) < count;
            let alone = Self { nodes: vec![node], is_followed, ..self.clone() };
            match self.left_for_one(count.saturating_sub(asked)) {
                Some(share) => alone.within(share),
                None => alone,
            }
        })
    }

    /// The node that is asked first, as it is named.
    #[must_use]
    pub fn name(&self) -> String {
        self.nodes.first().map(ToString::to_string).unwrap_or_default()
    }

    /// Whether none of the nodes answered in time when it was asked last.
    #[must_use]
    pub fn has_hung(&self) -> bool {
        let hung = self.hung.all();
        self.nodes.iter().all(|node| hung.contains(node))
    }

    /// Has these nodes asked last, as they did not answer in time before.
    pub fn avoid(&self, nodes: &[NodeUrl]) {
        for node in nodes {
            self.hung.note(node);
        }
    }

    /// The nodes that did not answer in time.
    #[must_use]
    pub fn hung(&self) -> Vec<NodeUrl> {
        self.hung.all()
    }

    /// The nodes in the order in which they are asked now.
    fn order(&self) -> Vec<NodeUrl> {
        self.hung.last(&self.nodes)
    }

    /// The nodes, in the order in which they are tried.
    #[must_use]
    pub fn nodes(&self) -> &[NodeUrl] {
        &self.nodes
    }
}

#[cfg(test)]
mod tests;
