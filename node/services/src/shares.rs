//! Room that all share who come from outside: whoever holds most gives some of it up to whoever holds less.
//!
//! Connections, bytes of bodies and bytes of answers are shared so. A bound for each alone would let a handful of them fill the room
//! together and keep all others out. So would equal parts, of whoever needs more than such a part at once: where a room says so, the
//! first share of somebody who holds nothing takes the place of what stands still.

mod standing;

use medshare_node_net::Subnet;
use standing::{GiveUp, Held, Limits, Standing};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A bounded room.
pub struct Shares {
    limits: Limits,
    began: Instant,
    standing: Mutex<Standing>,
}

impl Shares {
    /// A room of this size, of which one subnet holds at most so much.
    #[must_use]
    pub fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Self::build(most, most_of_one, None)
    }

    /// The same, where what stood still for so long gives way to the first share of somebody who holds nothing, whoever has how much.
    #[must_use]
    pub fn giving_way(most: usize, most_of_one: usize, still: Duration) -> Arc<Self> {
        Self::build(most, most_of_one, Some(millis(still)))
    }

    fn build(most: usize, most_of_one: usize, gives_way_ms: Option<u64>) -> Arc<Self> {
        let limits = Limits { most, most_of_one, gives_way_ms };
        Arc::new(Self { limits, began: Instant::now(), standing: Mutex::default() })
    }

    /// The most that one subnet holds.
    #[must_use]
    pub fn most_of_one(&self) -> usize {
        self.limits.most_of_one
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
            let given_up = standing.make_room(&self.limits, self.now(), subnet, amount)?;
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
        let limit = self.now().saturating_sub(millis(silence));
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
        millis(self.began.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {}, {} of one address", self.limits.most, self.limits.most_of_one)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
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
        let (limits, now) = (&self.shares.limits, self.shares.now());
        let mut standing = self.shares.lock();
        if standing.held(self.subnet, self.number).is_none() {
            return false;
        }
        let Some(given_up) = standing.make_room(limits, now, self.subnet, amount) else { return false };
        standing.add(self.subnet, self.number, amount);
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
        let given_up = standing.held(self.subnet, self.number).map(|held| held.give_up.take());
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
