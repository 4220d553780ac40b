//! Ordered keys and values behind one trait: the views.
//!
//! Views hold nothing that the batch log does not imply. Whoever cannot open one, or finds that it disagrees with the log, wipes it
//! and builds it again.

#[cfg(any(test, feature = "testing"))]
pub mod hooked;
#[cfg(any(test, feature = "testing"))]
pub mod memory;
pub mod sled_store;

use super::fault::StoreFault;
use std::ops::Bound;

/// One change of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Sets the value.
    Put {
        /// The key.
        key: Vec<u8>,
        /// The value.
        value: Vec<u8>,
    },
    /// Removes the key, if it is there.
    Delete {
        /// The key.
        key: Vec<u8>,
    },
}

impl Change {
    /// Sets `key` to `value`.
    pub fn put(key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self::Put { key: key.into(), value: value.into() }
    }

    /// Removes `key`.
    pub fn delete(key: impl Into<Vec<u8>>) -> Self {
        Self::Delete { key: key.into() }
    }
}

/// A key with its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Where the keys begin that start with `prefix` and lie behind `prefix ‖ after`.
fn behind(prefix: &[u8], after: Option<&[u8]>) -> Bound<Vec<u8>> {
    after.map_or_else(|| Bound::Included(prefix.to_vec()), |after| Bound::Excluded([prefix, after].concat()))
}

/// An ordered map of bytes to bytes that survives restarts.
pub trait KvStore: Send + Sync {
    /// The value of `key`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault>;

    /// Makes all `changes`, in order, or none.
    ///
    /// Readers may see them at once; they survive a loss of power only after [`flush`](Self::flush).
    ///
    /// # Errors
    /// When the store cannot be written.
    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreFault>;

    /// Every pair whose key starts with `prefix`, in the order of the keys.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn scan(&self, prefix: &[u8]) -> Result<Vec<Pair>, StoreFault>;

    /// The first `limit` pairs whose key starts with `prefix`, in the order of the keys; those behind `prefix ‖ after`, if one is given.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn scan_after(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Pair>, StoreFault>;

    /// The pair with the greatest key that starts with `prefix` and is at most `prefix ‖ until`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Pair>, StoreFault>;

    /// Returns once everything applied so far survives a loss of power.
    ///
    /// # Errors
    /// When the disk does not take it.
    fn flush(&self) -> Result<(), StoreFault>;
}
