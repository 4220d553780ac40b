//! The room that is taken, divided: by source, within one by organisation, and within that by requestor.
//!
//! A source is one among sources, however many requestors it brings; within it an organisation is one, however many keys it registers. So
//! whoever has much waiting gives room to whoever shares something with them and has less, and has a turn when everybody else had one.

use super::source::Part;
use std::collections::{BTreeMap, BTreeSet};

/// What one part of those that entries come from has waiting.
#[derive(Default)]
pub(super) struct Share {
    /// Bytes.
    pub(super) room: usize,
    /// Entries.
    pub(super) count: usize,
    /// The entries, where it is divided no further.
    arrivals: BTreeSet<u64>,
    parts: BTreeMap<Part, Share>,
}

impl Share {
    /// Adds an entry with the room that it takes to all on its path.
    pub(super) fn add(&mut self, path: &[Part], arrival: u64, room: usize) {
        self.room += room;
        self.count += 1;
        match path.split_first() {
            Some((part, rest)) => self.parts.entry(part.clone()).or_default().add(rest, arrival, room),
            None => {
                self.arrivals.insert(arrival);
            }
        }
    }

    /// Takes it out again.
    pub(super) fn remove(&mut self, path: &[Part], arrival: u64, room: usize) {
        self.room -= room;
        self.count -= 1;
        let Some((part, rest)) = path.split_first() else {
            self.arrivals.remove(&arrival);
            return;
        };
        if let Some(share) = self.parts.get_mut(part) {
            share.remove(rest, arrival, room);
            if share.count == 0 {
                self.parts.remove(part);
            }
        }
    }

    /// The part at the end of a path.
    pub(super) fn at(&self, path: &[Part]) -> Option<&Self> {
        match path.split_first() {
            Some((part, rest)) => self.parts.get(part)?.at(rest),
            None => Some(self),
        }
    }

    /// The parts of the first division.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Self> {
        self.parts.values()
    }

    /// Who gives room to an entry of this size on this path: at the first division where another part has the most, and more than the one
    /// on the path will have, whoever has the most in that.
    pub(super) fn giving_way(&self, path: &[Part], size: usize) -> Option<&Self> {
        let (part, rest) = path.split_first()?;
        let (largest, share) = self.parts.iter().max_by_key(|(_, share)| share.room)?;
        let own = self.parts.get(part);
        if largest != part && share.room > own.map_or(0, |own| own.room).saturating_add(size) {
            return Some(share.largest_within());
        }
        own?.giving_way(rest, size)
    }

    fn largest_within(&self) -> &Self {
        self.parts.values().max_by_key(|share| share.room).map_or(self, Self::largest_within)
    }

    /// The latest entry first.
    pub(super) fn latest(&self) -> impl Iterator<Item = &u64> {
        self.arrivals.iter().rev()
    }

    /// The entries that `count`, one of every part after the other; beginning with another part for each `shift`, so that none is always the
    /// last. Of what is divided no further by arrival.
    pub(super) fn in_turn(&self, shift: usize, counts: &impl Fn(u64) -> bool) -> Vec<u64> {
        if self.parts.is_empty() {
            return self.arrivals.iter().copied().filter(|arrival| counts(*arrival)).collect();
        }
        let parts = self.parts.values().map(|part| part.in_turn(shift, counts).into_iter());
        let mut parts: Vec<_> = parts.filter(|part| part.len() > 0).collect();
        let count = parts.len().max(1);
        parts.rotate_left(shift % count);
        let mut order = Vec::new();
        while !parts.is_empty() {
            parts.retain_mut(|part| {
                let next = part.next();
                order.extend(next);
                next.is_some()
            });
        }
        order
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::source::Source;
    use super::*;
    use medshare_ledger::id::{NodeId, OwnerId, RequestorId};

    /// What a node makes for the requestor of this number, of the organisation of that number.
    fn path(node: u8, organisation: u8, requestor: u8) -> [Part; 3] {
        [
            Part::Source(Source::Node(NodeId::from_bytes([node; 16]))),
            Part::Organisation(Some(OwnerId::from_bytes([organisation; 16]))),
            Part::Requestor(RequestorId::from_bytes([requestor; 16])),
        ]
    }

    fn all(of: &[([Part; 3], std::ops::Range<u64>)]) -> Share {
        let mut share = Share::default();
        for (path, arrivals) in of {
            arrivals.clone().for_each(|arrival| share.add(path, arrival, 10));
        }
        share
    }

    #[test]
    fn who_has_the_most_gives_way_at_each_division() {
        let of = [(path(1, 1, 1), 0..50), (path(1, 1, 2), 50..54), (path(1, 2, 3), 54..60), (path(2, 1, 1), 60..70)];
        let mut share = all(&of);
        let first = |share: &Share, path: [Part; 3]| {
            share.giving_way(&path, 10).and_then(|share| share.latest().next().copied())
        };
        assert_eq!(first(&share, path(1, 1, 1)), None, "nobody has more than she");
        assert_eq!(first(&share, path(1, 1, 2)), Some(49), "of her organisation");
        assert_eq!(first(&share, path(1, 2, 3)), Some(49), "of another organisation");
        assert_eq!(first(&share, path(1, 2, 9)), Some(49), "whoever comes new");
        assert_eq!(first(&share, path(2, 1, 1)), Some(49), "at another node");
        assert_eq!((share.count, share.room), (70, 700));
        for (path, arrivals) in of {
            arrivals.for_each(|arrival| share.remove(&path, arrival, 10));
        }
        assert!(share.count == 0 && share.room == 0 && share.parts.is_empty());
    }

    #[test]
    fn any_number_of_keys_of_one_organisation_are_one_beside_another() {
        let mut share = Share::default();
        (0..100).for_each(|key| share.add(&path(1, 1, key), u64::from(key), 10));
        share.add(&path(1, 2, 200), 100, 10);
        for shift in 0..4 {
            let order = share.in_turn(shift, &|_| true);
            assert!(order.len() == 101 && order.iter().take(2).any(|arrival| *arrival == 100), "{shift}");
        }
        assert!(share.giving_way(&path(1, 2, 200), 10).is_some(), "and each of them gives room");
    }
}
