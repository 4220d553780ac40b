//! What the openings of a package say of each other.
//!
//! An agent asks node after node to open, each under a lease of its own and all for one agent's key, and goes on under one of them. A node
//! that answered too late or not at all may record its lease all the same, within ten minutes: an opening that nobody used, and that the
//! requestor's agent need not know of.

use super::SideBlockReport;
use crate::id::{LeaseId, Timestamp};
use crate::side_block::SideEvent;
use crate::window::ENTRY_WINDOW_MS;
use medshare_crypto::sign::VerifyingKey;
use std::collections::{BTreeMap, BTreeSet};

/// The openings of a package and what is reported under them, as they come.
#[derive(Default)]
pub(super) struct Openings {
    openings: Vec<Opening>,
    reported: BTreeSet<LeaseId>,
}

struct Opening {
    /// Place among the side-blocks.
    place: usize,
    lease: LeaseId,
    agent: VerifyingKey,
    created: Timestamp,
    names_one_before: bool,
}

/// Openings that name none before them and are of one asking: for one agent's key, signed within the window in which each is recorded. An
/// agent goes on under one of them.
///
/// They are mostly of different nodes, but need not be: a node that says that it is another one gets a lease for that one, and may hand it on
/// there. Whoever adds openings that nobody uses hides nothing by it, as each is told to be unused.
struct Asking {
    first: Timestamp,
    last: Timestamp,
    is_used: bool,
}

impl Asking {
    const fn of(opening: &Opening, is_used: bool) -> Self {
        Self { first: opening.created, last: opening.created, is_used }
    }

    /// This asking with another opening, if that is of it.
    fn with(&self, opening: &Opening, is_used: bool) -> Option<Self> {
        let (first, last) = (self.first.min(opening.created), self.last.max(opening.created));
        let is_of_it = last <= first.plus_ms(ENTRY_WINDOW_MS) && !(is_used && self.is_used);
        is_of_it.then_some(Self { first, last, is_used: is_used || self.is_used })
    }
}

impl Openings {
    /// Takes the event of the next side-block.
    pub(super) fn see(&mut self, place: usize, event: &SideEvent) {
        match event {
            SideEvent::Opening { lease, .. } => self.openings.push(Opening {
                place,
                lease: lease.id,
                agent: lease.agent,
                created: lease.created,
                names_one_before: lease.previous.is_some(),
            }),
            SideEvent::Reported { report, .. } => {
                self.reported.insert(report.lease);
            }
        }
    }

