//! One process for one home: two nodes with one key would both vote.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Name of the file that is locked.
const FILE: &str = "lock";

/// Why a home is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum HomeLockError {
    /// Another process has it.
    #[error("another process runs the node of {}; stop it first", home.display())]
    Taken {
        /// The home.
        home: PathBuf,
    },
    /// The file cannot be made or locked.
    #[error("cannot lock {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
}

/// A home that no other process uses; free again when this is dropped or the process ends.
#[derive(Debug)]
pub struct HomeLock(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl HomeLock {
    /// Locks a home.
    ///
    /// # Errors
    /// [`HomeLockError`] when another process has it.
    pub fn take(home: &Path) -> Result<Self, HomeLockError> {
        let path = home.join(FILE);
        let file = File::create(&path).map_err(|source| HomeLockError::Io { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(HomeLockError::Taken { home: home.to_owned() }),
            Err(TryLockError::Error(source)) => Err(HomeLockError::Io { path, source }),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_for_one_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let first = HomeLock::take(home.path()).unwrap();
        let error = HomeLock::take(home.path()).unwrap_err();
        assert!(error.to_string().contains("another process runs the node"), "{error}");
        drop(first);
        HomeLock::take(home.path()).unwrap();
        assert!(matches!(HomeLock::take(&home.path().join("absent")), Err(HomeLockError::Io { .. })));
    }
}
