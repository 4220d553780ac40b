//! A chain whose views tell of what they are asked for, for tests of those who ask.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::Chain;
use crate::views::Views;
use medshare_node_store::fault::StoreFault;
use medshare_node_store::kv::hooked::{HookedStore, Operation};
use medshare_node_store::kv::{Change, KvStore as _};
use std::sync::Arc;

impl Chain {
    /// The same over a copy of its views in memory; `hook` is called before each operation, and its fault is the answer.
    #[must_use]
    pub fn watched(self, hook: impl Fn(Operation<'_>) -> Result<(), StoreFault> + Send + Sync + 'static) -> Self {
        let store = HookedStore::new(hook);
        let pairs = self.views.store().scan(b"").unwrap();
        store.apply(pairs.into_iter().map(|(key, value)| Change::put(key, value)).collect()).unwrap();
        Self { views: Views::new(Arc::new(store)), ..self }
    }
}
