//! Room that all share who come from outside: whoever holds most gives some of it up to whoever holds less.
//!
//! Connections, bytes of bodies and bytes of answers are shared so. A bound for each alone would let a handful of them fill the room
//! together and keep all others out.

use medshare_node_net::Subnet;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How whoever holds a share is told that it is taken away.
type GiveUp = Box<dyn FnOnce() + Send>;

/// A bounded room.
pub struct Shares {
    most: usize,
    most_of_one: usize,
    began: Instant,
    standing: Mutex<Standing>,
}

#[derive(Default)]
struct Standing {
    all: usize,
    shares: u64,
    holders: HashMap<Subnet, Holder>,
}

/// What one subnet holds.
#[derive(Default)]
struct Holder {
    amount: usize,
    shares: BTreeMap<u64, Held>,
}

/// What one subnet will give up.
#[derive(Default)]
struct Yielding {
    amount: usize,
    shares: HashSet<u64>,
}

struct Held {
    amount: usize,
    /// When it was last of use, in milliseconds since the room began.
    moved: Arc<AtomicU64>,
    /// None where it cannot be taken away.
    give_up: Option<GiveUp>,
}

impl Shares {
    /// A room of this size, of which one subnet holds at most so much.
    #[must_use]
    pub fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, began: Instant::now(), standing: Mutex::default() })
    }

    /// The most that one subnet holds.
    #[must_use]
    pub fn most_of_one(&self) -> usize {
        self.most_of_one
    }

    /// A share of so much, if there is room for it. `give_up` is called when it is taken away: from then on it counts as nothing.
    #[must_use]
    pub fn take(
        self: &Arc<Self>,
        subnet: Subnet,
        amount: usize,
        give_up: impl FnOnce() + Send + 'static,
    ) -> Option<Share> {
        let moved = Arc::new(AtomicU64::new(self.now()));
        let (number, given_up) = {
            let mut standing = self.lock();
            let given_up = standing.make_room(self, subnet, amount)?;
            standing.shares += 1;
            let number = standing.shares;
            let held = Held { amount, moved: Arc::clone(&moved), give_up: Some(Box::new(give_up)) };
            let holder = standing.holders.entry(subnet).or_default();
            holder.amount += amount;
            holder.shares.insert(number, held);
            standing.all += amount;
            (number, given_up)
        };
        call(given_up);
        Some(Share { shares: Arc::clone(self), subnet, number, moved })
    }

    /// Takes away what was of no use for so long.
    pub fn take_what_stands_still(&self, silence: Duration) {
        let limit = self.now().saturating_sub(u64::try_from(silence.as_millis()).unwrap_or(u64::MAX));
        let mut standing = self.lock();
        let still: Vec<(Subnet, u64)> = standing
            .holders
            .iter()
            .flat_map(|(subnet, holder)| holder.shares.iter().map(move |(number, held)| (*subnet, *number, held)))
            .filter(|(.., held)| held.give_up.is_some() && held.moved.load(Ordering::Relaxed) < limit)
            .map(|(subnet, number, _)| (subnet, number))
            .collect();
        let given_up: Vec<GiveUp> =
            still.into_iter().filter_map(|(subnet, number)| standing.remove(subnet, number)).collect();
        drop(standing);
        call(given_up);
    }

    /// How much is held in all, and of a subnet.
    #[cfg(test)]
    pub(crate) fn held(&self, subnet: Subnet) -> (usize, usize) {
        let standing = self.lock();
        (standing.all, standing.own(subnet))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {}, {} of one address", self.most, self.most_of_one)
    }
}

impl Standing {
    fn own(&self, subnet: Subnet) -> usize {
        self.holders.get(&subnet).map_or(0, |holder| holder.amount)
    }

    /// Whether a subnet may hold so much more; and what has to be given up for it by those who hold more than it will.
    fn make_room(&mut self, limits: &Shares, subnet: Subnet, amount: usize) -> Option<Vec<GiveUp>> {
        let after = self.own(subnet).checked_add(amount).filter(|after| *after <= limits.most_of_one)?;
        let mut yielding: HashMap<Subnet, Yielding> = HashMap::new();
        let mut all = self.all.saturating_add(amount);
        while all > limits.most {
            let others = self.holders.iter().filter(|(other, _)| **other != subnet);
            let of_holder = |(other, holder): (&Subnet, &Holder)| {
                let given = yielding.get(other);
                let left = holder.amount - given.map_or(0, |given| given.amount);
                let (number, amount) =
                    holder.stillest(|number| given.is_some_and(|given| given.shares.contains(&number)))?;
                Some((left, *other, number, amount))
            };
            let (_, greatest, number, amount) =
                others.filter_map(of_holder).max().filter(|(most, ..)| *most > after)?;
            let given = yielding.entry(greatest).or_default();
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

    fn held(&mut self, share: &Share) -> Option<&mut Held> {
        self.holders.get_mut(&share.subnet)?.shares.get_mut(&share.number)
    }

    fn add(&mut self, share: &Share, amount: usize) {
        let Some(held) = self.held(share) else { return };
        held.amount += amount;
        self.all += amount;
        if let Some(holder) = self.holders.get_mut(&share.subnet) {
            holder.amount += amount;
        }
    }

    fn remove(&mut self, subnet: Subnet, number: u64) -> Option<GiveUp> {
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
    /// Number and amount of the share that was of no use for the longest time, of those that can be taken away and are not yet.
    fn stillest(&self, is_given: impl Fn(u64) -> bool) -> Option<(u64, usize)> {
        let can_yield =
            |(number, held): &(&u64, &Held)| held.give_up.is_some() && held.amount > 0 && !is_given(**number);
        let yielding = self.shares.iter().filter(can_yield);
        yielding.min_by_key(|(_, held)| held.moved.load(Ordering::Relaxed)).map(|(number, held)| (*number, held.amount))
    }
}

/// Outside of the lock: whoever gives up drops what holds other shares.
fn call(given_up: Vec<GiveUp>) {
    given_up.into_iter().for_each(|give_up| give_up());
}

/// Part of a room, given back when dropped.
pub struct Share {
    shares: Arc<Shares>,
    subnet: Subnet,
    number: u64,
    moved: Arc<AtomicU64>,
}

impl Share {
    /// Whether it may be larger by so much; then it is.
    #[must_use]
    pub fn grow(&self, amount: usize) -> bool {
        self.touch();
        let mut standing = self.shares.lock();
        if standing.held(self).is_none() {
            return false;
        }
        let Some(given_up) = standing.make_room(&self.shares, self.subnet, amount) else { return false };
        standing.add(self, amount);
        drop(standing);
        call(given_up);
        true
    }

    /// It was of use just now.
    pub fn touch(&self) {
        self.moved.store(self.shares.now(), Ordering::Relaxed);
    }

    /// From now on it is not taken away. False if it was already.
    #[must_use]
    pub fn keep(&self) -> bool {
        let mut standing = self.shares.lock();
        let given_up = standing.held(self).map(|held| held.give_up.take());
        drop(standing);
        given_up.is_some()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let given_up = self.shares.lock().remove(self.subnet, self.number);
        // Not called: nobody took it away. Dropped outside of the lock, as it may hold what is shared.
        drop(given_up);
    }
}

#[cfg(test)]
mod tests;
