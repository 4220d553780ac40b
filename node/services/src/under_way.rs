//! What this node does for openings now, each thing once at a time: an opening itself, and its reports by their numbers, which an agent
//! sends one after the other.
//!
//! A lease's next report has a place of its own. Others' copies of later ones, and of itself, cannot take it. Leases are named with
//! their parent blocks: an id is its agent's choice, and another requestor may choose the same under a package of hers. As anybody can
//! invent any number of leases, what a requestor's openings and reports hold while they wait in line is bounded, under all her leases.

pub mod places;

use medshare_ledger::id::{BlockId, LeaseId, NodeId, RequestorId};
use medshare_ledger::side_block::{Lease, Report};
use medshare_node_refusal::{Code, Refusal};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Reports of one lease that may wait for those before them.
const AHEAD: usize = 4;
/// Openings of one requestor at once.
pub(crate) const OPENINGS_OF_ONE: usize = 128;
/// Bytes of their manifests.
pub(crate) const OPENING_BYTES_OF_ONE: usize = 16 * 1024 * 1024;
/// Reports of one requestor at once, of those that are taken in here, and of those that are handed on to each node: what comes too early keeps its
/// body for seconds.
pub(crate) const REPORTS_OF_ONE: usize = 128;
/// Of those that are handed on to a node, so many that the ledger has already: whoever saw them may send them again for as long as that node does not
/// answer.
const RECORDED_OF_ONE: usize = 8;
/// In the place of a report's number: the opening itself.
const OPENING: u32 = 0;

/// A lease, and the number of what is done under it.
type Numbered = (BlockId, LeaseId, u32);

#[derive(Default)]
struct State {
    known: BTreeSet<Numbered>,
    /// What of it is each requestor's.
    of: BTreeMap<Of, Amount>,
}

/// Whose it is: a requestor's, and the node's to which it is handed on, if it is. What hangs there keeps nothing else of hers back.
type Of = (RequestorId, Option<NodeId>);

/// How many openings, the bytes of their manifests, and how many reports of either kind.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Amount {
    openings: usize,
    bytes: usize,
    reports: usize,
    /// Reports that are recorded already.
    recorded: usize,
}

impl Amount {
    const NOTHING: Self = Self { openings: 0, bytes: 0, reports: 0, recorded: 0 };
    const REPORT: Self = Self { reports: 1, ..Self::NOTHING };
    const RECORDED: Self = Self { recorded: 1, ..Self::NOTHING };

    const fn with(self, more: Self) -> Self {
        Self {
            openings: self.openings.saturating_add(more.openings),
            bytes: self.bytes.saturating_add(more.bytes),
            reports: self.reports.saturating_add(more.reports),
            recorded: self.recorded.saturating_add(more.recorded),
        }
    }

    const fn without(self, less: Self) -> Self {
        Self {
            openings: self.openings.saturating_sub(less.openings),
            bytes: self.bytes.saturating_sub(less.bytes),
            reports: self.reports.saturating_sub(less.reports),
            recorded: self.recorded.saturating_sub(less.recorded),
        }
    }

    const fn is_too_much(self) -> bool {
        self.openings > OPENINGS_OF_ONE
            || self.bytes > OPENING_BYTES_OF_ONE
            || self.reports > REPORTS_OF_ONE
            || self.recorded > RECORDED_OF_ONE
    }
}

impl State {
    /// Whether there is room for so much more; if so, it is taken.
    fn take(&mut self, of: Of, more: Amount) -> bool {
        let after = self.of.get(&of).copied().unwrap_or_default().with(more);
        let has_room = !after.is_too_much();
        if has_room {
            self.of.insert(of, after);
        }
        has_room
    }
}

/// What is being done.
#[derive(Default)]
pub struct UnderWay(Arc<Mutex<State>>);

/// One thing's place, given back when dropped.
pub struct Place {
    state: Arc<Mutex<State>>,
    what: Numbered,
    of: Of,
    amount: Amount,
}

impl UnderWay {
    /// A place for the opening under a lease that this requestor signed, with a manifest of so many bytes.
    ///
    /// # Errors
    /// [`Refusal`] when a copy of the same request is being worked on, or as many others of hers as may.
    pub fn begin_opening(&self, lease: &Lease, requestor: RequestorId, bytes: usize) -> Result<Place, Refusal> {
        let what = (lease.parent, lease.id, OPENING);
        let mut state = locked(&self.0);
        if state.known.contains(&what) {
            return Err(too_many("this opening is being worked on; ask for it in a moment".to_owned()));
        }
        let (of, amount) = ((requestor, None), Amount { openings: 1, bytes, ..Amount::NOTHING });
        if !state.take(of, amount) {
            let message = "as many openings of this requestor as may are being worked on; ask for this one in a moment";
            return Err(too_many(message.to_owned()));
        }
        state.known.insert(what);
        Ok(Place { state: Arc::clone(&self.0), what, of, amount })
    }

    /// A place for a report that the lease's agent signed, about a package of this requestor, where the ledger has all before `next`; and which is
    /// handed on to that node, if it is.
    ///
    /// # Errors
    /// [`Refusal`] when one of its number is being taken in, or as many wait that come later as may, or as many of hers.
    pub fn begin_report(&self, report: &Report, of: Of, next: u32) -> Result<Place, Refusal> {
        let (parent, lease, number) = (report.parent, report.lease, report.sequence);
        let what = (parent, lease, number);
        let mut state = locked(&self.0);
        if state.known.contains(&what) {
            return Err(too_many(format!("report {number} of this opening is being taken in; ask for it in a moment")));
        }
        let later = next.saturating_add(1);
        let waiting = state.known.range((parent, lease, later)..=(parent, lease, u32::MAX)).count();
        if number >= later && waiting >= AHEAD {
            return Err(too_many(format!(
                "{AHEAD} reports of this opening wait for those before them; send report {next} first"
            )));
        }
        let amount = if of.1.is_some() && number < next { Amount::RECORDED } else { Amount::REPORT };
        if !state.take(of, amount) {
            let message = "as many reports of this requestor as may are being taken in; send this one in a moment";
            return Err(too_many(message.to_owned()));
        }
        state.known.insert(what);
        Ok(Place { state: Arc::clone(&self.0), what, of, amount })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = locked(&self.state);
        state.known.remove(&self.what);
        let left = state.of.remove(&self.of).unwrap_or_default().without(self.amount);
        if left != Amount::default() {
            state.of.insert(self.of, left);
        }
    }
}

