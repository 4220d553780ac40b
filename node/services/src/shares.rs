//! Room that all share who come from outside: whoever holds most gives some of it up to whoever holds less.
//!
//! Connections, bytes of bodies and bytes of answers are shared so. A bound for each alone would let a handful of them fill the room
//! together and keep all others out. So would equal parts, of whoever needs more than such a part at once: where a room says so, the
//! first share of somebody who holds nothing takes the place of what stands still.
//!
//! Of one address what is new takes the place of what stood still for longest, on connections that have more than one needs: there is nothing
//! but connections by which those behind an address differ before anything is known of them. What is [needed](pins) for something that was
//! looked at, and whose signer is known, is taken from nobody.

mod limits;
mod pins;
mod standing;

use crate::sender::Sender;
use crate::signer::Signer;
use limits::{Key, Limits};
use standing::{GiveUp, Held, Mark, Standing};
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
    /// A room of this size, of which one subnet holds at most so much, and each of its connections keeps so much: beyond the first, what stood
    /// still for longest on those that have more than the second gives way to what is new of the same subnet.
    #[must_use]
    pub fn new(most: usize, most_of_one: usize, of_connection: usize) -> Arc<Self> {
        Self::of(Limits { most, most_of_one, of_connection, gives_way_ms: None })
    }

    /// The same, where what stood still for so long gives way also to the first share of a subnet that holds nothing, whoever has how much.
    #[must_use]
    pub fn giving_way(most: usize, most_of_one: usize, of_connection: usize, still: Duration) -> Arc<Self> {
        Self::of(Limits { most, most_of_one, of_connection, gives_way_ms: Some(millis(still)) })
    }

    fn of(limits: Limits) -> Arc<Self> {
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
        sender: Sender,
        amount: usize,
        give_up: impl FnOnce() + Send + 'static,
    ) -> Option<Share> {
        let mark = Arc::new(Mark { moved: AtomicU64::new(self.now()) });
        let (key, given_up) = {
            let mut standing = self.lock();
            let given_up = standing.make_room(&self.limits, self.now(), sender, amount)?;
            standing.shares += 1;
            let key = (sender, standing.shares);
            standing.put(key, Held { amount, mark: Arc::clone(&mark), give_up: Box::new(give_up) });
            (key, given_up)
        };
        call(given_up);
        Some(Share { shares: Arc::clone(self), key, mark })
    }

    /// Takes away what was of no use for so long.
    pub fn take_what_stands_still(&self, silence: Duration) {
        let limit = self.now().saturating_sub(millis(silence));
        let mut standing = self.lock();
        let still = standing.yielding().filter(|(moved, _)| *moved < limit).map(|(_, key)| key);
        let still: Vec<Key> = still.collect();
        let given_up = still.into_iter().filter_map(|key| standing.take_out(key)).map(|held| held.give_up).collect();
        drop(standing);
        call(given_up);
    }

    /// How much is held in all, and of a subnet.
    #[cfg(test)]
    pub(crate) fn held(&self, subnet: medshare_node_net::Subnet) -> (usize, usize) {
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
    key: Key,
    mark: Arc<Mark>,
}

impl Share {
    /// Whether it may be larger by so much; then it is. It is no younger for it.
    #[must_use]
    pub fn grow(&self, amount: usize) -> bool {
        let (limits, now) = (&self.shares.limits, self.shares.now());
        let mut standing = self.shares.lock();
        if standing.held(self.key).is_none() {
            return false;
        }
        let Some(given_up) = standing.make_room(limits, now, self.key.0, amount) else { return false };
        standing.add(self.key, amount);
        drop(standing);
        call(given_up);
        true
    }

    /// It was of use just now.
    pub fn touch(&self) {
        self.mark.moved.store(self.shares.now(), Ordering::Relaxed);
    }

    /// The share, for those who may need it.
    #[must_use]
    pub fn holding(&self) -> Holding {
        Holding { shares: Arc::clone(&self.shares), key: self.key }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let given_up = self.shares.lock().take_out(self.key);
        // Not called: nobody took it away. Dropped outside of the lock, as it may hold what is shared.
        drop(given_up);
    }
}

/// A share, as those know it who may need it.
#[derive(Clone)]
pub struct Holding {
    shares: Arc<Shares>,
    key: Key,
}

impl Holding {
    /// It is needed from now on for what somebody signed, for as long as this is kept; nothing where no more stays for her. What was taken away
    /// already does not come back.
    #[must_use]
    pub fn need(&self, signer: &Signer) -> Option<Needed> {
        let mut standing = self.shares.lock();
        let amount = standing.held(self.key)?.amount;
        standing.pins.add(&self.shares.limits, self.key, amount, signer).then(|| Needed(self.clone()))
    }
}

/// That a share is needed.
pub struct Needed(Holding);

impl Drop for Needed {
    fn drop(&mut self) {
        self.0.shares.lock().pins.remove(&self.0.key);
    }
}

#[cfg(test)]
mod tests;
