//! Prometheus metrics of the node itself; the engine's come beside them.

use medshare_node_chain::Chain;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Mutex;

/// The node's counters.
pub struct Metrics {
    registry: Mutex<Registry>,
    /// Packages delivered.
    pub delivered: Counter,
    /// Packages opened here.
    pub opened: Counter,
    /// Violations recorded here.
    pub violations: Counter,
    /// Requests refused here.
    pub refused: Counter,
    height: Gauge,
    waiting: Gauge,
    peers: Gauge,
    proxy_keys: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("medshare");
        let (delivered, opened, violations, refused) =
            (Counter::default(), Counter::default(), Counter::default(), Counter::default());
        let (height, waiting, peers, proxy_keys) =
            (Gauge::default(), Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("packages_delivered", "Packages delivered by this node", delivered.clone());
        registry.register("packages_opened", "Openings mediated by this node", opened.clone());
        registry.register("violations", "Violations recorded by this node", violations.clone());
        registry.register("requests_refused", "Requests refused at this node's door", refused.clone());
        registry.register("height", "Height of the last executed batch", height.clone());
        registry.register("waiting_entries", "Entries that wait to be ordered", waiting.clone());
        registry.register("connected_peers", "Validators that this node is connected to", peers.clone());
        registry.register("proxy_keys", "Proxy keys that this node holds", proxy_keys.clone());
        Self {
            registry: Mutex::new(registry),
            delivered,
            opened,
            violations,
            refused,
            height,
            waiting,
            peers,
            proxy_keys,
        }
    }
}

impl Metrics {
    /// The metrics in Prometheus' text form.
    #[must_use]
    pub fn text(&self, chain: &Chain, connected_peers: usize, proxy_keys: usize) -> String {
        self.height.set(i64::try_from(chain.tip().height.0).unwrap_or(i64::MAX));
        self.waiting.set(i64::try_from(chain.mempool.len()).unwrap_or(i64::MAX));
        self.peers.set(i64::try_from(connected_peers).unwrap_or(i64::MAX));
        self.proxy_keys.set(i64::try_from(proxy_keys).unwrap_or(i64::MAX));
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Err(error) = encode(&mut text, &registry) {
            tracing::warn!(%error, "the metrics cannot be encoded");
        }
        text
    }
}
