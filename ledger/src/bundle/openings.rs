//! What the openings of a package say of each other.
//!
//! An agent asks node after node to open, each under a lease of its own and all for one agent's key, and goes on under one of them. A node
//! that answered too late or not at all may record its lease all the same, within ten minutes: an opening that nobody used, and that the
//! requestor's agent need not know of.

use super::SideBlockReport;
use crate::id::LeaseId;
use crate::side_block::SideEvent;
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
    names_one_before: bool,
}

impl Openings {
    /// Takes the event of the next side-block.
    pub(super) fn see(&mut self, place: usize, event: &SideEvent) {
        match event {
            SideEvent::Opening { lease, .. } => self.openings.push(Opening {
                place,
                lease: lease.id,
                agent: lease.agent,
                names_one_before: lease.previous.is_some(),
            }),
            SideEvent::Reported { report, .. } => {
                self.reported.insert(report.lease);
            }
        }
    }

    /// Notes in the reports of all side-blocks which openings break off, and under which nothing is reported.
    ///
    /// One that names none before breaks off from what was, unless it is another node's for the same agent. Of such openings one is used: if
    /// there are reports under both, it breaks off.
    pub(super) fn note(self, reports: &mut [SideBlockReport]) {
        let mut by_agent: BTreeMap<VerifyingKey, bool> = BTreeMap::new();
        for opening in self.openings {
            let is_unused = !self.reported.contains(&opening.lease);
            let has_unused = by_agent.get(&opening.agent).copied();
            let is_asked_again = has_unused.is_some_and(|has_unused| has_unused || is_unused);
            by_agent.insert(opening.agent, is_unused || has_unused.unwrap_or(false));
            if let Some(report) = reports.get_mut(opening.place) {
                report.breaks_off = opening.place > 0 && !opening.names_one_before && !is_asked_again;
                report.is_unused = is_unused;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{BlockId, NodeId, SideBlockId, Timestamp};
    use crate::side_block::{Lease, Report};
    use medshare_crypto::hash::Hash32;
    use medshare_crypto::sign::SigningKey;

    const PARENT: BlockId = BlockId::from_bytes([1; 32]);

    fn opening(id: u8, agent: u8) -> SideEvent {
        let key = |seed: u8| SigningKey::from_seed([seed; 32].into());
        let lease = Lease {
            id: LeaseId::from_bytes([id; 16]),
            parent: PARENT,
            node: NodeId::from_bytes([id; 16]),
            agent: key(agent).verifying_key(),
            created: Timestamp(1),
            expires: Timestamp(2),
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
}
