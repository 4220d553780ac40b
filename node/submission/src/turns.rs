//! Who links next: the blocks that this node makes for one chain are put behind the end of it one after the other.

use medshare_ledger::id::{BlockId, Height, LeaseId};
use medshare_ledger::trail::Trail;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError, Weak};
use tokio::sync::{Mutex, MutexGuard, watch};

/// For so many heights the waiting blocks of other nodes are passed over, once they stood in the way.
const HEIGHTS_ALONE: u64 = 20;

/// One chain's turn.
pub struct Turn {
    linking: Mutex<()>,
    moved: watch::Sender<()>,
    alone_until: AtomicU64,
}

impl Turn {
    /// Waits until nobody else links to this chain.
    pub async fn wait(&self) -> MutexGuard<'_, ()> {
        self.linking.lock().await
    }

    /// Notified when a block that others may stand behind was taken away.
    pub fn moves(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    /// Tells the others that a block was taken away.
    pub fn tell(&self) {
        self.moved.send_replace(());
    }

    /// Passes the other nodes' blocks over for a while: they did not get onto the ledger.
    pub fn go_alone(&self, now: Height) {
        self.alone_until.store(now.0.saturating_add(HEIGHTS_ALONE), Ordering::Relaxed);
    }

    /// Whether other nodes' blocks are passed over.
    pub fn is_alone(&self, now: Height) -> bool {
        now.0 < self.alone_until.load(Ordering::Relaxed)
    }
}

/// Events that this node makes side-blocks of now, each once at a time: of two blocks of one event, either would take the other's place.
#[derive(Default)]
pub struct Singles(StdMutex<HashMap<EventKey, Weak<Mutex<()>>>>);

/// An opening under a lease, number 0, or one of its reports. A lease's id is its agent's choice: another requestor may choose the same
/// under another parent block, and is not in its way.
pub type EventKey = (BlockId, LeaseId, u32);

impl Singles {
    /// What the event's block is made under.
    pub fn of(&self, event: EventKey) -> Arc<Mutex<()>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(single) = known.get(&event).and_then(Weak::upgrade) {
            return single;
        }
        known.retain(|_, single| single.strong_count() > 0);
        let single = Arc::default();
        known.insert(event, Arc::downgrade(&single));
        single
    }
}

/// The chains that this node makes blocks for now.
#[derive(Default)]
pub struct Turns(StdMutex<HashMap<Trail, Weak<Turn>>>);

impl Turns {
    /// The turn of a chain.
    pub fn of(&self, chain: Trail) -> Arc<Turn> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&chain).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn =
            Arc::new(Turn { linking: Mutex::default(), moved: watch::Sender::new(()), alone_until: AtomicU64::new(0) });
        turns.insert(chain, Arc::downgrade(&turn));
        turn
    }
}
