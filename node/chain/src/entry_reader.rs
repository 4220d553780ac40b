//! Reading entries of the history one after another.

use crate::chain::Chain;
use crate::error::ChainError;
use medshare_ledger::batch::entry_at;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::Height;
use medshare_ledger::state::StateFault;
use medshare_node_store::log::DecidedBatch;

/// Reads entries, and keeps the batch that it read last: what was decided together costs one read of the log, and not one
/// each. Ask in the order of the history.
pub struct EntryReader<'a> {
    chain: &'a Chain,
    last: Option<DecidedBatch>,
    batches_read: u64,
}

impl<'a> EntryReader<'a> {
    /// A reader that has read nothing yet.
    #[must_use]
    pub const fn of(chain: &'a Chain) -> Self {
        Self { chain, last: None, batches_read: 0 }
    }

    /// The entry at this index of the history, and the height that decided it.
    ///
    /// # Errors
    /// [`ChainError`] when views or log cannot be read, or have nothing at this index.
    pub fn entry(&mut self, index: u64) -> Result<(Entry, Height), ChainError> {
        const MISSING: StateFault = StateFault::Corrupt { what: "history place" };
        let (height, offset) = self.chain.views().leaf_place(index)?.ok_or(MISSING)?;
        let entry = entry_at(self.batch(height)?, offset).map_err(|_| MISSING)?;
        Ok((entry, height))
    }

    /// How often the log was read.
    #[must_use]
    pub const fn batches_read(&self) -> u64 {
        self.batches_read
    }

    fn batch(&mut self, height: Height) -> Result<&[u8], ChainError> {
        let kept = self.last.take().filter(|last| last.certificate.height == height);
        let batch = match kept {
            Some(kept) => kept,
            None => self.read(height)?,
        };
        Ok(&self.last.insert(batch).bytes)
    }

    fn read(&mut self, height: Height) -> Result<DecidedBatch, ChainError> {
        self.batches_read += 1;
        let decided = self.chain.logged(height)?;
        Ok(decided.ok_or(StateFault::Corrupt { what: "history place" })?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::testing::Parties;

    #[test]
    fn what_was_decided_together_is_read_once() {
        let parties = Parties::new();
        let chain = parties.ready_chain();
        let mut entries = EntryReader::of(&chain);
        let heights: Vec<u64> = (0..12).map(|index| entries.entry(index).unwrap().1.0).collect();
        assert_eq!(heights, [[1; 2].as_slice(), &[2; 10]].concat());
        assert_eq!(entries.batches_read(), 2);
        assert!(matches!(entries.entry(0).unwrap(), (Entry::Identity(..), Height(1))));
        assert!(matches!(entries.entry(1).unwrap(), (Entry::AttributeKeys(..), Height(1))));
        assert_eq!(entries.batches_read(), 3, "one batch is kept, not two");
        assert!(entries.entry(12).is_err());
    }
}
