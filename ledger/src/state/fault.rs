//! A state that this node cannot read: its own trouble, never an entry's.

use std::error::Error;

/// Why the state cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StateFault {
    /// The store failed.
    #[error("the state store failed")]
    Store(#[source] Box<dyn Error + Send + Sync>),
    /// A stored value is not what its key promises.
    #[error("the stored {what} is damaged; rebuild the views from the log")]
    Corrupt {
        /// What the key stands for.
        what: &'static str,
    },
    /// The tree has no such version.
    #[error("the state tree has no version {version}; rebuild the views from the log")]
    MissingVersion {
        /// The version.
        version: u64,
    },
    /// The tree of that height, or of a later one, is written already.
    #[error("the state after height {height} is written already")]
    HeightExists {
        /// The height.
        height: u64,
    },
    /// Too much has changed since that height.
    #[error("the state after height {height} is not kept any more; ask for the last one")]
    NotKept {
        /// The height.
        height: u64,
    },
}

impl StateFault {
    /// A failure of the store.
    pub fn store(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Store(source.into())
    }
}
