//! What this node does for openings now, each thing once at a time: an opening itself, and its reports by their numbers, which an agent
//! sends one after the other.
//!
//! A lease's next report has a place of its own. Others' copies of later ones, and of itself, cannot take it. Leases are named with
//! their parent blocks: an id is its agent's choice, and another requestor may choose the same under a package of hers.

use medshare_ledger::id::{BlockId, LeaseId};
use medshare_ledger::side_block::{Lease, Report};
use medshare_node_refusal::{Code, Refusal};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Reports of one lease that may wait for those before them.
const AHEAD: usize = 4;
/// In the place of a report's number: the opening itself.
const OPENING: u32 = 0;

/// A lease, and the number of what is done under it.
type Numbered = (BlockId, LeaseId, u32);
type Known = Mutex<BTreeSet<Numbered>>;

/// What is being done.
#[derive(Default)]
pub struct UnderWay(Arc<Known>);

/// One thing's place, given back when dropped.
pub struct Place {
    known: Arc<Known>,
    what: Numbered,
}

impl UnderWay {
    /// A place for the opening under a lease that its requestor signed.
    ///
    /// # Errors
    /// [`Refusal`] when a copy of the same request is being worked on.
    pub fn begin_opening(&self, lease: &Lease) -> Result<Place, Refusal> {
        let what = (lease.parent, lease.id, OPENING);
        if !locked(&self.0).insert(what) {
            return Err(too_many("this opening is being worked on; ask for it in a moment".to_owned()));
        }
        Ok(Place { known: Arc::clone(&self.0), what })
    }

    /// A place for a report that the lease's agent signed, where the ledger has all before `next`.
    ///
    /// # Errors
    /// [`Refusal`] when one of its number is being taken in, or as many wait that come later as may.
    pub fn begin_report(&self, report: &Report, next: u32) -> Result<Place, Refusal> {
        let (parent, lease, number) = (report.parent, report.lease, report.sequence);
        let what = (parent, lease, number);
        let mut known = locked(&self.0);
        if known.contains(&what) {
            return Err(too_many(format!("report {number} of this opening is being taken in; ask for it in a moment")));
        }
        let later = next.saturating_add(1);
        let waiting = known.range((parent, lease, later)..=(parent, lease, u32::MAX)).count();
        if number >= later && waiting >= AHEAD {
            return Err(too_many(format!(
                "{AHEAD} reports of this opening wait for those before them; send report {next} first"
            )));
        }
        known.insert(what);
        Ok(Place { known: Arc::clone(&self.0), what })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        locked(&self.known).remove(&self.what);
    }
}

fn too_many(message: String) -> Refusal {
    Refusal::new(Code::TooManyRequests, message)
}

fn locked(known: &Known) -> MutexGuard<'_, BTreeSet<Numbered>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_crypto::hash::Hash32;
    use medshare_ledger::id::Timestamp;

    fn report(parent: u8, lease: u8, sequence: u32) -> Report {
        Report {
            parent: BlockId::from_bytes([parent; 32]),
            lease: LeaseId::from_bytes([lease; 16]),
            sequence,
            previous: Hash32::ZERO,
            kind: 0,
            at: Timestamp(0),
            commitment: Hash32::ZERO,
        }
    }

    fn is_refused(begun: Result<Place, Refusal>) -> bool {
        begun.is_err_and(|refusal| refusal.code == Code::TooManyRequests)
    }

    #[test]
    fn copies_of_later_reports_leave_the_next_one_its_place() {
        let under_way = UnderWay::default();
        let begin = |lease, number, next| under_way.begin_report(&report(1, lease, number), next);
        let first_later = begin(1, 3, 2).unwrap();
        assert!(is_refused(begin(1, 3, 2)), "a copy has no place beside it");
        let _later: Vec<Place> = (4..=6).map(|number| begin(1, number, 2).unwrap()).collect();
        assert!(is_refused(begin(1, 7, 2)));
        let next = begin(1, 2, 2).unwrap();
        assert!(is_refused(begin(1, 2, 2)));
        // the last that is recorded, whose words may be missing
        begin(1, 1, 2).unwrap();
        begin(2, 3, 2).unwrap();
        drop((next, first_later));
        begin(1, 7, 2).unwrap();
        begin(1, 2, 2).unwrap();
        begin(1, u32::MAX, u32::MAX).unwrap();
    }

    #[test]
    fn a_lease_of_the_same_id_under_another_package_takes_nobodys_place() {
        let under_way = UnderWay::default();
        let theirs: Vec<Place> =
            (2..=6).map(|number| under_way.begin_report(&report(2, 1, number), 2).unwrap()).collect();
        let _own = under_way.begin_report(&report(1, 1, 2), 2).unwrap();
        drop(theirs);
        assert!(is_refused(under_way.begin_report(&report(1, 1, 2), 2)), "nor does it give one back");
    }
}
