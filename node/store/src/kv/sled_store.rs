//! The store of the views: sled.
//!
//! sled's own `flush()` alone loses everything on a loss of power (measured: six times of six), because neither its file nor its
//! folder is synced; [`SledStore::flush`](KvStore::flush) does both afterwards.

use std::fs::{self, File};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::{Change, KvStore, Pair, StoreFault, behind};
use crate::durable;

/// Memory that sled may use for its page cache.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;

/// How long a store that was closed in this process may keep its lock: sled lets go of it from a thread of its own. Other processes
/// are kept away by the lock of the home.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// Pause between two tries.
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// A view on disk.
#[derive(Debug)]
pub struct SledStore {
    folder: PathBuf,
    database: sled::Db,
}

impl SledStore {
    /// Opens the view in `folder`, which is created if need be.
    ///
    /// # Errors
    /// When the folder is used by another process, unreadable or damaged; see [`wipe`].
    pub fn open(folder: &Path) -> Result<Self, StoreFault> {
        durable::create_folder(folder)?;
        let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES).flush_every_ms(None);
        let begun = Instant::now();
        let database = loop {
            match config.open() {
                Err(error) if is_locked(&error) && begun.elapsed() < LOCK_PATIENCE => thread::sleep(LOCK_PAUSE),
                outcome => break outcome.map_err(|error| fault("opening", folder, error))?,
            }
        };
        Ok(Self { folder: folder.to_owned(), database })
    }

    fn fault(&self, action: &'static str) -> impl Fn(sled::Error) -> StoreFault + '_ {
        move |error| fault(action, &self.folder, error)
    }

    fn read(&self, pair: sled::Result<(sled::IVec, sled::IVec)>) -> Result<Pair, StoreFault> {
        let (key, value) = pair.map_err(self.fault("reading"))?;
        Ok((key.to_vec(), value.to_vec()))
    }
}

impl KvStore for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        let value = self.database.get(key).map_err(self.fault("reading"))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreFault> {
        let mut batch = sled::Batch::default();
        for change in changes {
            match change {
                Change::Put { key, value } => batch.insert(key, value),
                Change::Delete { key } => batch.remove(key),
            }
        }
        self.database.apply_batch(batch).map_err(self.fault("writing"))
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Pair>, StoreFault> {
        self.database.scan_prefix(prefix).map(|pair| self.read(pair)).collect()
    }

    fn scan_after(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Pair>, StoreFault> {
        let range = self.database.range::<Vec<u8>, _>((behind(prefix, after), Bound::Unbounded));
        let pairs = range.map(|pair| self.read(pair)).take_while(|pair| match pair {
            Ok((key, _)) => key.starts_with(prefix),
            Err(_) => true,
        });
        pairs.take(limit).collect()
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Pair>, StoreFault> {
        let mut range = self.database.range(prefix.to_vec()..=[prefix, until].concat());
        range.next_back().map(|pair| self.read(pair)).transpose()
    }

    fn flush(&self) -> Result<(), StoreFault> {
        self.database.flush().map_err(self.fault("flushing"))?;
        sync_tree(&self.folder)
    }
}

/// Removes the view in `folder`, or the file that stands there, so that it can be built again from the log.
///
/// # Errors
/// When something in it cannot be removed.
pub fn wipe(folder: &Path) -> Result<(), StoreFault> {
    let removed = match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => fs::remove_file(folder),
        removed => removed,
    };
    match removed {
        Ok(()) => folder.parent().map_or(Ok(()), durable::sync_folder),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
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
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(StoreFault::io("syncing", &path, source)),
        }
    }
    durable::sync_folder(folder)
}

/// sled has no name for it.
fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

fn fault(action: &'static str, folder: &Path, error: sled::Error) -> StoreFault {
    match error {
        sled::Error::Io(source) => StoreFault::io(action, folder, source),
        other => StoreFault::Damaged { path: folder.to_owned(), reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests;
