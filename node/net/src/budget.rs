//! How many bytes of questions a node holds: so many of one peer, whatever it announces, and of large ones so many in all.
//!
//! Bytes count as they arrive. Small questions (entries, requests, reports, keys) and large ones (packages to validate) are counted
//! apart, so that packages never stand in the way of entries.

use std::io;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::protocol::Protocol;

/// Bytes of one peer's small questions.
const SMALL_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of one peer's large questions.
const LARGE_BYTES: usize = 64 * 1024 * 1024;
/// Peers that use their large budget up at once, beside a third of all, who may all be out to.
const HONEST_AT_ONCE: usize = 2;

const _: () = assert!(LARGE_BYTES >= Protocol::ValidatePackage.max_request_bytes(), "the longest large question fits");
const _: () = assert!(SMALL_BYTES >= 2 * Protocol::EntryGossip.max_request_bytes(), "the longest small questions fit");

/// Bytes of one permit.
const PERMIT_BYTES: usize = 1024;

fn permits(bytes: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(bytes / PERMIT_BYTES))
}

/// What the peers' budgets have in common.
pub(super) struct Budgets(Arc<Semaphore>);

impl Budgets {
    /// For so many peers. Fewer than a third of the nodes lie: when all of these fill their budgets, there is room for others.
    pub(super) fn of(peers: usize) -> Self {
        Self(permits((peers / 3).saturating_add(HONEST_AT_ONCE).saturating_mul(LARGE_BYTES)))
    }

    /// One more peer's.
    pub(super) fn of_a_peer(&self) -> Budget {
        Budget { small: permits(SMALL_BYTES), large: permits(LARGE_BYTES), all_large: Arc::clone(&self.0) }
    }
}

/// Bytes of questions that may still be taken in from a peer.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
    all_large: Arc<Semaphore>,
}

impl Budget {
    /// Takes so many bytes of a question into its share.
    pub(super) fn take(&self, share: &mut Share, protocol: Protocol, bytes: usize) -> io::Result<()> {
        let is_large = matches!(protocol, Protocol::ValidatePackage);
        let own = if is_large { &self.large } else { &self.small };
        grow(&mut share.own, own, bytes)?;
        if is_large { grow(&mut share.of_all, &self.all_large, bytes) } else { Ok(()) }
    }
}

fn grow(held: &mut Option<OwnedSemaphorePermit>, from: &Arc<Semaphore>, bytes: usize) -> io::Result<()> {
    let full = || io::Error::other("too many messages are being handled");
    let count = u32::try_from(bytes.div_ceil(PERMIT_BYTES)).map_err(|_| full())?;
    let more = Arc::clone(from).try_acquire_many_owned(count).map_err(|_| full())?;
    match held {
        Some(held) if Arc::ptr_eq(held.semaphore(), from) => held.merge(more),
        // A share is one question's, and a question is of one protocol.
        Some(_) => return Err(full()),
        None => *held = Some(more),
    }
    Ok(())
}

/// Part of a budget, given back when dropped.
#[derive(Debug, Default)]
pub struct Share {
    own: Option<OwnedSemaphorePermit>,
    of_all: Option<OwnedSemaphorePermit>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn a_peer_that_fills_its_budget_leaves_the_others_theirs() {
        let budgets = Budgets::of(3);
        let (greedy, other) = (budgets.of_a_peer(), budgets.of_a_peer());
        let [mut small, mut large, mut others_small, mut others_large]: [Share; 4] =
            std::array::from_fn(|_| Share::default());
        greedy.take(&mut small, Protocol::EntryGossip, SMALL_BYTES).unwrap();
        greedy.take(&mut large, Protocol::ValidatePackage, LARGE_BYTES).unwrap();
        assert!(greedy.take(&mut Share::default(), Protocol::Status, 1).is_err());
        assert!(greedy.take(&mut Share::default(), Protocol::ValidatePackage, 1).is_err());
        other.take(&mut others_small, Protocol::EntryGossip, SMALL_BYTES).unwrap();
        other.take(&mut others_large, Protocol::ValidatePackage, LARGE_BYTES).unwrap();
        drop(small);
        greedy.take(&mut Share::default(), Protocol::EntryGossip, 4 * MIB).unwrap();
    }

    #[test]
    fn large_questions_of_all_who_may_lie_leave_room_for_those_of_others_and_for_small_ones() {
        for validators in 4..=30 {
            let budgets = Budgets::of(validators - 1);
            let peers: Vec<Budget> = (1..validators).map(|_| budgets.of_a_peer()).collect();
            let take = |peer: &Budget, protocol, bytes| {
                let mut share = Share::default();
                peer.take(&mut share, protocol, bytes).map(|()| share)
            };
            let large = |peer| take(peer, Protocol::ValidatePackage, LARGE_BYTES);
            let (lying, honest) = peers.split_at((validators - 1) / 3);
            let held: Vec<Share> = lying.iter().map(|peer| large(peer).unwrap()).collect();
            for peer in honest {
                large(peer).unwrap();
            }
            drop(held);
            let held: Vec<Share> = peers.iter().filter_map(|peer| large(peer).ok()).collect();
            assert!(held.len() <= validators / 3 + HONEST_AT_ONCE, "memory is bounded");
            for peer in &peers {
                take(peer, Protocol::EntryGossip, 4 * MIB).unwrap();
            }
        }
    }
}
