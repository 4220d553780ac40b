//! The waiting entries with their indices: by name, by source, by place in chains.

use super::place::{Content, Head, Place};
use super::refused::Refusals;
use super::source::{Source, is_urgent};
use super::{MAX_LACK, MAX_WAIT, MAX_WAITING_BYTES, MAX_WAITING_ENTRIES};
use medshare_crypto::hash::Hash32;
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::id::Height;
use medshare_ledger::rejection::Rejection;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

/// Room that an entry takes at least, in bytes, so that entries and bytes are one measure.
const LEAST_ROOM: usize = MAX_WAITING_BYTES / MAX_WAITING_ENTRIES;

/// How a proposer stands to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Not looked at since something changed.
    Fresh,
    /// To be looked at again, but worth no height of its own.
    Again,
    /// Looked at: it does not apply before something changes.
    Postponed(Rejection),
}

pub(super) struct Waiting {
    pub(super) entry: VerifiedEntry,
    pub(super) source: Source,
    pub(super) place: Option<Place>,
    pub(super) is_urgent: bool,
    pub(super) arrived: Instant,
    pub(super) turn: Turn,
    /// The height behind which it was judged last.
    pub(super) judged: Option<Height>,
}

impl Waiting {
    fn room(&self) -> usize {
        self.entry.size().max(LEAST_ROOM)
    }
}

#[derive(Default)]
pub(super) struct Share {
    pub(super) arrivals: BTreeSet<u64>,
    pub(super) room: usize,
}

#[derive(Default)]
pub(super) struct Queue {
    pub(super) waiting: BTreeMap<u64, Waiting>,
    pub(super) by_hash: HashMap<Hash32, u64>,
    pub(super) shares: BTreeMap<Source, Share>,
    /// Waiting blocks by the head that they make.
    pub(super) blocks: HashMap<Hash32, u64>,
    /// Waiting blocks by the head that they follow.
    pub(super) followers: HashMap<Hash32, BTreeSet<u64>>,
    pub(super) refusals: Refusals,
    forms: HashMap<Content, u64>,
    room: usize,
    arrivals: u64,
}

impl Queue {
    /// Whether an entry of this source and size would find room, perhaps by taking some from a source that has more than this one.
    pub(super) fn has_room(&self, source: &Source, size: usize) -> bool {
        let size = size.max(LEAST_ROOM);
        self.room + size <= MAX_WAITING_BYTES || self.largest_beside(source, size).is_some()
    }

    /// The source that has the most room, if it has more than `source` will have.
    fn largest_beside(&self, source: &Source, size: usize) -> Option<Source> {
        let (largest, share) = self.shares.iter().max_by_key(|(_, share)| share.room)?;
        let own = self.shares.get(source).map_or(0, |share| share.room);
        (largest != source && share.room > own + size).then(|| largest.clone())
    }

    /// Takes room from the sources that have the most until the entry fits.
    pub(super) fn make_room(&mut self, source: &Source, size: usize) -> bool {
        let size = size.max(LEAST_ROOM);
        if self.room + size > MAX_WAITING_BYTES {
            self.reap_late();
        }
        while self.room + size > MAX_WAITING_BYTES {
            let Some(largest) = self.largest_beside(source, size) else { return false };
            let Some(newest) = self.least_needed(&largest) else { return false };
            self.remove(&newest);
        }
        true
    }

    /// The newest entry of a source, urgent ones last.
    pub(super) fn least_needed(&self, source: &Source) -> Option<Hash32> {
        let share = self.shares.get(source)?;
        let mut newest = share.arrivals.iter().rev().filter_map(|arrival| self.waiting.get(arrival)).peekable();
        let first = newest.peek().map(|waiting| waiting.entry.hash());
        newest.find(|waiting| !waiting.is_urgent).map(|waiting| waiting.entry.hash()).or(first)
    }

    pub(super) fn get(&self, hash: &Hash32) -> Option<&Waiting> {
        self.waiting.get(self.by_hash.get(hash)?)
    }

    pub(super) fn get_mut(&mut self, hash: &Hash32) -> Option<&mut Waiting> {
        self.waiting.get_mut(self.by_hash.get(hash)?)
    }

