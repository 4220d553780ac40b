//! Entries of one kind in the order in which they were applied.

use bincode::{Decode, Encode};
use medshare_crypto::hash::{Hash32, tagged_hash};

/// Entries that were applied one after the other, as a hash chain: its head and count prove that none is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct EntryChain {
    /// Number of entries.
    pub count: u32,
    /// Hash over the previous head and the last entry's hash; zero before the first.
    pub head: Hash32,
}

impl EntryChain {
    /// This chain and one entry more.
    #[must_use]
    pub fn extended(&self, entry: &Hash32) -> Self {
        let head = tagged_hash("medshare/entry-chain/v1", &[self.head.as_bytes(), entry.as_bytes()]);
        Self { count: self.count.saturating_add(1), head }
    }
}
