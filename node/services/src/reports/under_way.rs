//! Reports that are being taken in, each by its lease and number: an agent sends one after the other.
//!
//! A lease's next report has a place of its own. Others' copies of later ones, and of itself, cannot take it.

use medshare_ledger::id::LeaseId;
use medshare_node_refusal::{Code, Refusal};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Reports of one lease that may wait for those before them.
const AHEAD: usize = 4;

/// A report's lease and number.
type Numbered = (LeaseId, u32);
type Known = Mutex<BTreeSet<Numbered>>;

/// The reports that are being taken in.
#[derive(Default)]
pub struct UnderWay(Arc<Known>);

/// One report's place, given back when dropped.
pub struct Place {
    known: Arc<Known>,
    report: Numbered,
}

impl UnderWay {
    /// A place for the report of this number that the lease's agent signed, where the ledger has all before `next`.
    ///
    /// # Errors
    /// [`Refusal`] when one of its number is being taken in, or as many wait that come later as may.
    pub fn begin(&self, lease: LeaseId, number: u32, next: u32) -> Result<Place, Refusal> {
        let refuse = |message| Err(Refusal::new(Code::TooManyRequests, message));
        let mut known = locked(&self.0);
        if known.contains(&(lease, number)) {
            return refuse(format!("report {number} of this opening is being taken in; ask for it in a moment"));
        }
        let later = next.saturating_add(1);
        if number >= later && known.range((lease, later)..=(lease, u32::MAX)).count() >= AHEAD {
            return refuse(format!(
                "{AHEAD} reports of this opening wait for those before them; send report {next} first"
            ));
        }
        known.insert((lease, number));
        Ok(Place { known: Arc::clone(&self.0), report: (lease, number) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        locked(&self.known).remove(&self.report);
    }
}

fn locked(known: &Known) -> MutexGuard<'_, BTreeSet<Numbered>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn lease(n: u8) -> LeaseId {
        LeaseId::from_bytes([n; 16])
    }

    fn is_refused(begun: Result<Place, Refusal>) -> bool {
        begun.is_err_and(|refusal| refusal.code == Code::TooManyRequests)
    }

    #[test]
    fn copies_of_later_reports_leave_the_next_one_its_place() {
        let under_way = UnderWay::default();
        let first_later = under_way.begin(lease(1), 3, 2).unwrap();
        assert!(is_refused(under_way.begin(lease(1), 3, 2)), "a copy has no place beside it");
        let _later: Vec<Place> = (4..=6).map(|number| under_way.begin(lease(1), number, 2).unwrap()).collect();
        assert!(is_refused(under_way.begin(lease(1), 7, 2)));
        let next = under_way.begin(lease(1), 2, 2).unwrap();
        assert!(is_refused(under_way.begin(lease(1), 2, 2)));
        // the last that is recorded, whose words may be missing
        under_way.begin(lease(1), 1, 2).unwrap();
        under_way.begin(lease(2), 3, 2).unwrap();
        drop((next, first_later));
        under_way.begin(lease(1), 7, 2).unwrap();
        under_way.begin(lease(1), 2, 2).unwrap();
        under_way.begin(lease(1), u32::MAX, u32::MAX).unwrap();
    }
}
