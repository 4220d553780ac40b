//! Reports that are being taken in, so many of one lease: its agent sends one after the other, so that more are somebody's who only signs.

use medshare_ledger::id::LeaseId;
use medshare_node_refusal::{Code, Refusal};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Reports of one lease at once: the next, and others that were sent again through other nodes.
const AT_ONCE: usize = 4;

/// The leases whose reports are being taken in.
#[derive(Default)]
pub struct UnderWay(Mutex<HashMap<LeaseId, Weak<Semaphore>>>);

/// One report's place, given back when dropped.
pub struct Place {
    _permit: OwnedSemaphorePermit,
    _lease: Arc<Semaphore>,
}

impl UnderWay {
    /// A place for a report that the lease's agent signed.
    ///
    /// # Errors
    /// [`Refusal`] when the lease has as many as it may.
    pub fn begin(&self, lease: LeaseId) -> Result<Place, Refusal> {
        let places = self.of(lease);
        let permit = Arc::clone(&places).try_acquire_owned().map_err(|_| {
            Refusal::new(
                Code::TooManyRequests,
                format!("{AT_ONCE} reports of this opening are being taken in; send the next when one of them is"),
            )
        })?;
        Ok(Place { _permit: permit, _lease: places })
    }

    fn of(&self, lease: LeaseId) -> Arc<Semaphore> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = known.get(&lease).and_then(Weak::upgrade) {
            return places;
        }
        known.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(AT_ONCE));
        known.insert(lease, Arc::downgrade(&places));
        places
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_lease_has_so_many_places_and_another_has_its_own() {
        let under_way = UnderWay::default();
        let lease = |n: u8| LeaseId::from_bytes([n; 16]);
        let mut places: Vec<Place> = (0..AT_ONCE).map(|_| under_way.begin(lease(1)).unwrap()).collect();
        assert_eq!(under_way.begin(lease(1)).err().map(|refusal| refusal.code), Some(Code::TooManyRequests));
        under_way.begin(lease(2)).unwrap();
        places.pop();
        under_way.begin(lease(1)).unwrap();
    }
}
