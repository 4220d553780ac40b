//! The order in which a proposer looks at what waits: what ends access first, and every source in turn.
//!
//! What is urgent has a share of the looks, and a source a share of that: whoever floods a node with violations, true ones even, keeps
//! neither the violations of others nor what is not urgent waiting.

use super::queue::Queue;
use super::turn::{Turn, Urgency, Waiting};
use medshare_crypto::hash::Hash32;
use medshare_ledger::check::VerifiedEntry;
use std::collections::BTreeSet;

/// Of so many candidates one is there for what is urgent.
const URGENT_PART: usize = 4;
/// Of so many urgent ones a single source has one.
const SOURCE_PART: usize = 4;

/// At most `limit` entries to look at. `shift` says which source is the first, so that none is always the last.
pub(super) fn candidates(queue: &Queue, shift: usize, limit: usize) -> Vec<VerifiedEntry> {
    let mut order = Order::new(queue, shift);
    let urgent = limit.div_ceil(URGENT_PART);
    let is_due = |waiting: &Waiting| matches!(waiting.turn, Turn::Fresh | Turn::Again);
    order.in_turn(urgent, urgent.div_ceil(SOURCE_PART), true, |waiting| is_due(waiting) && waiting.is_urgent());
    order.in_turn(limit, limit, false, is_due);
    order.entries
}

/// At most `limit` entries whose urgency is not known yet.
pub(super) fn unexamined(queue: &Queue, shift: usize, limit: usize) -> Vec<VerifiedEntry> {
    let mut order = Order::new(queue, shift);
    order.in_turn(limit, limit.div_ceil(SOURCE_PART), false, |waiting| {
        waiting.urgency == Urgency::Said && matches!(waiting.turn, Turn::Fresh | Turn::Again)
    });
    order.entries
}

/// At most `limit` entries that wait for the record, `of_source` of one source.
pub(super) fn hopeless(queue: &Queue, shift: usize, limit: usize, of_source: usize) -> Vec<VerifiedEntry> {
    let mut order = Order::new(queue, shift);
    order.in_turn(limit, of_source, false, |waiting| waiting.turn == Turn::Hopeless);
    order.entries
}

struct Order<'a> {
    queue: &'a Queue,
    shift: usize,
    taken: BTreeSet<u64>,
    entries: Vec<VerifiedEntry>,
}

impl<'a> Order<'a> {
    const fn new(queue: &'a Queue, shift: usize) -> Self {
        Self { queue, shift, taken: BTreeSet::new(), entries: Vec::new() }
    }

    /// One entry that is `due` of every source after the other, until there are `limit` in all or none is left. A source's go by turns of
    /// those who share it, and of each by arrival, but what was looked at in vain goes behind what was not; no more than `of_source` of one.
    /// With its predecessors, an entry brings the waiting blocks that it stands behind, which count as its own.
    fn in_turn(&mut self, limit: usize, of_source: usize, with_predecessors: bool, is_due: impl Fn(&Waiting) -> bool) {
        let queue = self.queue;
        let due = |arrival, was_vain| {
            queue.waiting.get(&arrival).is_some_and(|waiting| waiting.was_vain == was_vain && is_due(waiting))
        };
        let mut sources = Vec::new();
        for share in queue.shares.parts() {
            let [new, vain] = [false, true].map(|vain| share.in_turn(self.shift, &|arrival| due(arrival, vain)));
            if !new.is_empty() || !vain.is_empty() {
                sources.push((new.into_iter().chain(vain), of_source));
            }
        }
        let count = sources.len().max(1);
        sources.rotate_left(self.shift % count);
        while !sources.is_empty() && self.entries.len() < limit {
            sources.retain_mut(|(arrivals, left)| {
                let Some(next) = arrivals.next().filter(|_| *left > 0) else { return false };
                let before = self.entries.len();
                self.take(next, limit.min(before.saturating_add(*left)), with_predecessors);
                *left = left.saturating_sub((self.entries.len() - before).max(1));
                true
            });
        }
    }

    /// Takes an entry, with its predecessors before it, until there are `limit`.
    fn take(&mut self, arrival: u64, limit: usize, with_predecessors: bool) {
        let mut path = vec![arrival];
        let mut last = arrival;
        while with_predecessors
            && path.len() < limit.saturating_sub(self.entries.len())
            && let Some(previous) = self.previous(last)
            && let Some(before) = self.queue.blocks.get(&previous)
            && !self.taken.contains(before)
        {
            path.push(*before);
            last = *before;
        }
        for arrival in path.into_iter().rev() {
            if let Some(waiting) = self.queue.waiting.get(&arrival)
                && self.entries.len() < limit
                && self.taken.insert(arrival)
            {
                self.entries.push(waiting.entry.clone());
            }
        }
    }

    fn previous(&self, arrival: u64) -> Option<Hash32> {
        self.queue.waiting.get(&arrival)?.place.as_ref().map(|place| place.previous)
    }
}
