//! Work that others ask for, beside the threads that the network is served with: so much of a kind at once, so much that waits, no more.
//!
//! What strangers may ask for has gates of its own, so that they wait for each other and for nobody else; and before each of them
//! everybody has turns, however many somebody else waits for. Why strangers' turns go by address and connection, and by nothing that they
//! claim, is told in [`sender`](crate::sender).

mod bringer;
mod gate;
mod line;

pub use bringer::Bringer;
pub use gate::{Claim, Gate, Turn};

use medshare_genesis::config::HttpConfig;
use medshare_ledger::id::{NodeId, OwnerId, RequestorId};
use medshare_node_chain::mempool::Origin;
use medshare_node_net::Subnet;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The gates of a node.
pub struct Gates {
    /// Checks of what is handed in by anybody, before it is known who signed it: a few reads and a signature, nothing that costs more.
    pub checks: Gate<Subnet>,
    /// Entries whose signers are known: arithmetic on curves, and whether the ledger would take them.
    pub entering: Gate<Origin>,
    /// The same of what other nodes hand on.
    pub handed_on: Gate<NodeId>,
    /// Single records that anybody may read: what an agent asks before every action waits behind no page, and for no disk but the views'.
    pub records: Gate<Subnet>,
    /// What an owner asks before a decision, who may be about to end access.
    pub decisions: Gate<Subnet>,
    /// Entries that somebody waits for: each of those who wait looks once a height.
    pub entries: Gate<Subnet>,
    /// Packages that are opened, looked through and sealed to be handed out.
    pub packages: Gate<Subnet>,
    /// Pages of lists that anybody may read.
    pub pages: Gate<Subnet>,
    /// Bundles that anybody may read.
    pub bundles: Gate<Subnet>,
    /// What those ask for who sign.
    pub signed: Gate<OwnerId>,
    /// Openings, for those who signed them.
    pub openings: Gate<RequestorId>,
    /// Contracts that are run again for reports, by whose packages they are about.
    pub contracts: Gate<RequestorId>,
    /// Entries that other nodes tell of, message by message of each: however many of them tell of what is of no use, consensus has a core.
    pub gossip: Gate<NodeId>,
    /// Questions to other nodes for proxy keys that this one lacks.
    pub proxy_keys: Gate<RequestorId>,
    /// Questions to other nodes for those who wait for a request there.
    questions: ByNode<Subnet>,
    /// Requests that are handed on to their owners' nodes, by who signed them.
    requests: ByNode<RequestorId>,
    /// Reports that are handed on to their owners' nodes, by whose packages they are about.
    reports: ByNode<RequestorId>,
}

/// A gate before each node of the network: one that hangs holds up nobody but those who wait for it.
struct ByNode<K: Clone + Eq> {
    at_once: usize,
    waiting: usize,
    gates: Mutex<HashMap<NodeId, Arc<Gate<K>>>>,
}

impl<K: Clone + Eq> ByNode<K> {
    fn new(at_once: usize, waiting: usize) -> Self {
        Self { at_once, waiting, gates: Mutex::default() }
    }

    fn of(&self, node: NodeId) -> Arc<Gate<K>> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(gates.entry(node).or_insert_with(|| Arc::new(Gate::new(self.at_once, self.waiting))))
    }
}

/// Questions to one node that are under way at once.
pub(crate) const QUESTIONS_OF_NODE: usize = 10;
/// Reports that are handed on to one node at once.
pub(crate) const REPORTS_OF_NODE: usize = 6;
/// Requests that are handed on at once, to every other node.
pub(crate) const REQUESTS_OF_NODE: usize = 6;
/// Proxy keys that are asked for at once, of every other node: fewer than it is asked things about keys, as keys are handed on beside them.
pub(crate) const PROXY_KEYS_AT_ONCE: usize = 3;
/// Questions at once on one connection of HTTP/2.
pub(crate) const MAX_STREAMS: u32 = 16;
/// How many wait before a gate by who they are known to be: whoever has most gives way to whoever has less.
const WAITING: usize = 1024;

impl Gates {
    /// The gates of a node that takes so many connections. Before those of strangers as many may wait as can be asked for at once, so that
    /// nobody is turned away there, whoever else waits.
    #[must_use]
    pub fn new(connections: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (half, strangers) = (cores.div_ceil(2), connections.saturating_mul(MAX_STREAMS as usize));
        Self {
            checks: Gate::new(cores, strangers),
            entering: Gate::new(half, WAITING),
            handed_on: Gate::new(half, WAITING),
            records: Gate::new(cores, strangers),
            decisions: Gate::new(half, strangers),
            entries: Gate::new(half, strangers),
            packages: Gate::new(half, strangers),
            pages: Gate::new(half, strangers),
            bundles: Gate::new(1, strangers),
            signed: Gate::new(cores, WAITING),
            openings: Gate::new(half, WAITING),
            contracts: Gate::new(half, WAITING),
            gossip: Gate::new((cores / 2).max(1), WAITING),
            proxy_keys: Gate::new(PROXY_KEYS_AT_ONCE, WAITING),
            questions: ByNode::new(QUESTIONS_OF_NODE, strangers),
            requests: ByNode::new(REQUESTS_OF_NODE, WAITING),
            reports: ByNode::new(REPORTS_OF_NODE, WAITING),
        }
    }

    /// The gate before questions to a node of the network.
    #[must_use]
    pub fn questions(&self, node: NodeId) -> Arc<Gate<Subnet>> {
        self.questions.of(node)
    }

    /// The gate before requests that are handed on to a node of the network.
    #[must_use]
    pub fn requests(&self, node: NodeId) -> Arc<Gate<RequestorId>> {
        self.requests.of(node)
    }

    /// The gate before reports that are handed on to a node of the network.
    #[must_use]
    pub fn reports(&self, node: NodeId) -> Arc<Gate<RequestorId>> {
        self.reports.of(node)
    }
}

impl Default for Gates {
    fn default() -> Self {
        Self::new(HttpConfig::default().connections)
    }
}
