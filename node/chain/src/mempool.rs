//! Entries that wait to be ordered, in the order of their arrival.

use medshare_crypto::hash::Hash32;
use medshare_ledger::check::VerifiedEntry;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Most entries that wait.
pub const MAX_WAITING_ENTRIES: usize = 20_000;
/// Most bytes of waiting entries.
pub const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;
/// How long an entry waits before it is dropped.
pub const MAX_WAIT: Duration = Duration::from_secs(60);

/// Why an entry is not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// Too many or too large entries wait.
    #[error("too many entries wait to be ordered; try again in a few seconds")]
    Full,
}

#[derive(Default)]
struct Queue {
    by_arrival: BTreeMap<u64, (VerifiedEntry, Instant)>,
    by_hash: HashMap<Hash32, u64>,
    bytes: usize,
    arrivals: u64,
}

/// The waiting entries. Reaped by number, size and time; an entry is in it once.
#[derive(Default)]
pub struct Mempool(Mutex<Queue>);

impl Mempool {
    /// Takes an entry in; says whether it is new.
    ///
    /// # Errors
    /// [`Full`] when no room is left.
    pub fn insert(&self, entry: VerifiedEntry) -> Result<bool, Full> {
        let mut queue = self.queue();
        if queue.by_hash.contains_key(&entry.hash()) {
            return Ok(false);
        }
        if queue.by_hash.len() >= MAX_WAITING_ENTRIES || queue.bytes + entry.size() > MAX_WAITING_BYTES {
            queue.reap_late();
            if queue.by_hash.len() >= MAX_WAITING_ENTRIES || queue.bytes + entry.size() > MAX_WAITING_BYTES {
                return Err(Full::Full);
            }
        }
        let arrival = queue.arrivals;
        queue.arrivals += 1;
        queue.bytes += entry.size();
        queue.by_hash.insert(entry.hash(), arrival);
        queue.by_arrival.insert(arrival, (entry, Instant::now()));
        Ok(true)
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue().by_hash.is_empty()
    }

    /// How many entries wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue().by_hash.len()
    }

    /// The waiting entry with this hash.
    #[must_use]
    pub fn get(&self, hash: &Hash32) -> Option<VerifiedEntry> {
        let queue = self.queue();
        let arrival = queue.by_hash.get(hash)?;
        queue.by_arrival.get(arrival).map(|(entry, _)| entry.clone())
    }

    /// The oldest waiting entries, at most `count`; those that waited too long are dropped.
    #[must_use]
    pub fn oldest(&self, count: usize) -> Vec<VerifiedEntry> {
        let mut queue = self.queue();
        queue.reap_late();
        queue.by_arrival.values().take(count).map(|(entry, _)| entry.clone()).collect()
    }

    /// Removes entries that were decided or can no longer apply.
    pub fn remove(&self, hashes: impl IntoIterator<Item = Hash32>) {
        let mut queue = self.queue();
        for hash in hashes {
            queue.remove(&hash);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn remove(&mut self, hash: &Hash32) {
        if let Some((entry, _)) = self.by_hash.remove(hash).and_then(|arrival| self.by_arrival.remove(&arrival)) {
            self.bytes -= entry.size();
        }
    }

    fn reap_late(&mut self) {
        let late = |(_, arrived): &&(VerifiedEntry, Instant)| arrived.elapsed() > MAX_WAIT;
        let hashes: Vec<Hash32> = self.by_arrival.values().take_while(late).map(|(entry, _)| entry.hash()).collect();
        hashes.iter().for_each(|hash| self.remove(hash));
    }
}

#[cfg(test)]
mod tests;
