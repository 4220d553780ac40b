//! Entries that wait to be ordered.
//!
//! Who signed an entry has a share of the room, and so has within it whom it is about: beyond all of it, who has the most gives room to who
//! has less. Blocks are known by
//! their place in their chain, so that the next one can be put behind those that wait; a later form of a block takes the place of
//! the earlier one. What does not apply yet waits for what it lacks, for a while, and is not looked at before. What never will is refused
//! with its reason if a node made it; what people signed then waits for a place in the history that says so to everybody.

mod bounds;
mod need;
mod order;
mod place;
mod queue;
mod refused;
mod share;
mod source;
mod turn;
mod urgency;

pub use bounds::{MAX_LACK, MAX_WAIT, MAX_WAITING_BYTES, MAX_WAITING_ENTRIES, SHORT_LACK};
pub use need::Need;
pub use place::Head;
pub use source::{Coming, Origin, Source, requestor};
pub use turn::Lack;
pub(crate) use urgency::is_urgent;
pub use urgency::says_urgent;

use medshare_crypto::hash::Hash32;
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{Height, NodeId};
use medshare_ledger::rejection::Rejection;
use medshare_ledger::trail::Trail;
use place::Place;
use queue::Queue;
use std::sync::{Mutex, MutexGuard, PoisonError};
use turn::{Turn, Urgency};

/// Why an entry is not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Too many or too large entries wait.
    #[error("too many entries wait to be ordered; try again in a few seconds")]
    Full,
    /// It was refused before.
    #[error(transparent)]
    Refused(Rejection),
}

/// The waiting entries; an entry is in it once.
#[derive(Default)]
pub struct Mempool(Mutex<Queue>);

impl Mempool {
    /// Takes an entry in; says whether it is new. One that a later form of the same block waits for is not.
    ///
    /// # Errors
    /// [`NotTaken`] when no room is left for its origin, or it was refused before.
    pub fn insert(&self, entry: impl Into<Coming>) -> Result<bool, NotTaken> {
        let Coming { entry, origin } = entry.into();
        let mut queue = self.queue();
        if queue.by_hash.contains_key(&entry.hash()) {
            return Ok(false);
        }
        if let Some(rejection) = queue.refusals.for_good(&entry.hash()) {
            return Err(NotTaken::Refused(rejection));
        }
        let place = Place::of(entry.entry());
        if let Some((other, gives_way)) = place.as_ref().and_then(|place| queue.other_form(place)) {
            if !gives_way {
                return Ok(false);
            }
            queue.remove(&other);
        }
        if !queue.make_room(&origin, entry.size()) {
            return Err(NotTaken::Full);
        }
        queue.add(entry, origin, place);
        Ok(true)
    }

    /// Whether an entry that claims this origin would find room. Cheap: asked before signatures are looked at.
    #[must_use]
    pub fn has_room(&self, origin: &Origin, size: usize) -> bool {
        self.queue().has_room(origin, size)
    }

    /// How many entries wait that share an origin: its requestor's, and those of all requestors of her organisation.
    #[must_use]
    pub fn count_of(&self, origin: &Origin) -> (usize, usize) {
        let queue = self.queue();
        let count = |path| queue.shares.at(path).map_or(0, |share| share.count);
        (count(origin.path()), count(origin.organisation()))
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

    /// Whether something waits that was not looked at since the state changed.
    #[must_use]
    pub fn has_fresh(&self) -> bool {
        self.queue().waiting.values().any(|waiting| waiting.turn == Turn::Fresh)
    }

    /// The waiting entry with this hash.
    #[must_use]
    pub fn get(&self, hash: &Hash32) -> Option<VerifiedEntry> {
        self.queue().get(hash).map(|waiting| waiting.entry.clone())
    }

    /// The entry with this hash, if it was not judged behind `tip` yet; now it counts as judged.
    #[must_use]
    pub fn to_judge(&self, hash: &Hash32, tip: Height) -> Option<VerifiedEntry> {
        let mut queue = self.queue();
        let waiting = queue.get_mut(hash)?;
        let judged = waiting.judged.replace(tip);
        (judged != Some(tip)).then(|| waiting.entry.clone())
    }

    /// At most `count` entries that may apply: what ends access first, then every source in turn, beginning with another one for
    /// each `shift`. Those that waited too long are dropped.
    #[must_use]
    pub fn candidates(&self, shift: usize, count: usize) -> Vec<VerifiedEntry> {
        let mut queue = self.queue();
        queue.reap_late();
        order::candidates(&queue, shift, count)
    }

    /// At most `count` entries that say of themselves that they are urgent and were not examined yet, of every source in turn.
    #[must_use]
    pub(crate) fn to_examine(&self, shift: usize, count: usize) -> Vec<VerifiedEntry> {
        order::unexamined(&self.queue(), shift, count)
    }

    /// Notes whether the state bears out that an entry is urgent.
    pub(crate) fn examined(&self, hash: &Hash32, is_urgent: bool) {
        if let Some(waiting) = self.queue().get_mut(hash) {
            waiting.urgency = if is_urgent { Urgency::Borne } else { Urgency::No };
        }
    }

    /// At most `count` entries that will not apply and wait for the record, of every source in turn and no more than `of_source` of one.
    #[must_use]
    pub(crate) fn hopeless(&self, shift: usize, count: usize, of_source: usize) -> Vec<VerifiedEntry> {
        order::hopeless(&self.queue(), shift, count, of_source)
    }

    /// Leaves an entry until it has what it lacks.
    pub(crate) fn park(&self, hash: &Hash32, lack: Lack) {
        self.queue().turn(hash, Turn::Lacks(lack));
    }

    /// The first entries that wait for this, at most `count`.
    #[must_use]
    pub(crate) fn lacking(&self, need: &Need, count: usize) -> Vec<VerifiedEntry> {
        self.queue().lacking(need, count)
    }

    /// Leaves an entry for the next proposal: it applies, but not beside what was chosen before it.
    pub(crate) fn leave(&self, hash: &Hash32) {
        self.queue().applies_later(hash);
    }

    /// Notes that all candidates of a proposal were looked at and these chosen: they are no reason for another height.
    pub(crate) fn chosen(&self, hashes: impl IntoIterator<Item = Hash32>) {
        let mut queue = self.queue();
        for hash in hashes {
            queue.applies_later(&hash);
        }
    }

    /// A height was executed: its entries leave, with other forms of the blocks that were applied, and what lacked something that it
    /// brought is looked at again.
    pub(crate) fn executed<'a>(
        &self,
        decided: impl IntoIterator<Item = Hash32>,
        applied: &[VerifiedEntry],
        brought: impl IntoIterator<Item = &'a Need>,
    ) {
        let mut queue = self.queue();
        for hash in decided {
            queue.remove(&hash);
        }
        for place in applied.iter().filter_map(|entry| Place::of(entry.entry())) {
            if let Some((other, _)) = queue.other_form(&place) {
                queue.remove(&other);
            }
        }
        for need in brought {
            queue.wake(need);
        }
        queue.wake(&Need::Time);
    }

