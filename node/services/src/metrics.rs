//! Metrics of the node itself in the form of OpenMetrics 1.0; the engine's come beside them.

use medshare_node_chain::Chain;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

/// Content type of an exposition.
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What ends an exposition.
const END: &str = "# EOF";

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
    clock_ahead: Gauge<f64, AtomicU64>,
    clock_behind_batch: Gauge<f64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("medshare");
        let (delivered, opened, violations, refused) =
            (Counter::default(), Counter::default(), Counter::default(), Counter::default());
        let (height, waiting, peers, proxy_keys) =
            (Gauge::default(), Gauge::default(), Gauge::default(), Gauge::default());
        let (clock_ahead, clock_behind_batch) = (Gauge::default(), Gauge::default());
        registry.register("packages_delivered", "Packages delivered by this node", delivered.clone());
        registry.register("packages_opened", "Openings mediated by this node", opened.clone());
        registry.register("violations", "Violations recorded by this node", violations.clone());
        registry.register("requests_refused", "Requests refused at this node's door", refused.clone());
        registry.register("height", "Height of the last executed batch", height.clone());
        registry.register("waiting_entries", "Entries that wait to be ordered", waiting.clone());
        registry.register("connected_peers", "Validators that this node is connected to", peers.clone());
        registry.register("proxy_keys", "Proxy keys that this node holds", proxy_keys.clone());
        let seconds = || Unit::Seconds;
        let words = "How far this node's clock is ahead of the other nodes'; zero while too few told theirs";
        registry.register_with_unit("clock_ahead", words, seconds(), clock_ahead.clone());
        let words = "How far this node's clock is behind the time of the last batch";
        registry.register_with_unit("clock_behind_batch", words, seconds(), clock_behind_batch.clone());
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
            clock_ahead,
            clock_behind_batch,
        }
    }
}

impl Metrics {
    /// The node's own metrics as an exposition.
    #[must_use]
    pub fn text(&self, chain: &Chain, connected_peers: usize, proxy_keys: usize) -> String {
        self.height.set(i64::try_from(chain.tip().height.0).unwrap_or(i64::MAX));
        self.waiting.set(i64::try_from(chain.mempool.len()).unwrap_or(i64::MAX));
        self.peers.set(i64::try_from(connected_peers).unwrap_or(i64::MAX));
        self.proxy_keys.set(i64::try_from(proxy_keys).unwrap_or(i64::MAX));
        let clock = chain.clock.last();
        self.clock_ahead.set(clock.ahead_of_others_ms.unwrap_or(0) as f64 / 1000.0);
        self.clock_behind_batch.set(clock.behind_batch_ms as f64 / 1000.0);
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Err(error) = encode(&mut text, &registry) {
            tracing::warn!(%error, "the metrics cannot be encoded");
        }
        text
    }
}

/// Several expositions as one. A family that stands in them more than once is told as it stands last: an engine that was
/// started again has registered its metrics again, and counts there.
#[must_use]
pub fn exposition(texts: &[&str]) -> String {
    let mut families: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in texts.iter().flat_map(|text| text.lines()).filter(|line| *line != END) {
        if let Some(name) = line.strip_prefix("# HELP ").and_then(|rest| rest.split(' ').next()) {
            families.retain(|(known, _)| *known != name);
            families.push((name, Vec::new()));
        }
        if let Some((_, lines)) = families.last_mut() {
            lines.push(line);
        }
    }
    let lines = families.iter().flat_map(|(_, lines)| lines.iter().copied());
    lines.chain([END]).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "# HELP own_things Things.\n# TYPE own_things counter\nown_things_total 3\n# EOF\n";
    const TWICE: &str = "# HELP height Height.\n# TYPE height gauge\nheight 5\n# HELP round Round.\n# TYPE round gauge\n\
                         round 0\n# HELP height Height.\n# TYPE height gauge\nheight 6\n# EOF\n";

    #[test]
    fn expositions_side_by_side_have_one_end_and_every_family_once() {
        let text = exposition(&[OWN, TWICE]);
        let expected = "# HELP own_things Things.\n# TYPE own_things counter\nown_things_total 3\n# HELP round Round.\n\
                        # TYPE round gauge\nround 0\n# HELP height Height.\n# TYPE height gauge\nheight 6\n# EOF\n";
        assert_eq!(text, expected);
        assert_eq!(exposition(&[]), "# EOF\n");
        assert_eq!(exposition(&[OWN]), OWN);
    }
}
