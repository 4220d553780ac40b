//! How many requests are worked on at once, in all and for one requestor: whoever asks for much leaves room to who asks for little.

use crate::blocking::stopping;
use medshare_ledger::id::RequestorId;
use medshare_node_refusal::Refusal;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places for work on requests.
pub struct Working {
    all: Arc<Semaphore>,
    each: usize,
    by_requestor: Mutex<HashMap<RequestorId, Weak<Semaphore>>>,
}

/// A place, given back when dropped.
pub struct Worked {
    _of_all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
    _requestors: Arc<Semaphore>,
}

impl Working {
    /// So many places, at most half of them for one requestor.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(places.max(1))), each: (places / 2).max(1), by_requestor: Mutex::default() }
    }

    /// Waits for a place of this requestor's, then for one of all.
    ///
    /// # Errors
    /// When the node is stopping.
    pub async fn place(&self, requestor: RequestorId) -> Result<Worked, Refusal> {
        let requestors = self.of(requestor);
        let own = Arc::clone(&requestors).acquire_owned().await.map_err(|_| stopping())?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.map_err(|_| stopping())?;
        Ok(Worked { _of_all: of_all, _own: own, _requestors: requestors })
    }

    fn of(&self, requestor: RequestorId) -> Arc<Semaphore> {
        let mut known = self.by_requestor.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = known.get(&requestor).and_then(Weak::upgrade) {
            return places;
        }
        known.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(self.each));
        known.insert(requestor, Arc::downgrade(&places));
        places
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::time::Duration;

    fn requestor(n: u8) -> RequestorId {
        RequestorId::from_bytes([n; 16])
    }

    #[tokio::test]
    async fn many_requests_of_one_requestor_leave_room_to_another() {
        let working = Working::new(4);
        let first = working.place(requestor(1)).await.unwrap();
        let second = working.place(requestor(1)).await.unwrap();
        let third = tokio::time::timeout(Duration::from_millis(1), working.place(requestor(1))).await;
        assert!(third.is_err(), "half of the places are hers");
        let others = working.place(requestor(2)).await.unwrap();
        drop(first);
        working.place(requestor(1)).await.unwrap();
        drop((second, others));
        assert_eq!(working.all.available_permits(), 4);
    }
}
