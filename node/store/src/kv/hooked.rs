//! A store that asks before each operation, to see what its users do when it counts, waits or breaks.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::memory::MemoryStore;
use super::{Change, KvStore, Pair, StoreFault};

/// What a store is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Operation<'a> {
    /// The value of a key.
    Get,
    /// All of these changes.
    Apply(&'a [Change]),
    /// The pairs under a prefix, all or some.
    Scan,
    /// The last pair under a prefix.
    LastAtMost,
    /// That what was applied survives.
    Flush,
}

/// A store in memory that does what it is asked for where its hook lets it.
#[derive(Debug)]
pub struct HookedStore<H> {
    inner: MemoryStore,
    hook: H,
}

impl<H: Fn(Operation<'_>) -> Result<(), StoreFault> + Send + Sync> HookedStore<H> {
    /// An empty store; `hook` is called before each operation, and its fault is the answer.
    pub fn new(hook: H) -> Self {
        Self { inner: MemoryStore::new(), hook }
    }
}

/// An empty store that takes `writes` writes and flushes; then each finds the disk full.
pub fn full_after(writes: u64) -> impl KvStore {
    let left = AtomicU64::new(writes);
    let step = |left: u64| left.checked_sub(1);
    HookedStore::new(move |operation| match operation {
        Operation::Get | Operation::Scan | Operation::LastAtMost => Ok(()),
        Operation::Apply(_) | Operation::Flush => match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step) {
            Ok(_) => Ok(()),
            Err(_) => Err(StoreFault::io("writing", Path::new("full store"), io::ErrorKind::StorageFull.into())),
        },
    })
}

impl<H: Fn(Operation<'_>) -> Result<(), StoreFault> + Send + Sync> KvStore for HookedStore<H> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        (self.hook)(Operation::Get)?;
        self.inner.get(key)
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreFault> {
        (self.hook)(Operation::Apply(&changes))?;
        self.inner.apply(changes)
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Pair>, StoreFault> {
        (self.hook)(Operation::Scan)?;
        self.inner.scan(prefix)
    }

    fn scan_after(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Pair>, StoreFault> {
        (self.hook)(Operation::Scan)?;
        self.inner.scan_after(prefix, after, limit)
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Pair>, StoreFault> {
        (self.hook)(Operation::LastAtMost)?;
        self.inner.last_at_most(prefix, until)
    }

    fn flush(&self) -> Result<(), StoreFault> {
        (self.hook)(Operation::Flush)?;
        self.inner.flush()
    }
}
