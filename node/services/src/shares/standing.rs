//! Who holds what of a room, and who gives up what for somebody else.

use super::{GiveUp, Share, Shares};
use medshare_node_net::Subnet;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
pub(super) struct Standing {
    pub(super) all: usize,
    /// Number of the last one that was given out.
    pub(super) shares: u64,
    pub(super) holders: HashMap<Subnet, Holder>,
}

/// What one subnet holds.
#[derive(Default)]
pub(super) struct Holder {
    pub(super) amount: usize,
    pub(super) shares: BTreeMap<u64, Held>,
}

/// What one subnet will give up.
#[derive(Default)]
struct Yielding {
    amount: usize,
    shares: HashSet<u64>,
}

pub(super) struct Held {
    pub(super) amount: usize,
    /// When it was last of use, in milliseconds since the room began.
    pub(super) moved: Arc<AtomicU64>,
    /// None where it cannot be taken away.
    pub(super) give_up: Option<GiveUp>,
}

impl Standing {
    pub(super) fn own(&self, subnet: Subnet) -> usize {
        self.holders.get(&subnet).map_or(0, |holder| holder.amount)
    }

    /// Whether a subnet may hold so much more; and what has to be given up for it by those who hold more than it will, or else stood still
    /// where it holds nothing yet.
    pub(super) fn make_room(&mut self, limits: &Shares, subnet: Subnet, amount: usize) -> Option<Vec<GiveUp>> {
        let own = self.own(subnet);
        let after = own.checked_add(amount).filter(|after| *after <= limits.most_of_one)?;
        let still = limits.gives_way_ms.filter(|_| own == 0).map(|ms| limits.now().saturating_sub(ms));
        let mut yielding: HashMap<Subnet, Yielding> = HashMap::new();
        let mut all = self.all.saturating_add(amount);
        while all > limits.most {
            let found = self.of_the_greatest(subnet, after, &yielding);
            let found = found.or_else(|| self.stillest_of_all(subnet, still?, &yielding));
            let (holder, number, amount) = found?;
            let given = yielding.entry(holder).or_default();
            given.amount += amount;
            given.shares.insert(number);
            all -= amount;
        }
        // Only now, as there is room: whoever is refused takes nothing from anybody.
        let shares = yielding
            .into_iter()
            .flat_map(|(holder, given)| given.shares.into_iter().map(move |number| (holder, number)));
        Some(shares.filter_map(|(holder, number)| self.remove(holder, number)).collect())
    }

    /// What whoever holds most gives up next: its holder, number and amount.
    fn of_the_greatest(
        &self,
        subnet: Subnet,
        after: usize,
        yielding: &HashMap<Subnet, Yielding>,
    ) -> Option<(Subnet, u64, usize)> {
        let of_holder = |(other, holder): (&Subnet, &Holder)| {
            let given = yielding.get(other);
            let left = holder.amount - given.map_or(0, |given| given.amount);
            let (number, amount, _) = holder.stillest(given)?;
            Some((left, *other, number, amount))
        };
        let others = self.holders.iter().filter(|(other, _)| **other != subnet);
        let (most, other, number, amount) = others.filter_map(of_holder).max()?;
        (most > after).then_some((other, number, amount))
    }

    /// What stood still for longest, and since `still` at least.
    fn stillest_of_all(
        &self,
        subnet: Subnet,
        still: u64,
        yielding: &HashMap<Subnet, Yielding>,
    ) -> Option<(Subnet, u64, usize)> {
        let others = self.holders.iter().filter(|(other, _)| **other != subnet);
        let stillest = others.filter_map(|(other, holder)| {
            let (number, amount, moved) = holder.stillest(yielding.get(other))?;
            (moved < still).then_some((moved, *other, number, amount))
        });
        stillest.min().map(|(_, other, number, amount)| (other, number, amount))
    }

    pub(super) fn held(&mut self, share: &Share) -> Option<&mut Held> {
        self.holders.get_mut(&share.subnet)?.shares.get_mut(&share.number)
    }

    pub(super) fn add(&mut self, share: &Share, amount: usize) {
        let Some(held) = self.held(share) else { return };
        held.amount += amount;
        self.all += amount;
        if let Some(holder) = self.holders.get_mut(&share.subnet) {
            holder.amount += amount;
        }
    }

    pub(super) fn remove(&mut self, subnet: Subnet, number: u64) -> Option<GiveUp> {
        let holder = self.holders.get_mut(&subnet)?;
        let held = holder.shares.remove(&number)?;
        holder.amount = holder.amount.saturating_sub(held.amount);
        self.all = self.all.saturating_sub(held.amount);
        if holder.shares.is_empty() {
            self.holders.remove(&subnet);
        }
        held.give_up
    }
}

impl Holder {
    /// Number and amount of the share that was of no use for the longest time, and when it last was, of those that can be taken away and
    /// are not yet.
    fn stillest(&self, given: Option<&Yielding>) -> Option<(u64, usize, u64)> {
        let is_given = |number: &u64| given.is_some_and(|given| given.shares.contains(number));
        let can_yield = |(number, held): &(&u64, &Held)| held.give_up.is_some() && held.amount > 0 && !is_given(number);
        let yielding = self.shares.iter().filter(can_yield);
        let moved = yielding.map(|(number, held)| (*number, held.amount, held.moved.load(Ordering::Relaxed)));
        moved.min_by_key(|(.., moved)| *moved)
    }
}
