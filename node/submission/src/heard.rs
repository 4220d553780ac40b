//! Taking in what other nodes tell of.

use crate::{Submission, refused};
use medshare_ledger::check::NamedEntry;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_node_chain::mempool::{Coming, says_urgent};
use medshare_node_refusal::{Code, Refusal};
use std::vec::IntoIter;

/// Entries of one message that are of no use here, after which no more of it is looked at. Of an honest node they are those that were
/// decided meanwhile, or for which there is no room for the moment; it proposes them itself.
const MOST_IN_VAIN: usize = 256;
/// What the entries of one turn weigh, the last of them aside: some 50 ms, as a whole message may take seconds.
const TURN_WEIGHT: usize = 1_000;

/// What became of an entry that a peer told of.
enum Taken {
    /// It waits; whether it did not before.
    In(bool),
    /// It was decided before.
    Decided,
    /// It cannot be taken in now.
    NotNow(Refusal),
    /// Whoever told of it did not check it.
    Broken(Refusal),
}

/// What a peer told of, as far as it was not looked at yet.
pub struct Heard {
    /// What ends access comes first.
    entries: IntoIter<Entry>,
    in_vain: usize,
}

impl Heard {
    /// Reads a message.
    ///
    /// # Errors
    /// [`Refusal`] when it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let entries = codec::decode(bytes).map_err(|e| Refusal::new(Code::Malformed, e.to_string()))?;
        let mut entries: Vec<Entry> = entries;
        entries.sort_by_key(|entry| !says_urgent(entry));
        Ok(Self { entries: entries.into_iter(), in_vain: 0 })
    }

    /// The next entry, if the turn is not over and the message not of too little use.
    fn next(&mut self, weight: &mut usize) -> Option<Entry> {
        if *weight >= TURN_WEIGHT || self.in_vain >= MOST_IN_VAIN {
            return None;
        }
        let entry = self.entries.next()?;
        *weight += entry.weight();
        Some(entry)
    }

    /// What is left to look at, if anything is.
    fn rest(self) -> Option<Self> {
        (self.in_vain < MOST_IN_VAIN && self.entries.len() > 0).then_some(self)
    }
}

impl Submission {
    /// Takes in entries that a peer gossiped, so many as are a turn's; what is left, if anything is, is for another turn. A node gossips
    /// only what it has checked itself: behind one that breaks a rule of form or signature, nothing of the message is looked at; nor behind
    /// more of no use than an honest node tells of.
    ///
    /// # Errors
    /// [`Refusal`] of one that breaks a rule.
    pub fn take_gossip(&self, mut heard: Heard) -> Result<Option<Heard>, Refusal> {
        let (mut is_any_new, mut weight, mut broken) = (false, 0, None);
        while let Some(entry) = heard.next(&mut weight) {
            match self.take(NamedEntry::new(entry)).unwrap_or_else(Taken::NotNow) {
                Taken::In(is_new) => is_any_new |= is_new,
                Taken::Decided => heard.in_vain += 1,
                Taken::NotNow(refusal) => {
                    heard.in_vain += 1;
                    tracing::debug!(code = refusal.code.word(), "a gossiped entry was not taken in");
                }
                Taken::Broken(refusal) => {
                    broken = Some(refusal);
                    break;
                }
            }
        }
        if is_any_new {
            (self.wake)();
        }
        broken.map_or_else(|| Ok(heard.rest()), Err)
    }

    /// What waits or was decided here before costs no signature check, and neither does what would find no room.
    fn take(&self, entry: NamedEntry) -> Result<Taken, Refusal> {
        let hash = entry.hash();
        if self.chain.mempool.get(&hash).is_some() {
            return Ok(Taken::In(false));
        }
        if self.chain.views().entry(&hash)?.is_some() {
            return Ok(Taken::Decided);
        }
        let origin = self.room_for(&entry)?;
        match entry.check(self.chain.facts()) {
            Ok(entry) => Ok(Taken::In(self.insert(Coming { entry, origin })?)),
            Err(rejection) => Ok(Taken::Broken(refused(rejection))),
        }
    }
}