    /// Notes that somebody waits for an entry here.
    pub(crate) fn ask(&self, hash: &Hash32) {
        self.queue().ask(hash);
    }

    /// At most `count` entries that somebody waits for, others each time.
    #[must_use]
    pub(crate) fn asked(&self, count: usize) -> Vec<VerifiedEntry> {
        self.queue().asked(count)
    }

    /// Removes entries that were decided.
    pub fn remove(&self, hashes: impl IntoIterator<Item = Hash32>) {
        let mut queue = self.queue();
        for hash in hashes {
            queue.remove(&hash);
        }
    }

    /// Removes an entry that can never apply, and keeps the reason for who asks.
    pub fn refuse(&self, hash: &Hash32, rejection: Rejection) {
        self.queue().refuse(hash, rejection, true);
    }

    /// Ends the waiting of an entry that execution will always reject. What a node made is refused, and so is a request, which does no harm
    /// at a better time and of which one can make many; what people decided stays for the record, so that nobody can have it decided at
    /// a better time.
    pub(crate) fn despair(&self, hash: &Hash32, rejection: Rejection) {
        let mut queue = self.queue();
        let is_for_the_record =
            |waiting: &turn::Waiting| waiting.place.is_none() && !matches!(waiting.entry.entry(), Entry::Request(..));
        if queue.get(hash).is_some_and(is_for_the_record) {
            queue.turn(hash, Turn::Hopeless);
            return;
        }
        queue.refuse(hash, rejection, true);
    }

    /// Notes what an entry lacks. Once it has lacked something for too long it is given up: a node's block may come again.
    pub(crate) fn lacks(&self, hash: &Hash32, rejection: Rejection) {
        let mut queue = self.queue();
        if queue.get_mut(hash).is_some_and(|waiting| waiting.lacks(rejection)) {
            queue.refuse(hash, rejection, false);
        }
    }

    /// Notes that an entry lacks nothing any more.
    pub(crate) fn applies(&self, hash: &Hash32) {
        if let Some(waiting) = self.queue().get_mut(hash) {
            waiting.applies();
        }
    }

    /// Why an entry was refused, as long as it is remembered and has not come again.
    #[must_use]
    pub fn refusal(&self, hash: &Hash32) -> Option<Rejection> {
        let queue = self.queue();
        if queue.by_hash.contains_key(hash) { None } else { queue.refusals.get(hash) }
    }

    /// The end of the longest chain of waiting blocks behind `head`; only of blocks made by `of`, where one is named.
    #[must_use]
    pub fn end_of_chain(&self, chain: Trail, head: Head, of: Option<NodeId>) -> Head {
        self.queue().end_of_chain(head, |place| place.chain == chain && of.is_none_or(|node| place.node == node))
    }

    /// Whether an entry waits that is a block behind `head`, with nothing but waiting blocks between; only blocks made by `of`, where
    /// one is named.
    #[must_use]
    pub fn follows(&self, hash: &Hash32, head: Head, of: Option<NodeId>) -> bool {
        let queue = self.queue();
        let mut place = queue.get(hash).and_then(|waiting| waiting.place.as_ref());
        while let Some(Place { previous, .. }) = place.filter(|place| of.is_none_or(|node| place.node == node)) {
            if *previous == head.hash {
                return true;
            }
            place = queue.blocks.get(previous).and_then(|arrival| queue.waiting.get(arrival)?.place.as_ref());
        }
        false
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