fn too_many(message: String) -> Refusal {
    Refusal::new(Code::TooManyRequests, message)
}

fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn hers() -> RequestorId {
        RequestorId::from_bytes([1; 16])
    }

    fn is_refused(begun: Result<Place, Refusal>) -> bool {
        begun.is_err_and(|refusal| refusal.code == Code::TooManyRequests)
    }

    #[test]
    fn copies_of_later_reports_leave_the_next_one_its_place() {
        let under_way = UnderWay::default();
        let begin = |lease, number, next| under_way.begin_report(&report(1, lease, number), (hers(), None), next);
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
    fn leases_that_a_requestor_invents_take_few_places_and_nobody_elses() {
        let under_way = UnderWay::default();
        let lease = |parent: u8, id: usize| Lease {
            id: LeaseId::from_bytes([u8::try_from(id).unwrap(); 16]),
            parent: BlockId::from_bytes([parent; 32]),
            node: medshare_ledger::id::NodeId::from_bytes([1; 16]),
            agent: medshare_crypto::sign::SigningKey::from_seed([1; 32].into()).verifying_key(),
            created: Timestamp(0),
            expires: Timestamp(1),
            previous: None,
        };
        let (hers, others) = (hers(), RequestorId::from_bytes([2; 16]));
        let begin = |id| under_way.begin_opening(&lease(1, id), hers, 0);
        let mut places: Vec<Place> = (0..OPENINGS_OF_ONE).map(|id| begin(id).unwrap()).collect();
        assert!(is_refused(begin(OPENINGS_OF_ONE)));
        assert!(is_refused(under_way.begin_opening(&lease(2, 1), hers, 0)), "of whatever package");
        under_way.begin_opening(&lease(3, 1), others, 0).unwrap();
        places.pop();
        assert!(is_refused(begin(0)), "a copy has no place beside it, and takes none");
        let last = begin(OPENINGS_OF_ONE).unwrap();
        drop((places, last));
        let large = under_way.begin_opening(&lease(1, 1), hers, OPENING_BYTES_OF_ONE).unwrap();
        assert!(is_refused(under_way.begin_opening(&lease(1, 2), hers, 1)), "many large ones hold no more than few");
        drop(large);
        drop(under_way.begin_opening(&lease(1, 2), hers, 1).unwrap());
        assert!(locked(&under_way.0).of.is_empty() && locked(&under_way.0).known.is_empty());
    }

    #[test]
    fn reports_that_wait_of_one_requestor_are_few_however_many_leases_she_has() {
        let under_way = UnderWay::default();
        let begin = |lease: u8, number, of| under_way.begin_report(&report(1, lease, number), (of, None), 1);
        let wish = (0..=u8::MAX).flat_map(|lease| (2..=5).map(move |number| (lease, number)));
        let waiting: Vec<Place> = wish.filter_map(|(lease, number)| begin(lease, number, hers()).ok()).collect();
        assert_eq!(waiting.len(), REPORTS_OF_ONE);
        assert!(is_refused(begin(200, 1, hers())), "of whatever lease");
        let theirs = begin(200, 1, RequestorId::from_bytes([2; 16])).unwrap();
        drop(waiting);
        begin(200, 2, hers()).unwrap();
        drop(theirs);
        assert!(locked(&under_way.0).of.is_empty() && locked(&under_way.0).known.is_empty());
    }

    #[test]
    fn a_lease_of_the_same_id_under_another_package_takes_nobodys_place() {
        let under_way = UnderWay::default();
        let theirs: Vec<Place> =
            (2..=6).map(|number| under_way.begin_report(&report(2, 1, number), (hers(), None), 2).unwrap()).collect();
        let _own = under_way.begin_report(&report(1, 1, 2), (hers(), None), 2).unwrap();
        drop(theirs);
        assert!(is_refused(under_way.begin_report(&report(1, 1, 2), (hers(), None), 2)), "nor does it give one back");
    }

    #[test]
    fn recorded_reports_that_a_silent_node_is_sent_again_keep_nothing_else_of_hers_back() {
        let under_way = UnderWay::default();
        let [silent, other] = [1, 2].map(|id| Some(NodeId::from_bytes([id; 16])));
        let begin = |parent, lease, number, to| under_way.begin_report(&report(parent, lease, number), (hers(), to), 2);
        let again: Vec<Place> = (0..=u8::MAX).filter_map(|lease| begin(1, lease, 1, silent).ok()).collect();
        assert_eq!(again.len(), RECORDED_OF_ONE);
        let _next = begin(1, 7, 2, silent).unwrap();
        let hanging: Vec<Place> = (0..=u8::MAX).filter_map(|lease| begin(2, lease, 2, silent).ok()).collect();
        assert_eq!(hanging.len(), REPORTS_OF_ONE - 1);
        let _elsewhere = begin(3, 1, 2, other).unwrap();
        let _here = begin(4, 1, 2, None).unwrap();
        let _known_here = begin(4, 2, 1, None).unwrap();
    }
}
