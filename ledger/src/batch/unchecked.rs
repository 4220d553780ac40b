//! Batches as somebody sent them.

use super::{Batch, BatchError, BatchHeader, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES};
use crate::check::NamedEntry;
use crate::codec::decode;
use crate::entry::Entry;
use crate::history::Frontier;
use crate::weight::MAX_BATCH_WEIGHT;
use medshare_crypto::hash::Hash32;

/// A decoded batch whose entries have their names and leaves, so that neither is computed again; nothing of it is checked.
#[derive(Clone, Debug)]
pub struct UncheckedBatch {
    pub(super) header: BatchHeader,
    pub(super) entries: Vec<NamedEntry>,
}

impl UncheckedBatch {
    /// Decodes the bytes of a batch.
    ///
    /// # Errors
    /// [`BatchError`] when they are too many, too much work to check, or no batch.
    pub fn decode(bytes: &[u8]) -> Result<Self, BatchError> {
        let too_large = |entries| BatchError::TooLarge { entries, bytes: bytes.len() };
        if bytes.len() > MAX_BATCH_BYTES {
            return Err(too_large(0));
        }
        let Batch { header, entries } = decode::<Batch>(bytes)?;
        if entries.len() > MAX_BATCH_ENTRIES {
            return Err(too_large(entries.len()));
        }
        let weight = entries.iter().map(Entry::weight).sum();
        if weight > MAX_BATCH_WEIGHT {
            return Err(BatchError::TooHeavy { weight });
        }
        Ok(Self { header, entries: entries.into_iter().map(NamedEntry::new).collect() })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// The hash that validators vote on.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        self.header.hash()
    }

    /// Whether these are the entries that the header commits to, after this history.
    #[must_use]
    pub fn follows(&self, history: &Frontier) -> bool {
        let after = history.with(self.entries.iter().map(NamedEntry::leaf));
        usize::try_from(self.header.entry_count) == Ok(self.entries.len())
            && self.header.history_size == after.size()
            && self.header.history_root == after.root()
    }
}
