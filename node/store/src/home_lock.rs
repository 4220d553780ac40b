//! One process for one home: two nodes with one key would both vote.

use medshare_own_files::{Access, open};
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Name of the file that is locked.
const FILE: &str = "lock";

/// Why a home is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum HomeLockError {
    /// Another process has it.
    #[error("another process{} runs the node of {}; stop it first", named(*process), home.display())]
    Taken {
        /// The home.
        home: PathBuf,
        /// The other process, where it said so.
        process: Option<u32>,
    },
    /// The home cannot be written to.
    #[error("cannot write to the home {}: expected one that belongs to the user who runs the node, on a disk that can be written", home.display())]
    Unwritable {
        /// The home.
        home: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The file cannot be made or locked.
    #[error("cannot lock {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

fn named(process: Option<u32>) -> String {
    process.map_or_else(String::new, |id| format!(" (its id is {id})"))
}

/// A home that no other process uses; free again when this is dropped or the process ends.
#[derive(Debug)]
pub struct HomeLock(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl HomeLock {
    /// Locks a home.
    ///
    /// # Errors
    /// [`HomeLockError`] when another process has it, or it cannot be written to.
    pub fn take(home: &Path) -> Result<Self, HomeLockError> {
        let path = home.join(FILE);
        let failed = |source: io::Error| match source.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::StorageFull => {
                HomeLockError::Unwritable { home: home.to_owned(), source }
            }
            _ => HomeLockError::Io { path: path.clone(), source },
        };
        let mut file = open(&path, Access::Keep(0o600)).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let process = std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
                return Err(HomeLockError::Taken { home: home.to_owned(), process });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // For whoever finds the home taken.
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
        Ok(Self(file))
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
        let words = format!("another process (its id is {}) runs the node", std::process::id());
        assert!(error.to_string().contains(&words), "{error}");
        drop(first);
        HomeLock::take(home.path()).unwrap();
        assert!(matches!(HomeLock::take(&home.path().join("absent")), Err(HomeLockError::Io { .. })));
    }

    #[test]
    fn a_link_in_place_of_the_lock_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let precious = home.path().join("precious");
        std::fs::write(&precious, "precious").unwrap();
        std::os::unix::fs::symlink(&precious, home.path().join(FILE)).unwrap();
        assert!(matches!(HomeLock::take(home.path()), Err(HomeLockError::Io { .. })));
        assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious");
    }
}
