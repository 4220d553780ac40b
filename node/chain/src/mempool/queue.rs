//! The waiting entries with their indices: by name, by source, by place in chains.

use super::bounds::{LEAST_ROOM, MAX_WAIT, MAX_WAITING_BYTES};
use super::need::Need;
use super::place::{Content, Head, Place};
use super::refused::Refusals;
use super::share::Share;
use super::source::Origin;
use super::turn::{Lack, Turn, Waiting};
use medshare_crypto::hash::Hash32;
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::rejection::Rejection;
use std::collections::{BTreeMap, BTreeSet, HashMap};

#[derive(Default)]
pub(super) struct Queue {
    pub(super) waiting: BTreeMap<u64, Waiting>,
    pub(super) by_hash: HashMap<Hash32, u64>,
    /// All the room, by who takes it.
    pub(super) shares: Share,
    /// Waiting blocks by the head that they make.
    pub(super) blocks: HashMap<Hash32, u64>,
    /// Waiting blocks by the head that they follow.
    pub(super) followers: HashMap<Hash32, BTreeSet<u64>>,
    pub(super) refusals: Refusals,
    /// Entries that somebody waits for here.
    asked: BTreeSet<u64>,
    /// The one of them that is looked after next.
    next_asked: u64,
    /// Entries that lack something, by what they lack.
    parked: HashMap<Need, BTreeSet<u64>>,
    forms: HashMap<Content, u64>,
    arrivals: u64,
}

impl Queue {
    /// Whether an entry of this origin and size would find room, perhaps by taking some from somebody who has more.
    pub(super) fn has_room(&self, origin: &Origin, size: usize) -> bool {
        let size = size.max(LEAST_ROOM);
        self.shares.room + size <= MAX_WAITING_BYTES || self.shares.giving_way(origin.path(), size).is_some()
    }

    /// Takes room from those who have the most until the entry fits.
    pub(super) fn make_room(&mut self, origin: &Origin, size: usize) -> bool {
        let size = size.max(LEAST_ROOM);
        if self.shares.room + size > MAX_WAITING_BYTES {
            self.reap_late();
        }
        while self.shares.room + size > MAX_WAITING_BYTES {
            let Some(largest) = self.shares.giving_way(origin.path(), size) else { return false };
            let Some(newest) = self.least_needed(largest) else { return false };
            self.remove(&newest);
        }
        true
    }

    /// The newest entry of a share, urgent ones last.
    pub(super) fn least_needed(&self, share: &Share) -> Option<Hash32> {
        let mut newest = share.latest().filter_map(|arrival| self.waiting.get(arrival)).peekable();
        let first = newest.peek().map(|waiting| waiting.entry.hash());
        newest.find(|waiting| !waiting.is_urgent()).map(|waiting| waiting.entry.hash()).or(first)
    }

    pub(super) fn get(&self, hash: &Hash32) -> Option<&Waiting> {
        self.waiting.get(self.by_hash.get(hash)?)
    }

    pub(super) fn get_mut(&mut self, hash: &Hash32) -> Option<&mut Waiting> {
        self.waiting.get_mut(self.by_hash.get(hash)?)
    }

    /// The form of this content that waits, and whether one made at `place` takes its place. Of two that bear one date, the first
    /// stays: they would replace each other for ever.
    pub(super) fn other_form(&self, place: &Place) -> Option<(Hash32, bool)> {
        let waiting = self.waiting.get(self.forms.get(&place.content)?)?;
        Some((waiting.entry.hash(), waiting.place.as_ref().is_none_or(|other| other.made < place.made)))
    }

    pub(super) fn add(&mut self, entry: VerifiedEntry, origin: Origin, place: Option<Place>) {
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.by_hash.insert(entry.hash(), arrival);
        if let Some(place) = &place {
            self.forms.insert(place.content.clone(), arrival);
            self.blocks.insert(place.head.hash, arrival);
            self.followers.entry(place.previous).or_default().insert(arrival);
        }
        let waiting = Waiting::new(entry, origin, place);
        self.shares.add(waiting.origin.path(), arrival, waiting.room());
        self.waiting.insert(arrival, waiting);
    }

