//! Who holds what of a room, and who gives up what for somebody else.

use super::limits::{Key, Limits};
use super::pins::Pins;
use crate::sender::Sender;
use medshare_node_net::Subnet;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How whoever holds a share is told that it is taken away.
pub(super) type GiveUp = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub(super) struct Standing {
    pub(super) all: usize,
    /// Number of the last one that was given out.
    pub(super) shares: u64,
    pub(super) holders: HashMap<Subnet, Holder>,
    /// What is not taken away.
    pub(super) pins: Pins,
}

/// What one subnet holds, by connection.
#[derive(Default)]
pub(super) struct Holder {
    amount: usize,
    connections: BTreeMap<u64, Connected>,
}

/// What is held on one connection.
#[derive(Default)]
struct Connected {
    amount: usize,
    shares: BTreeMap<u64, Held>,
}

pub(super) struct Held {
    pub(super) amount: usize,
    pub(super) mark: Arc<Mark>,
    /// Called when it is taken away.
    pub(super) give_up: GiveUp,
}

/// What is noted of a share while it is held.
pub(super) struct Mark {
    /// When it was last of use, in milliseconds since the room began.
    pub(super) moved: AtomicU64,
}

/// A share that may be taken away: when it was last of use, and its number.
type Still = (u64, Key);

impl Standing {
    pub(super) fn own(&self, subnet: Subnet) -> usize {
        self.holders.get(&subnet).map_or(0, |holder| holder.amount)
    }

    /// Whether a sender may hold so much more; and what has to be given up for it. Now is in milliseconds since the room began.
    pub(super) fn make_room(
        &mut self,
        limits: &Limits,
        now: u64,
        sender: Sender,
        amount: usize,
    ) -> Option<Vec<GiveUp>> {
        let mut given = Vec::new();
        if self.gather(limits, now, sender, amount, &mut given) {
            return Some(given.into_iter().map(|(_, held)| held.give_up).collect());
        }
        // Whoever is refused takes nothing from anybody.
        given.into_iter().for_each(|(key, held)| self.put(key, held));
        None
    }

    fn gather(
        &mut self,
        limits: &Limits,
        now: u64,
        sender: Sender,
        amount: usize,
        given: &mut Vec<(Key, Held)>,
    ) -> bool {
        let is_first = self.own(sender.subnet) == 0;
        while self.own(sender.subnet).saturating_add(amount) > limits.most_of_one {
            let Some(next) = self.of_own_subnet(sender, limits.of_connection) else { return false };
            given.extend(self.take_out(next).map(|held| (next, held)));
        }
        while self.all.saturating_add(amount) > limits.most {
            let still = limits.gives_way_ms.filter(|_| is_first).map(|ms| now.saturating_sub(ms));
            let Some(next) = self.of_others(sender.subnet, amount, limits.of_connection, still) else { return false };
            given.extend(self.take_out(next).map(|held| (next, held)));
        }
        true
    }

    /// What another connection of the same subnet gives up: of those that hold more than each keeps, what was of no use for longest.
    fn of_own_subnet(&self, sender: Sender, keeps: usize) -> Option<Key> {
        let holder = self.holders.get(&sender.subnet)?;
        let others = holder.stillest(sender.subnet, keeps, &self.pins).filter(|(_, (other, _))| *other != sender);
        others.min().map(|(_, key)| key)
    }

    /// What another subnet gives up: of the one that holds most, if that is more than this one will, the same, or what any of its connections
    /// keeps; else, with `still`, what was of no use for longest, and not since then at least.
    fn of_others(&self, subnet: Subnet, amount: usize, keeps: usize, still: Option<u64>) -> Option<Key> {
        let after = self.own(subnet).saturating_add(amount);
        let mut greater: Vec<(&Subnet, &Holder)> =
            self.holders.iter().filter(|(other, holder)| **other != subnet && holder.amount > after).collect();
        greater.sort_unstable_by_key(|(other, holder)| Reverse((holder.amount, **other)));
        let stillest = |holder: &Holder, subnet, keeps| holder.stillest(subnet, keeps, &self.pins).min();
        let given = |holder: &Holder, subnet| stillest(holder, subnet, keeps).or_else(|| stillest(holder, subnet, 0));
        if let Some((_, key)) = greater.into_iter().find_map(|(other, holder)| given(holder, *other)) {
            return Some(key);
        }
        let others = self.holders.iter().filter(|(other, _)| **other != subnet);
        let (moved, key) = others.filter_map(|(other, holder)| stillest(holder, *other, 0)).min()?;
        still.filter(|still| moved < *still).map(|_| key)
    }

    pub(super) fn held(&mut self, (sender, number): Key) -> Option<&mut Held> {
        self.holders.get_mut(&sender.subnet)?.connections.get_mut(&sender.connection)?.shares.get_mut(&number)
    }

    pub(super) fn add(&mut self, key: Key, amount: usize) {
        if let Some(held) = self.take_out(key) {
            self.put(key, Held { amount: held.amount.saturating_add(amount), ..held });
        }
    }

    pub(super) fn put(&mut self, (sender, number): Key, held: Held) {
        let holder = self.holders.entry(sender.subnet).or_default();
        let of = holder.connections.entry(sender.connection).or_default();
        self.all = self.all.saturating_add(held.amount);
        holder.amount = holder.amount.saturating_add(held.amount);
        of.amount = of.amount.saturating_add(held.amount);
        of.shares.insert(number, held);
    }

    pub(super) fn take_out(&mut self, (sender, number): Key) -> Option<Held> {
        let holder = self.holders.get_mut(&sender.subnet)?;
        let of = holder.connections.get_mut(&sender.connection)?;
        let held = of.shares.remove(&number)?;
        of.amount = of.amount.saturating_sub(held.amount);
        holder.amount = holder.amount.saturating_sub(held.amount);
        self.all = self.all.saturating_sub(held.amount);
        if of.shares.is_empty() {
            holder.connections.remove(&sender.connection);
        }
        if holder.connections.is_empty() {
            self.holders.remove(&sender.subnet);
        }
        Some(held)
    }

    /// Everything that may be taken away.
    pub(super) fn yielding(&self) -> impl Iterator<Item = (u64, Key)> {
        self.holders.iter().flat_map(|(subnet, holder)| {
            let connections = holder.connections.iter();
            connections.flat_map(|(connection, of)| {
                let sender = Sender { subnet: *subnet, connection: *connection };
                of.yielding(sender, &self.pins)
            })
        })
    }
}

impl Holder {
    /// The stillest share of each connection that holds more than so much.
    fn stillest(&self, subnet: Subnet, keeps: usize, pins: &Pins) -> impl Iterator<Item = Still> {
        let more = self.connections.iter().filter(move |(_, of)| of.amount > keeps);
        more.filter_map(move |(connection, of)| of.yielding(Sender { subnet, connection: *connection }, pins).min())
    }
}

impl Connected {
    fn yielding(&self, sender: Sender, pins: &Pins) -> impl Iterator<Item = Still> {
        let can_yield = move |number: u64, held: &Held| held.amount > 0 && !pins.has(&(sender, number));
        let yielding = self.shares.iter().filter(move |(number, held)| can_yield(**number, held));
        yielding.map(move |(number, held)| (held.mark.moved.load(Ordering::Relaxed), (sender, *number)))
    }
}
