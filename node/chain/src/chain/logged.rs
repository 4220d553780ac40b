//! The log of what was decided. Commits wait for whoever holds it, so it is read beside it; and it is held while a disk takes what is
//! appended, so that all but the last height is for threads that may wait.

use super::Chain;
use crate::error::ChainError;
use crate::views::EntryPlace;
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::{Batch, entry_at, header_of};
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{Height, NodeId};
use medshare_ledger::state::StateFault;
use medshare_node_store::log::{DecidedBatch, LogError};
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;

impl Chain {
    /// The last height in the log, at once: known as soon as its batch is on disk.
    pub fn last_logged(&self) -> Option<Height> {
        Some(Height(self.logged.load(Ordering::Acquire))).filter(|last| *last > Height(0))
    }

    /// Appends the batch of the next height. Returns once it is on disk.
    ///
    /// # Errors
    /// As [`BatchLog::append`](medshare_node_store::log::BatchLog::append).
    pub fn append(&self, decided: &DecidedBatch) -> Result<(), LogError> {
        self.log().append(decided)?;
        self.logged.fetch_max(decided.certificate.height.0, Ordering::Release);
        Ok(())
    }

    /// The batches of these heights, ending with the one with which `most_bytes` bytes are reached. Commits do not wait while they are read.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub fn logged_through(
        &self,
        heights: &RangeInclusive<Height>,
        most_bytes: usize,
    ) -> Result<Vec<DecidedBatch>, LogError> {
        let reading = self.log().reading(*heights.start());
        reading.batches_through(*heights.end(), most_bytes)
    }

    /// The batch of a height as it was logged. Commits do not wait while it is read.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub fn logged(&self, height: Height) -> Result<Option<DecidedBatch>, LogError> {
        let reading = self.log().reading(height);
        reading.batch()
    }

    /// The certificate of a height, of which the log's own checksum says nothing: its signatures do.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub fn certificate(&self, height: Height) -> Result<Option<CommitCertificate>, LogError> {
        let reading = self.log().reading(height);
        reading.certificate()
    }

    /// The decided batch of a height with its certificate.
    ///
    /// # Errors
    /// [`ChainError`] when the log cannot be read.
    pub fn batch(&self, height: Height) -> Result<Option<(Batch, CommitCertificate)>, ChainError> {
        let Some(decided) = self.logged(height)? else { return Ok(None) };
        let batch = codec::decode(&decided.bytes).map_err(|_| StateFault::Corrupt { what: "batch" })?;
        Ok(Some((batch, decided.certificate)))
    }

    /// Who proposed the last `count` batches, in order.
    ///
    /// # Errors
    /// [`ChainError`] when the log cannot be read.
    pub fn last_proposers(&self, count: u64) -> Result<Vec<NodeId>, ChainError> {
        let log = self.log();
        let (Some(first), Some(last)) = (log.first(), log.last()) else { return Ok(Vec::new()) };
        let from = first.max(Height(last.next().0.saturating_sub(count)));
        let proposer = |bytes: &[u8]| header_of(bytes).map(|header| header.proposer);
        log.iter_from(from)
            .map(|decided| proposer(&decided?.bytes).map_err(|_| StateFault::Corrupt { what: "batch" }.into()))
            .collect()
    }

    /// The entry with this hash, where it was decided.
    ///
    /// # Errors
    /// [`ChainError`] when views or log cannot be read.
    pub fn entry(&self, hash: &Hash32) -> Result<Option<(Entry, EntryPlace)>, ChainError> {
        let Some(place) = self.views.entry(hash)? else { return Ok(None) };
        let Some(decided) = self.logged(place.height)? else { return Ok(None) };
        let entry =
            entry_at(&decided.bytes, place.offset).map_err(|_| StateFault::Corrupt { what: "history place" })?;
        Ok(Some((entry, place)))
    }
}
