//! How an entry from outside comes in: first a look that costs little, at whoever may have sent it; then what may cost much, for known
//! signers.

use crate::{Submission, decided, refused};
use medshare_crypto::hash::Hash32;
use medshare_ledger::check::{NamedEntry, SignedEntry, check_snapshot};
use medshare_ledger::entry::Entry;
use medshare_node_chain::mempool::{Coming, Origin};
use medshare_node_refusal::Refusal;

/// What a look at an entry tells.
pub enum Looked {
    /// It waits here, or was applied.
    Known(Hash32),
    /// It is new, and signed by those who it says.
    New(Box<Signed>),
}

/// An entry that is signed, for which there was room.
pub struct Signed {
    entry: SignedEntry,
    origin: Origin,
}

impl Signed {
    /// Whose it is.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl Submission {
    /// Takes in an entry and tells the other nodes; does not wait.
    ///
    /// # Errors
    /// As [`Self::look`] and [`Self::take_in`].
    pub fn submit(&self, entry: Entry) -> Result<Hash32, Refusal> {
        self.submit_named(NamedEntry::new(entry))
    }

    pub(crate) fn submit_named(&self, entry: NamedEntry) -> Result<Hash32, Refusal> {
        match self.look_at(entry)? {
            Looked::Known(hash) => Ok(hash),
            Looked::New(signed) => self.take_in(*signed),
        }
    }

    /// Whether an entry was applied, as far as is known here.
    ///
    /// # Errors
    /// [`Refusal`] when it was rejected, or the views cannot be read.
    fn is_applied(&self, hash: &Hash32) -> Result<bool, Refusal> {
        self.chain.views().entry(hash)?.map_or(Ok(false), |place| decided(place).map(|()| true))
    }

    /// Whether an entry was applied, of those that were or may still be: a few reads, and nothing of it is checked.
    ///
    /// # Errors
    /// [`Refusal`] when it was rejected, or the ledger can never take it.
    pub fn is_applied_or_may_be(&self, entry: &Entry) -> Result<bool, Refusal> {
        let hash = entry.hash();
        let is_applied = self.is_applied(&hash)?;
        if is_applied || self.chain.mempool.get(&hash).is_some() {
            return Ok(is_applied);
        }
        match check_snapshot(entry, self.chain.state(), self.chain.tip().time)? {
            Ok(()) => Ok(false),
            // what waits here by now is not applied yet
            Err(rejection) => self.unless_known(&hash, refused(rejection)).and_then(|()| self.is_applied(&hash)),
        }
    }

    /// Whether it waits here, or was applied.
    fn is_known(&self, hash: &Hash32) -> Result<bool, Refusal> {
        Ok(self.is_applied(hash)? || self.chain.mempool.get(hash).is_some())
    }

    /// A refusal of an entry, unless the entry is known by now: applied meanwhile, it is refused for its own effect.
    fn unless_known(&self, hash: &Hash32, refusal: Refusal) -> Result<(), Refusal> {
        if self.is_known(hash)? { Ok(()) } else { Err(refusal) }
    }

    /// Whether an entry is known here, and who signed it: a few reads and a signature.
    ///
    /// # Errors
    /// [`Refusal`] when it was rejected before, is of no good form or signature, or there is no room.
    pub fn look(&self, entry: Entry) -> Result<Looked, Refusal> {
        self.look_at(NamedEntry::new(entry))
    }

    fn look_at(&self, entry: NamedEntry) -> Result<Looked, Refusal> {
        let hash = entry.hash();
        // What waits was checked: whoever sends it again has nothing computed.
        if self.is_known(&hash)? { Ok(Looked::Known(hash)) } else { self.look_into(entry) }
    }

    /// The look at an entry that was not known when it was asked.
    pub(crate) fn look_into(&self, entry: NamedEntry) -> Result<Looked, Refusal> {
        let origin = match self.room_for(&entry) {
            Ok(origin) => origin,
            Err(refusal) => {
                let hash = entry.hash();
                return self.unless_known(&hash, refusal).map(|()| Looked::Known(hash));
            }
        };
        let entry = entry.signed(self.chain.facts()).map_err(refused)?;
        Ok(Looked::New(Box::new(Signed { entry, origin })))
    }

    /// Takes in an entry that was looked at, and tells the other nodes; does not wait for it. Computes for a while.
    ///
    /// # Errors
    /// [`Refusal`] when it breaks a rule that can be checked now, or there is no room.
    pub fn take_in(&self, Signed { entry, origin }: Signed) -> Result<Hash32, Refusal> {
        let hash = entry.hash();
        // A copy of it may have been taken in since it was looked at.
        if self.is_known(&hash)? {
            return Ok(hash);
        }
        self.take_in_new(entry, origin)
    }

    /// Takes in an entry that was not known when it was asked.
    pub(crate) fn take_in_new(&self, entry: SignedEntry, origin: Origin) -> Result<Hash32, Refusal> {
        let (hash, entry) = (entry.hash(), entry.check().map_err(refused)?);
        match self.insert(Coming { entry: entry.clone(), origin }) {
            Ok(true) => {
                (self.wake)();
                self.gossip.tell(entry);
            }
            Ok(false) => {}
            Err(refusal) => self.unless_known(&hash, refusal)?,
        }
        Ok(hash)
    }
}
