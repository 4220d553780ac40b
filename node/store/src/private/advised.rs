//! Whatever goes wrong with the private store, its fault says what to do.

use crate::fault::StoreFault;
use crate::kv::{Change, KvStore, Pair};

/// A store whose faults carry the advice for one that nothing else implies, wherever they show: damage is found when it is opened, or
/// years later in a page that nobody read before.
pub(super) struct Advised<S>(pub(super) S);

impl<S: KvStore> KvStore for Advised<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        self.0.get(key).map_err(with_advice)
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreFault> {
        self.0.apply(changes).map_err(with_advice)
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Pair>, StoreFault> {
        self.0.scan(prefix).map_err(with_advice)
    }

    fn scan_after(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Pair>, StoreFault> {
        self.0.scan_after(prefix, after, limit).map_err(with_advice)
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Pair>, StoreFault> {
        self.0.last_at_most(prefix, until).map_err(with_advice)
    }

    fn flush(&self) -> Result<(), StoreFault> {
        self.0.flush().map_err(with_advice)
    }
}

/// What to do about a store that nothing else implies.
pub(super) fn with_advice(fault: StoreFault) -> StoreFault {
    let (path, reason) = match fault {
        StoreFault::Damaged { path, reason } => (path, reason),
        StoreFault::Io { action: "reading", path, source } => (path, format!("it cannot be read ({source})")),
        other => return other,
    };
    let advice = "stop the node, move it away or bring back a backup of it, and start the node again: proxy keys come from the other nodes, words of reports only from a backup";
    StoreFault::Damaged { path, reason: format!("{reason}; {advice}") }
}
