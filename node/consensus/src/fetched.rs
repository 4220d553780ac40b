//! Batches of the height under way that other nodes gave out as decided.
//!
//! The engine compares them with their certificates, after it has asked for their hashes. So nothing of them is stored, and none
//! counts as checked here: whoever serves another batch under a genuine certificate would have this node vote for it. The one that is
//! decided is committed from here, and fetched again after a crash.

use std::collections::VecDeque;

use bytes::Bytes;
use medshare_crypto::hash::Hash32;

use super::limits::MAX_FETCHED;

/// The batches, by hash.
#[derive(Default)]
pub(super) struct Fetched(VecDeque<(Hash32, Bytes)>);

impl Fetched {
    /// Keeps a batch with the hash that it gives; of too many the oldest goes.
    pub(super) fn keep(&mut self, hash: Hash32, batch: Bytes) {
        if self.0.iter().any(|(known, _)| *known == hash) {
            return;
        }
        if self.0.len() >= MAX_FETCHED {
            self.0.pop_front();
        }
        self.0.push_back((hash, batch));
    }

    /// The batch with this hash.
    pub(super) fn batch(&self, hash: Hash32) -> Option<Bytes> {
        self.0.iter().find(|(known, _)| *known == hash).map(|(_, batch)| batch.clone())
    }

    /// Begins anew, for the next height.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
