//! The write-ahead log as two files, one of which remembers the last height voted in.
//!
//! A height begins in an empty file. Were there only one, emptying it would take away the memory of the height before: a node that
//! lost its batch log at that moment could not tell that it ever voted. So a height that begins takes the other file, and what was
//! logged last stays until the first entry of the new height is on disk. Both are there before either has an entry: one alone is half of
//! what was written.

use std::path::PathBuf;

use medshare_ledger::id::Height;

use super::file::{Contents, WalFile};
use medshare_node_store::fault::StoreFault;

/// An open write-ahead log.
#[derive(Debug)]
pub struct VoteLog {
    current: WalFile,
    before: WalFile,
}

impl VoteLog {
    /// Opens the files, created if need be, with the entries of the last height that is in them.
    ///
    /// # Errors
    /// When the disk refuses, or a file is [`Contents::Damaged`].
    pub fn open(paths: &[PathBuf; 2]) -> Result<(Self, Vec<Vec<u8>>), StoreFault> {
        let [first, second] = paths;
        let ((first, in_first), (second, in_second)) = (WalFile::open(first)?, WalFile::open(second)?);
        let (current, before, contents) = match first.height() >= second.height() {
            true => (first, second, in_first),
            false => (second, first, in_second),
        };
        let entries = match contents {
            Contents::Entries { entries, .. } => entries,
            Contents::Missing | Contents::Empty | Contents::Damaged { .. } => Vec::new(),
        };
        Ok((Self { current, before }, entries))
    }

    /// Files that the disk takes no writes to.
    #[cfg(test)]
    pub(super) fn of(current: WalFile, before: WalFile) -> Self {
        Self { current, before }
    }

    /// The height that is being logged.
    #[must_use]
    pub fn height(&self) -> Height {
        self.current.height()
    }

    /// Begins `height`, with no entries. Those of the last height that has some on disk stay.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn start(&mut self, height: Height) -> Result<(), StoreFault> {
        if self.current.keeps_entries() && self.current.height() != height {
            std::mem::swap(&mut self.current, &mut self.before);
        }
        self.current.start(height)
    }

    /// Has the log say, durably, that nothing after `height` was signed, and that nobody knows what was in it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remember(&mut self, height: Height) -> Result<(), StoreFault> {
        self.current.remember(height)
    }

    /// Adds an entry, which is written with the next [`flush`](Self::flush), and durable then.
    ///
    /// # Errors
    /// When the entry is too long.
    pub fn append(&mut self, entry: &[u8]) -> Result<(), StoreFault> {
        self.current.append(entry)
    }

    /// Writes the entries that wait, and returns once every entry is on disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn flush(&mut self) -> Result<(), StoreFault> {
        self.current.flush()
    }
}