    /// The form of this content that waits, and whether it is later than one made at `place`.
    pub(super) fn other_form(&self, place: &Place) -> Option<(Hash32, bool)> {
        let waiting = self.waiting.get(self.forms.get(&place.content)?)?;
        Some((waiting.entry.hash(), waiting.place.as_ref().is_some_and(|other| other.made > place.made)))
    }

    pub(super) fn add(&mut self, entry: VerifiedEntry, source: Source, place: Option<Place>) {
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.by_hash.insert(entry.hash(), arrival);
        if let Some(place) = &place {
            self.forms.insert(place.content.clone(), arrival);
            self.blocks.insert(place.head.hash, arrival);
            self.followers.entry(place.previous).or_default().insert(arrival);
            self.wake_followers(place.head.hash);
        }
        let is_urgent = is_urgent(entry.entry());
        let (turn, arrived) = (Turn::Fresh, Instant::now());
        let waiting = Waiting { entry, place, is_urgent, arrived, turn, judged: None, source };
        self.room += waiting.room();
        let share = self.shares.entry(waiting.source.clone()).or_default();
        share.room += waiting.room();
        share.arrivals.insert(arrival);
        self.waiting.insert(arrival, waiting);
    }

    /// What came before its predecessor is looked at once that is there.
    fn wake_followers(&mut self, head: Hash32) {
        let mut heads = vec![head];
        while let Some(head) = heads.pop() {
            for arrival in self.followers.get(&head).into_iter().flatten() {
                if let Some(waiting) = self.waiting.get_mut(arrival) {
                    waiting.turn = Turn::Fresh;
                    heads.extend(waiting.place.as_ref().map(|place| place.head.hash));
                }
            }
        }
    }

    pub(super) fn remove(&mut self, hash: &Hash32) {
        let Some(arrival) = self.by_hash.remove(hash) else { return };
        let Some(waiting) = self.waiting.remove(&arrival) else { return };
        self.room -= waiting.room();
        if let Some(share) = self.shares.get_mut(&waiting.source) {
            share.room -= waiting.room();
            share.arrivals.remove(&arrival);
            if share.arrivals.is_empty() {
                self.shares.remove(&waiting.source);
            }
        }
        let Some(Place { content, head, previous, .. }) = waiting.place else { return };
        if self.forms.get(&content) == Some(&arrival) {
            self.forms.remove(&content);
        }
        self.blocks.remove(&head.hash);
        if let Some(followers) = self.followers.get_mut(&previous) {
            followers.remove(&arrival);
            if followers.is_empty() {
                self.followers.remove(&previous);
            }
        }
    }

    /// Drops what has waited too long, and what has lacked something too long: a place in a chain is no such thing.
    pub(super) fn reap_late(&mut self) {
        let late = |waiting: &&Waiting| waiting.arrived.elapsed() > MAX_WAIT;
        let mut hashes: Vec<Hash32> = self.waiting.values().take_while(late).map(|w| w.entry.hash()).collect();
        let lacks = |waiting: &&Waiting| match waiting.turn {
            Turn::Postponed(Rejection::ThreadHeadMoved | Rejection::SideChainMoved) => false,
            Turn::Postponed(_) => waiting.arrived.elapsed() > MAX_LACK,
            Turn::Fresh | Turn::Again => false,
        };
        hashes.extend(self.waiting.values().filter(lacks).map(|waiting| waiting.entry.hash()));
        hashes.iter().for_each(|hash| self.remove(hash));
    }

    /// The end of the longest chain of waiting blocks behind `from` among those that `counts`.
    pub(super) fn end_of_chain(&self, from: Head, counts: impl Fn(&Place) -> bool) -> Head {
        let (mut longest, mut end) = (0, from);
        let mut open = vec![(0, from)];
        while let Some((length, head)) = open.pop() {
            if length > longest {
                (longest, end) = (length, head);
            }
            let following = self.followers.get(&head.hash).into_iter().flatten();
            let places = following.filter_map(|arrival| self.waiting.get(arrival)?.place.as_ref());
            open.extend(places.filter(|place| counts(place)).map(|place| (length + 1, place.head)));
        }
        end
    }
}
