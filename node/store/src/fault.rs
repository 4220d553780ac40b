//! What goes wrong with files.

use std::io;
use std::path::{Path, PathBuf};

/// The disk did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// No space left.
    #[error("disk full while {action} {}: free space on that disk and start the node again", path.display())]
    DiskFull {
        /// What was attempted, as in "writing".
        action: &'static str,
        /// Where.
        path: PathBuf,
    },
    /// Any other refusal of the operating system.
    #[error("{action} {} failed: {source}", path.display())]
    Io {
        /// What was attempted, as in "writing".
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The contents contradict their own checksums.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// Where.
        path: PathBuf,
        /// How it shows.
        reason: String,
    },
}

impl StoreFault {
    /// The fault of `action` at `path`, with a full disk told apart.
    pub fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { action, path },
            _ => Self::Io { action, path, source },
        }
    }

    /// Whether somebody else has the file.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::WouldBlock)
    }

    /// Whether the disk is full.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::DiskFull { .. })
    }
}
