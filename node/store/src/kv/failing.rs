//! A store that breaks on a countdown, to see what its users do then.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Change, KvStore, Pair, StoreFault};

/// Passes on to another store until the countdown is over; then every write and flush finds the disk full.
#[derive(Debug)]
pub struct FailingStore<S> {
    inner: S,
    left: AtomicU64,
}

impl<S: KvStore> FailingStore<S> {
    /// A store that takes `writes` writes and flushes before it fails.
    pub fn after(writes: u64, inner: S) -> Self {
        Self { inner, left: AtomicU64::new(writes) }
    }

    /// The store behind, with what was written before the failure.
    pub fn into_inner(self) -> S {
        self.inner
    }

    fn count(&self) -> Result<(), StoreFault> {
        let step = |left: u64| left.checked_sub(1);
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step) {
            Ok(_) => Ok(()),
            Err(_) => Err(StoreFault::io("writing", Path::new("failing store"), io::ErrorKind::StorageFull.into())),
        }
    }
}

impl<S: KvStore> KvStore for FailingStore<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        self.inner.get(key)
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreFault> {
        self.count()?;
        self.inner.apply(changes)
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Pair>, StoreFault> {
        self.inner.scan(prefix)
    }

    fn scan_after(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Pair>, StoreFault> {
        self.inner.scan_after(prefix, after, limit)
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Pair>, StoreFault> {
        self.inner.last_at_most(prefix, until)
    }

    fn flush(&self) -> Result<(), StoreFault> {
        self.count()?;
        self.inner.flush()
    }
}
