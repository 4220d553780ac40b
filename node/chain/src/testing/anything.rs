//! A chain in memory that decides what somebody hostile hands in.
//!
//! What is sought is a batch that passes the check of every validator and that none of them can execute: it would stop all of them
//! for good.

use super::T0;
use super::choices::Choices;
use super::hostile::{Hostile, Line};
use crate::contracts::ChainContracts;
use crate::execute::{ExecuteError, execute_genesis, execute_next};
use crate::views::Views;
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::UncheckedBatch;
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::Timestamp;
use medshare_ledger::window::ENTRY_WINDOW_MS;
use medshare_node_store::kv::memory::MemoryStore;
use std::sync::Arc;

/// Most entries of a batch.
const MOST_ENTRIES: usize = 6;

/// The parties, and the contract that runs on chain.
pub struct Anything {
    hostile: Hostile,
    contracts: ChainContracts,
}

/// What became of an entry: its kind, and the code of its receipt.
pub type Became = (&'static str, u16);

impl Anything {
    /// New parties.
    #[must_use]
    pub fn new() -> Self {
        Self { hostile: Hostile::new(), contracts: ChainContracts::new().unwrap() }
    }

    /// Decides batches as these bytes choose, from a new genesis on. Says what became of each entry.
    ///
    /// # Errors
    /// [`ExecuteError`] when a batch that passed the check cannot be executed: what must not be.
    pub fn decide(&self, bytes: &[u8]) -> Result<Vec<Became>, ExecuteError> {
        let views = Views::new(Arc::new(MemoryStore::new()));
        let tip = execute_genesis(&self.hostile.parties.facts, &views)?;
        let mut line = Line { views, tip, blocks: Vec::new(), requests: Vec::new() };
        let mut choices = Choices::new(bytes);
        let mut became = Vec::new();
        // Registrations and attributes, without which little applies.
        self.next(&mut line, self.hostile.first.clone(), T0 + 1, &mut became)?;
        while !choices.are_over() {
            let now = line.tip.time.0 + 1 + choices.mostly(1_000, |choices| choices.number() % (2 * ENTRY_WINDOW_MS));
            let count = 1 + choices.below(MOST_ENTRIES);
            let entries: Vec<_> = (0..count).filter_map(|_| self.hostile.entry(&line, now, &mut choices)).collect();
            self.next(&mut line, entries, now, &mut became)?;
        }
        Ok(became)
    }

    fn next(
        &self,
        line: &mut Line,
        entries: Vec<VerifiedEntry>,
        now: u64,
        became: &mut Vec<Became>,
    ) -> Result<(), ExecuteError> {
        let parties = &self.hostile.parties;
        let proposed = line.tip.propose(entries.clone(), parties.node(0), Timestamp(now), &line.views)?.batch;
        let known = |hash: &Hash32| entries.iter().find(|entry| entry.hash() == *hash).cloned();
        let sent = UncheckedBatch::decode(&proposed.to_bytes())?;
        let batch = line.tip.check(sent, &parties.facts, None, &line.views, &known);
        let batch = batch.expect("what an honest node proposes passes the check");
        let tip = execute_next(&line.tip, &batch, &parties.facts, &line.views, &self.contracts)?.tip;
        for entry in batch.entries() {
            let place = line.views.entry(&entry.hash())?.expect("an entry that was decided has its place");
            became.push((entry.entry().kind(), place.code));
            match (entry.entry(), place.code) {
                (Entry::ParentBlock(block), 0) => line.blocks.push((**block).clone()),
                (Entry::Request(request, _), 0) => line.requests.push(request.clone()),
                _ => {}
            }
        }
        line.tip = tip;
        Ok(())
    }
}
