//! The store of the views: sled.
//!
//! sled's own `flush()` alone loses everything on a loss of power (measured: six times of six), because neither its file nor its
//! folder is synced; [`SledStore::flush`](KvStore::flush) does both afterwards.
//!
//! sled meets bytes that it did not write with a panic as often as with an error. Both are [`StoreFault::Damaged`] here, and a store
//! that was found damaged says so from then on whenever it is flushed.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Change, KvStore, Pair, StoreFault, behind};
use crate::durable;

/// Memory that sled may use for its page cache.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;

/// How long a store that was closed in this process may keep its lock: sled lets go of it from a thread of its own. Other processes
/// are kept away by the lock of the home.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// What sled says of it, which has no other name for it.
const LOCKED: &str = "could not acquire lock";
/// Pause between two tries.
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// A view on disk.
#[derive(Debug)]
pub struct SledStore {
    folder: PathBuf,
    database: sled::Db,
    is_damaged: AtomicBool,
    /// Counts what was applied.
    applied: AtomicU64,
    /// How much of that was applied before the last flush: there is nothing to be done for what an earlier one took along.
    flushed: Mutex<u64>,
}

impl SledStore {
    /// Opens the view in `folder`, which is created if need be.
    ///
    /// # Errors
    /// When the folder is used by another process ([`StoreFault::is_in_use`]), unreadable or damaged; see [`wipe`].
    pub fn open(folder: &Path) -> Result<Self, StoreFault> {
        if folder.is_file() {
            return Err(damaged(folder, "a file is in its place"));
        }
        durable::create_folder(folder)?;
        let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES).flush_every_ms(None);
        let begun = Instant::now();
        let database = loop {
            match guarded("opening", folder, || config.open()) {
                Err(error) if error.is_in_use() && begun.elapsed() < LOCK_PATIENCE => thread::sleep(LOCK_PAUSE),
                outcome => break outcome?,
            }
        };
        // Opening may have written files of its own, so that one is due from the start.
        let (applied, flushed) = (AtomicU64::new(1), Mutex::new(0));
        Ok(Self { folder: folder.to_owned(), database, is_damaged: AtomicBool::new(false), applied, flushed })
    }

    fn guarded<T>(&self, action: &'static str, work: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreFault> {
        let outcome = guarded(action, &self.folder, work);
        if matches!(outcome, Err(StoreFault::Damaged { .. })) {
            self.is_damaged.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

impl KvStore for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        self.guarded("reading", || Ok(self.database.get(key)?.map(|value| value.to_vec())))
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreFault> {
        let mut batch = sled::Batch::default();
        for change in changes {
            match change {
                Change::Put { key, value } => batch.insert(key, value),
                Change::Delete { key } => batch.remove(key),
            }
        }
        let applied = self.guarded("writing", || self.database.apply_batch(batch));
        self.applied.fetch_add(1, Ordering::SeqCst);
        applied
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Pair>, StoreFault> {
        self.guarded("reading", || self.database.scan_prefix(prefix).map(owned).collect())
    }

    fn scan_after(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Pair>, StoreFault> {
        self.guarded("reading", || {
            let range = self.database.range::<Vec<u8>, _>((behind(prefix, after), Bound::Unbounded));
            let pairs = range.map(owned).take_while(|pair| match pair {
                Ok((key, _)) => key.starts_with(prefix),
                Err(_) => true,
            });
            pairs.take(limit).collect()
        })
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Pair>, StoreFault> {
        self.guarded("reading", || {
            let mut range = self.database.range(prefix.to_vec()..=[prefix, until].concat());
            range.next_back().map(owned).transpose()
        })
    }

    fn flush(&self) -> Result<(), StoreFault> {
        if self.is_damaged.load(Ordering::Relaxed) {
            return Err(damaged(&self.folder, "it was found so while it was read"));
        }
        let due = self.applied.load(Ordering::SeqCst);
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        if *flushed >= due {
            return Ok(());
        }
        let due = self.applied.load(Ordering::SeqCst);
        self.guarded("flushing", || self.database.flush())?;
        sync_tree(&self.folder)?;
        *flushed = due;
        Ok(())
    }
}

fn owned(pair: sled::Result<(sled::IVec, sled::IVec)>) -> sled::Result<Pair> {
    pair.map(|(key, value)| (key.to_vec(), value.to_vec()))
}

/// What sled does, with its panics as faults. Nothing of it is used any more after one, but to say so.
fn guarded<T>(action: &'static str, folder: &Path, work: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreFault> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(outcome) => outcome.map_err(|error| fault(action, folder, error)),
        Err(_) => Err(damaged(folder, "the store cannot make sense of its own bytes")),
    }
}

fn damaged(folder: &Path, reason: &str) -> StoreFault {
    StoreFault::Damaged { path: folder.to_owned(), reason: reason.to_owned() }
}

/// Removes the view in `folder`, or the file that stands there, so that it can be built again from the log.
///
/// # Errors
/// When something in it cannot be removed.
pub fn wipe(folder: &Path) -> Result<(), StoreFault> {
    let removed = match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::NotADirectory => fs::remove_file(folder),
        removed => removed,
    };
    match removed {
        Ok(()) => folder.parent().map_or(Ok(()), durable::sync_folder),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(source) => Err(StoreFault::io("removing", folder, source)),
    }
}

/// Syncs every file of `folder`, the folders in it, and itself.
fn sync_tree(folder: &Path) -> Result<(), StoreFault> {
    let failed = |source| StoreFault::io("syncing", folder, source);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_type().map_err(failed)?.is_dir() {
            sync_tree(&path)?;
            continue;
        }
        match File::open(&path).and_then(|file| file.sync_data()) {
            Ok(()) => {}
            // sled removes old snapshots and blobs on its own.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(StoreFault::io("syncing", &path, source)),
        }
    }
    durable::sync_folder(folder)
}

/// The fault that an error of sled is. Of bytes that it cannot make sense of, it says so in the same way as the system does that a disk
/// does not answer, but in words that the system does not use; or asks for what no file has.
fn fault(action: &'static str, folder: &Path, error: sled::Error) -> StoreFault {
    match error {
        sled::Error::Io(source) if source.to_string().contains(LOCKED) => {
            StoreFault::io("locking", folder, io::Error::new(ErrorKind::WouldBlock, source))
        }
        sled::Error::Io(source)
            if matches!(source.kind(), ErrorKind::Other | ErrorKind::UnexpectedEof | ErrorKind::InvalidInput) =>
        {
            damaged(folder, &source.to_string())
        }
        sled::Error::Io(source) => StoreFault::io(action, folder, source),
        other => damaged(folder, &other.to_string()),
    }
}

#[cfg(test)]
mod tests;