    /// Notes that somebody waits for an entry here.
    pub(super) fn ask(&mut self, hash: &Hash32) {
        self.asked.extend(self.by_hash.get(hash));
    }

    /// At most `count` entries that somebody waits for, the next ones each time.
    pub(super) fn asked(&mut self, count: usize) -> Vec<VerifiedEntry> {
        let (before, behind) = (self.asked.range(..self.next_asked), self.asked.range(self.next_asked..));
        let arrivals: Vec<u64> = behind.chain(before).take(count).copied().collect();
        self.next_asked = arrivals.last().map_or(0, |last| last + 1);
        arrivals.iter().filter_map(|arrival| Some(self.waiting.get(arrival)?.entry.clone())).collect()
    }

    /// Changes how a proposer stands to an entry.
    pub(super) fn turn(&mut self, hash: &Hash32, turn: Turn) {
        let Some(arrival) = self.by_hash.get(hash).copied() else { return };
        self.turn_arrival(arrival, turn);
    }

    fn turn_arrival(&mut self, arrival: u64, turn: Turn) {
        if let Turn::Lacks(Lack { need, .. }) = &turn {
            self.parked.entry(need.clone()).or_default().insert(arrival);
        }
        let Some(waiting) = self.waiting.get_mut(&arrival) else { return };
        let new = turn.need().cloned();
        let before = waiting.turn_to(turn);
        if let Turn::Lacks(Lack { need, .. }) = before
            && Some(&need) != new.as_ref()
        {
            self.unpark(&need, arrival);
        }
    }

    fn unpark(&mut self, need: &Need, arrival: u64) {
        if let Some(arrivals) = self.parked.get_mut(need) {
            arrivals.remove(&arrival);
            if arrivals.is_empty() {
                self.parked.remove(need);
            }
        }
    }

    /// The first `count` entries that lack this.
    pub(super) fn lacking(&self, need: &Need, count: usize) -> Vec<VerifiedEntry> {
        let arrivals = self.parked.get(need).into_iter().flatten().take(count);
        arrivals.filter_map(|arrival| Some(self.waiting.get(arrival)?.entry.clone())).collect()
    }

    /// An entry applies, and so lacks nothing any more; it is looked at again.
    pub(super) fn applies_later(&mut self, hash: &Hash32) {
        self.turn(hash, Turn::Again);
        if let Some(waiting) = self.get_mut(hash) {
            waiting.applies();
        }
    }

    /// What lacks this is looked at again. Where that is time alone, nothing says that it lacks it no more.
    pub(super) fn wake(&mut self, need: &Need) {
        let turn = if *need == Need::Time { Turn::Again } else { Turn::Fresh };
        for arrival in self.parked.remove(need).unwrap_or_default() {
            self.turn_arrival(arrival, turn.clone());
        }
    }

    pub(super) fn remove(&mut self, hash: &Hash32) {
        let Some(arrival) = self.by_hash.remove(hash) else { return };
        let Some(waiting) = self.waiting.remove(&arrival) else { return };
        self.asked.remove(&arrival);
        self.shares.remove(waiting.origin.path(), arrival, waiting.room());
        if let Some(need) = waiting.turn.need() {
            self.unpark(need, arrival);
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

    /// Drops what has waited too long, and what has lacked something too long.
    pub(super) fn reap_late(&mut self) {
        let late = |waiting: &&Waiting| waiting.arrived.elapsed() > MAX_WAIT;
        let hashes: Vec<Hash32> = self.waiting.values().take_while(late).map(|w| w.entry.hash()).collect();
        hashes.iter().for_each(|hash| self.remove(hash));
        let overdue = |waiting: &Waiting| waiting.overdue().map(|lacks| (waiting.entry.hash(), lacks));
        let overdue: Vec<_> = self.waiting.values().filter_map(overdue).collect();
        for (hash, lacks) in overdue {
            self.refuse(&hash, lacks, false);
        }
    }

    /// Takes an entry out and keeps the reason; `for_good`, where it must not come again.
    pub(super) fn refuse(&mut self, hash: &Hash32, rejection: Rejection, for_good: bool) {
        let source = self.get(hash).and_then(|waiting| waiting.origin.source()).cloned();
        self.remove(hash);
        self.refusals.note(*hash, source, rejection, for_good);
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