    /// Notes in the reports of all side-blocks which openings break off, and under which nothing is reported.
    ///
    /// One that names none before breaks off from what was, unless it is of the asking that its agent's key began last. The first of an
    /// asking stands for all of it.
    pub(super) fn note(self, reports: &mut [SideBlockReport]) {
        let mut begun: BTreeMap<VerifyingKey, Asking> = BTreeMap::new();
        for opening in self.openings {
            let is_used = self.reported.contains(&opening.lease);
            let asking = begun.get(&opening.agent).and_then(|asking| asking.with(&opening, is_used));
            let breaks_off = !opening.names_one_before && asking.is_none();
            if !opening.names_one_before {
                begun.insert(opening.agent, asking.unwrap_or(Asking::of(&opening, is_used)));
            }
            if let Some(report) = reports.get_mut(opening.place) {
                report.breaks_off = opening.place > 0 && breaks_off;
                report.is_unused = !is_used;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{BlockId, NodeId, SideBlockId};
    use crate::side_block::{Lease, Report};
    use medshare_crypto::hash::Hash32;
    use medshare_crypto::sign::SigningKey;

    const PARENT: BlockId = BlockId::from_bytes([1; 32]);

    fn opening(id: u8, agent: u8) -> SideEvent {
        opening_by(id, agent, id, Timestamp(1))
    }

    fn opening_by(id: u8, agent: u8, node: u8, created: Timestamp) -> SideEvent {
        let key = |seed: u8| SigningKey::from_seed([seed; 32].into());
        let lease = Lease {
            id: LeaseId::from_bytes([id; 16]),
            parent: PARENT,
            node: NodeId::from_bytes([node; 16]),
            agent: key(agent).verifying_key(),
            created,
            expires: created.plus_ms(1),
            previous: None,
        };
        SideEvent::Opening { requestor_signature: key(0).sign(&lease), lease }
    }

    fn reported(lease: u8) -> SideEvent {
        let report = Report {
            parent: PARENT,
            lease: LeaseId::from_bytes([lease; 16]),
            sequence: 1,
            previous: Hash32::ZERO,
            kind: 16,
            at: Timestamp(1),
            commitment: Hash32::ZERO,
        };
        let key = SigningKey::from_seed([9; 32].into());
        SideEvent::Reported { agent_signature: key.sign(&report), report }
    }

    /// Which of these break off, and under which openings nothing is reported.
    fn told(events: &[SideEvent]) -> Vec<(bool, bool)> {
        let blank = SideBlockReport {
            id: SideBlockId::from_bytes([0; 32]),
            index: 0,
            report: None,
            report_hash: None,
            breaks_off: false,
            is_unused: false,
            at: Timestamp(1),
            violation: None,
        };
        let mut openings = Openings::default();
        (0..).zip(events).for_each(|(place, event)| openings.see(place, event));
        let mut reports = vec![blank; events.len()];
        openings.note(&mut reports);
        reports.iter().map(|report| (report.breaks_off, report.is_unused)).collect()
    }

    #[test]
    fn an_opening_that_a_node_recorded_late_does_not_accuse_the_requestor() {
        let used = (false, false);
        // one agent asked two nodes: the first recorded it, too, before or after
        assert_eq!(told(&[opening(1, 1), reported(1), opening(2, 1)]), [used, used, (false, true)]);
        assert_eq!(told(&[opening(2, 1), opening(1, 1), reported(1)]), [(false, true), used, used]);
        assert_eq!(told(&[opening(2, 1), opening(1, 1), reported(1), opening(3, 1)])[3], (false, true));
        // another machine, or a session that was lost
        assert_eq!(told(&[opening(1, 1), reported(1), opening(2, 2), reported(2)])[2], (true, false));
        assert_eq!(told(&[opening(1, 1), reported(1), opening(2, 2)])[2], (true, true));
        // no agent that keeps to its contract uses one key for two sessions
        assert_eq!(told(&[opening(1, 1), reported(1), opening(2, 1), reported(2)])[2], (true, false));
    }

    #[test]
    fn one_unused_opening_excuses_no_second_session_of_the_same_agents_key() {
        let (used, broken) = ((false, false), (true, false));
        let begin = [opening(9, 1), opening(1, 1), reported(1)];
        let after = |next: &[SideEvent]| told(&[begin.as_slice(), next].concat()).split_off(begin.len());
        let day = Timestamp(1).plus_ms(24 * 60 * 60 * 1_000);
        // of one asking one opening is used
        assert_eq!(after(&[opening(2, 1), reported(2)]), [broken, used]);
        assert_eq!(after(&[opening(2, 1), reported(2), opening(3, 1), reported(3)])[2], broken);
        // whatever nodes they are of
        assert_eq!(after(&[opening_by(2, 1, 1, Timestamp(1)), reported(2)])[0], broken);
        assert_eq!(after(&[opening_by(2, 1, 1, Timestamp(1))]), [(false, true)]);
        // and nobody goes on asking a day later
        assert_eq!(after(&[opening_by(2, 1, 2, day)]), [(true, true)]);
        assert_eq!(told(&[opening(1, 1), opening_by(2, 1, 2, day), reported(2)])[1], broken);
        let end = Timestamp(1).plus_ms(ENTRY_WINDOW_MS);
        assert_eq!(after(&[opening_by(2, 1, 2, end)]), [(false, true)]);
        assert_eq!(after(&[opening_by(2, 1, 2, end.plus_ms(1))]), [(true, true)]);
        assert_eq!(told(&[opening_by(1, 1, 1, end.plus_ms(1)), opening(2, 1)])[1], (true, true));
    }

    #[test]
    fn an_asking_that_breaks_off_is_told_of_once() {
        let lost = [opening(1, 1), reported(1)];
        let told_after = |next: &[SideEvent]| told(&[lost.as_slice(), next].concat()).split_off(lost.len());
        assert_eq!(told_after(&[opening(2, 2), opening(3, 2), reported(3)])[..2], [(true, true), (false, false)]);
        assert_eq!(told_after(&[opening(3, 2), reported(3), opening(2, 2)])[2], (false, true));
    }
}
