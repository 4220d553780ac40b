//! Who holds what of a room, and who gives up what for somebody else.

use medshare_node_net::Subnet;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How whoever holds a share is told that it is taken away.
pub(super) type GiveUp = Box<dyn FnOnce() + Send>;

/// How large a room is.
pub(super) struct Limits {
    pub(super) most: usize,
    pub(super) most_of_one: usize,
    /// After so long, in milliseconds, what stands still gives way to somebody's first share; none where only more gives way to less.
    pub(super) gives_way_ms: Option<u64>,
}

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

/// What a holder would give up next.
#[derive(Clone, Copy)]
struct Stillest {
    holder: Subnet,
    /// What the holder has, without what it gives up already.
    left: usize,
    number: u64,
    amount: usize,
    /// When it was last of use, in milliseconds since the room began.
    moved: u64,
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
    /// where it holds nothing yet. Now is in milliseconds since the room began.
    pub(super) fn make_room(
        &mut self,
        limits: &Limits,
        now: u64,
        subnet: Subnet,
        amount: usize,
    ) -> Option<Vec<GiveUp>> {
        let own = self.own(subnet);
        let after = own.checked_add(amount).filter(|after| *after <= limits.most_of_one)?;
        let still = limits.gives_way_ms.filter(|_| own == 0).map(|ms| now.saturating_sub(ms));
        let mut yielding: HashMap<Subnet, Yielding> = HashMap::new();
        let mut all = self.all.saturating_add(amount);
        while all > limits.most {
            let next = self.next(subnet, after, still, &yielding)?;
            let given = yielding.entry(next.holder).or_default();
            given.amount += next.amount;
            given.shares.insert(next.number);
            all -= next.amount;
        }
        // Only now, as there is room: whoever is refused takes nothing from anybody.
        let shares = yielding
            .into_iter()
            .flat_map(|(holder, given)| given.shares.into_iter().map(move |number| (holder, number)));
        Some(shares.filter_map(|(holder, number)| self.remove(holder, number)).collect())
    }

    /// What is given up next for a subnet that will hold `after`: by whoever holds most, if that is more; else what stood still for longest,
    /// and since `still` at least.
    fn next(
        &self,
        subnet: Subnet,
        after: usize,
        still: Option<u64>,
        yielding: &HashMap<Subnet, Yielding>,
    ) -> Option<Stillest> {
        let others = self.holders.iter().filter(|(other, _)| **other != subnet);
        let of_others = others.filter_map(|(other, holder)| holder.stillest(*other, yielding.get(other)));
        let of_others: Vec<Stillest> = of_others.collect();
        let of_the_greatest = of_others.iter().max_by_key(|share| (share.left, share.holder, share.number));
        let stillest = || of_others.iter().min_by_key(|share| (share.moved, share.holder, share.number));
        let found = of_the_greatest.filter(|share| share.left > after);
        found.or_else(|| stillest().filter(|share| still.is_some_and(|still| share.moved < still))).copied()
    }

    pub(super) fn held(&mut self, subnet: Subnet, number: u64) -> Option<&mut Held> {
        self.holders.get_mut(&subnet)?.shares.get_mut(&number)
    }

    pub(super) fn add(&mut self, subnet: Subnet, number: u64, amount: usize) {
        let Some(held) = self.held(subnet, number) else { return };
        held.amount += amount;
        self.all += amount;
        if let Some(holder) = self.holders.get_mut(&subnet) {
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
    /// The share that was of no use for the longest time, of those that can be taken away and are not yet.
    fn stillest(&self, holder: Subnet, given: Option<&Yielding>) -> Option<Stillest> {
        let left = self.amount - given.map_or(0, |given| given.amount);
        let is_given = |number: &u64| given.is_some_and(|given| given.shares.contains(number));
        let can_yield = |(number, held): &(&u64, &Held)| held.give_up.is_some() && held.amount > 0 && !is_given(number);
        let yielding = self.shares.iter().filter(can_yield).map(|(number, held)| {
            let moved = held.moved.load(Ordering::Relaxed);
            Stillest { holder, left, number: *number, amount: held.amount, moved }
        });
        yielding.min_by_key(|share| share.moved)
    }
}
