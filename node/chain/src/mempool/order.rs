//! The order in which a proposer looks at what waits: what ends access first, and every source in turn.

use super::queue::{Queue, Turn, Waiting};
use medshare_crypto::hash::Hash32;
use medshare_ledger::check::VerifiedEntry;
use std::collections::BTreeSet;

/// At most `limit` entries to look at. `shift` says which source is the first, so that none is always the last.
pub(super) fn candidates(queue: &Queue, shift: usize, limit: usize) -> Vec<VerifiedEntry> {
    let mut order = Order { queue, taken: BTreeSet::new(), entries: Vec::new(), limit };
    for urgent in [true, false] {
        order.in_turn(urgent, shift);
    }
    order.entries
}

struct Order<'a> {
    queue: &'a Queue,
    taken: BTreeSet<u64>,
    entries: Vec<VerifiedEntry>,
    limit: usize,
}

impl Order<'_> {
    /// One entry of every source after the other, each source's by arrival.
    fn in_turn(&mut self, urgent: bool, shift: usize) {
        let queue = self.queue;
        let is_due = move |arrival: &&u64| {
            let due = |waiting: &Waiting| waiting.is_urgent == urgent && !matches!(waiting.turn, Turn::Postponed(_));
            queue.waiting.get(arrival).is_some_and(due)
        };
        let mut sources: Vec<_> = queue.shares.values().map(|share| share.arrivals.iter().filter(is_due)).collect();
        let count = sources.len().max(1);
        sources.rotate_left(shift % count);
        while !sources.is_empty() && self.entries.len() < self.limit {
            sources.retain_mut(|arrivals| {
                let next = arrivals.next();
                next.inspect(|arrival| self.take(**arrival, urgent)).is_some()
            });
        }
    }

    /// Takes an entry; before an urgent one, the waiting blocks that it stands behind.
    fn take(&mut self, arrival: u64, urgent: bool) {
        let mut path = vec![arrival];
        let mut last = arrival;
        while urgent
            && let Some(previous) = self.previous(last)
            && let Some(before) = self.queue.blocks.get(&previous)
            && !self.taken.contains(before)
        {
            path.push(*before);
            last = *before;
        }
        for arrival in path.into_iter().rev() {
            if let Some(waiting) = self.queue.waiting.get(&arrival)
                && self.entries.len() < self.limit
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
