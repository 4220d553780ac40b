//! What was said a while ago, by other nodes or to an operator, so that nobody is asked or told the same again and again: hashes, each for a
//! while, and a bounded number of them.

use medshare_crypto::hash::Hash32;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many hashes of one kind are remembered.
const MOST_REMEMBERED: usize = 10_000;
/// How long it is remembered that nobody had a proxy key.
const MISSED_FOR: Duration = Duration::from_secs(10);
/// How long an owner's node is not told again of a report of which it said that it has it.
const ACKNOWLEDGED_FOR: Duration = Duration::from_secs(60);
/// How long an owner's node is not asked again for a request of which it said that it has ended.
const ENDED_FOR: Duration = Duration::from_secs(60);
/// How long an operator is not told again that a package cannot be read.
const BROKEN_FOR: Duration = Duration::from_secs(60 * 60);

/// The memories of a node.
pub struct Memories {
    /// Proxy keys that none of the others had, of grants by what they commit to. Beyond those that are remembered others are asked again,
    /// one key after the other.
    pub misses: Memory,
    /// Reports of which their owners' nodes said that they have them. Beyond those that are remembered the oldest is told again.
    pub acknowledged: Memory,
    /// Requests of which their owners' nodes said that they have ended.
    pub ended: Memory,
    /// Packages of which this node's log has it that they cannot be read, or their reports not be opened.
    pub broken: Memory,
}

impl Default for Memories {
    fn default() -> Self {
        Self {
            misses: Memory::new(MISSED_FOR, WhenFull::TakesNoMore),
            acknowledged: Memory::new(ACKNOWLEDGED_FOR, WhenFull::ForgetsTheOldest),
            ended: Memory::new(ENDED_FOR, WhenFull::ForgetsTheOldest),
            broken: Memory::new(BROKEN_FOR, WhenFull::ForgetsTheOldest),
        }
    }
}

/// What becomes of one more, where as many are remembered as may be.
#[derive(Clone, Copy)]
enum WhenFull {
    TakesNoMore,
    ForgetsTheOldest,
}

/// Hashes, and when each was noted.
pub struct Memory {
    lasts: Duration,
    when_full: WhenFull,
    noted: Mutex<BTreeMap<Hash32, Instant>>,
}

impl Memory {
    const fn new(lasts: Duration, when_full: WhenFull) -> Self {
        Self { lasts, when_full, noted: Mutex::new(BTreeMap::new()) }
    }

    /// Whether it was noted, and not too long ago.
    #[must_use]
    pub fn is_recent(&self, hash: &Hash32) -> bool {
        self.lock(|noted| noted.get(hash).is_some_and(|at| at.elapsed() < self.lasts))
    }

    /// Remembers it from now on.
    pub fn note(&self, hash: Hash32) {
        self.lock(|noted| {
            if noted.len() >= MOST_REMEMBERED {
                noted.retain(|_, at| at.elapsed() < self.lasts);
            }
            if noted.len() >= MOST_REMEMBERED {
                match self.when_full {
                    WhenFull::TakesNoMore => return,
                    WhenFull::ForgetsTheOldest => {
                        let oldest = noted.iter().min_by_key(|(_, at)| **at).map(|(hash, _)| *hash);
                        oldest.map(|oldest| noted.remove(&oldest));
                    }
                }
            }
            noted.insert(hash, Instant::now());
        });
    }

    fn lock<T>(&self, work: impl FnOnce(&mut BTreeMap<Hash32, Instant>) -> T) -> T {
        work(&mut self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medshare_crypto::hash::sha256;

    fn numbered(number: usize) -> Hash32 {
        sha256(&number.to_be_bytes())
    }

    /// A memory that is full, and one more noted in it.
    fn overfull(when_full: WhenFull) -> Memory {
        let memory = Memory::new(Duration::from_secs(3_600), when_full);
        memory.note(numbered(0));
        // So that it is older than the others.
        std::thread::sleep(Duration::from_millis(1));
        (1..=MOST_REMEMBERED).for_each(|number| memory.note(numbered(number)));
        assert_eq!(memory.lock(|noted| noted.len()), MOST_REMEMBERED, "no more than that");
        memory
    }

    #[test]
    fn a_full_memory_takes_no_more_or_forgets_the_oldest() {
        let memory = overfull(WhenFull::TakesNoMore);
        assert!(memory.is_recent(&numbered(0)) && !memory.is_recent(&numbered(MOST_REMEMBERED)));
        let memory = overfull(WhenFull::ForgetsTheOldest);
        assert!(!memory.is_recent(&numbered(0)) && memory.is_recent(&numbered(MOST_REMEMBERED)));
    }

    #[test]
    fn what_was_noted_long_ago_is_forgotten_and_makes_room() {
        let memory = Memory { lasts: Duration::ZERO, ..overfull(WhenFull::TakesNoMore) };
        assert!(!memory.is_recent(&numbered(0)));
        memory.note(numbered(MOST_REMEMBERED));
        assert_eq!(memory.lock(|noted| noted.len()), 1);
    }
}
