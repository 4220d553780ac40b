//! A store in memory: the model that tests hold the others against.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

use super::{Change, KvStore, Pair, StoreFault, behind};

/// Keys and values that end with the process.
#[derive(Debug, Default)]
pub struct MemoryStore(RwLock<BTreeMap<Vec<u8>, Vec<u8>>>);

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl KvStore for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        Ok(self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreFault> {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            match change {
                Change::Put { key, value } => {
                    map.insert(key, value);
                }
                Change::Delete { key } => {
                    map.remove(&key);
                }
            }
        }
        Ok(())
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Pair>, StoreFault> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let pairs = map.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(pairs.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn scan_after(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Pair>, StoreFault> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let pairs = map.range((behind(prefix, after), Bound::Unbounded)).take_while(|(key, _)| key.starts_with(prefix));
        Ok(pairs.take(limit).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Pair>, StoreFault> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = map.range(prefix.to_vec()..=[prefix, until].concat()).next_back();
        Ok(found.map(|(key, value)| (key.clone(), value.clone())))
    }

    fn flush(&self) -> Result<(), StoreFault> {
        Ok(())
    }
}
