//! Taking in what other nodes tell of.

use crate::{Submission, refused};
use medshare_ledger::check::NamedEntry;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_node_chain::mempool::Coming;
use medshare_node_refusal::{Code, Refusal};

/// Entries of one message that are of no use here, after which no more of it is looked at. Of an honest node they are those that were
/// decided meanwhile, or for which there is no room for the moment; it proposes them itself.
const MOST_IN_VAIN: usize = 256;

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

impl Submission {
    /// Takes in entries that a peer gossiped. A node gossips only what it has checked itself: behind one that breaks a rule of form or
    /// signature, nothing of the message is looked at; nor behind more of no use than an honest node tells of.
    ///
    /// # Errors
    /// [`Refusal`] of the last that was not taken in.
    pub fn take_gossip(&self, bytes: &[u8]) -> Result<(), Refusal> {
        let entries: Vec<Entry> = codec::decode(bytes).map_err(|e| Refusal::new(Code::Malformed, e.to_string()))?;
        let (mut is_any_new, mut in_vain, mut result) = (false, 0, Ok(()));
        for entry in entries {
            match self.take(NamedEntry::new(entry)).unwrap_or_else(Taken::NotNow) {
                Taken::In(is_new) => is_any_new |= is_new,
                Taken::Decided => in_vain += 1,
                Taken::NotNow(refusal) => {
                    in_vain += 1;
                    result = Err(refusal);
                }
                Taken::Broken(refusal) => {
                    result = Err(refusal);
                    break;
                }
            }
            if in_vain >= MOST_IN_VAIN {
                break;
            }
        }
        if is_any_new {
            (self.wake)();
        }
        result
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
