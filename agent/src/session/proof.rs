//! What is proven of a session.
//!
//! A node's word that a report is recorded, that access ended or that data was called back is one node's word. Nothing is removed or
//! destroyed on it: not reports, nor keys, nor data. What a quorum of the genesis' validators certified is another matter, whichever node
//! hands it over.

use super::{Agent, Session, SessionError};
use crate::client::NodeClient;
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
use medshare_ledger::opening_proof::{Opening, OpeningStanding};
use medshare_ledger::side_block::Predecessor;
use std::collections::BTreeSet;
use std::time::Duration;

/// For so long a node is waited for where another has answered.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Beside the time of two heights a node is given so much for the one that certifies what was decided last, in milliseconds.
const SLACK_MS: u64 = 2_000;

/// Between a lease and the first report under it the clock here may have been set back so far, in milliseconds.
const LEASE_SLACK_MS: u64 = 10 * 60 * 1000;

/// Which proof is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certified {
    /// What is certified already.
    Already,
    /// What is decided already, which the next height certifies.
    NextHeight,
}

/// How much of what was reported is proven to be on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accounted {
    /// All of this opening, and itself.
    pub(super) opening: bool,
    /// All of the openings before.
    pub(super) earlier: bool,
}

impl Accounted {
    /// All of this opening and of those before.
    pub(super) const fn everything(self) -> bool {
        self.opening && self.earlier
    }
}

impl Agent<'_> {
    /// The nodes, without those that hung where there are others.
    pub(super) fn nodes(&self) -> Vec<NodeClient> {
        let (hung, mut nodes): (Vec<_>, Vec<_>) = self.node.each().partition(NodeClient::has_hung);
        if nodes.is_empty() {
            nodes = hung;
        }
        nodes
    }

    /// What the first node that proves enough proves of an opening.
    pub(super) fn proven(
        &self,
        (parent, lease): (BlockId, LeaseId),
        certified: Certified,
        is_enough: impl Fn(&OpeningStanding) -> bool,
    ) -> Option<OpeningStanding> {
        let opening = Opening { parent, lease, requestor: self.keys.id() };
        let wait_ms = match certified {
            Certified::Already => 0,
            Certified::NextHeight => self.facts.parameters().target_time_ms.saturating_mul(2).saturating_add(SLACK_MS),
        };
        let patience = PATIENCE.saturating_add(Duration::from_millis(wait_ms));
        self.nodes().into_iter().find_map(|node| {
            let proof = node.within(patience).opening_proof(parent, lease, wait_ms).ok()?;
            let standing = proof.verify(self.facts, opening).ok()?;
            is_enough(&standing).then_some(standing)
        })
    }
}

impl Session<'_> {
    /// What the first node that proves enough proves of an opening of this package.
    pub(super) fn proven(
        &self,
        lease: LeaseId,
        certified: Certified,
        is_enough: impl Fn(&OpeningStanding) -> bool,
    ) -> Option<OpeningStanding> {
        self.agent.proven((self.package.block(), lease), certified, is_enough)
    }

    /// Lets go of the reports that are proven to be on the ledger, and sets those apart that are proven never to come there.
    pub(super) fn discard_proven(&mut self, certified: Certified) -> Result<Accounted, SessionError> {
        let kept = self.vault.kept_reports()?;
        let current = self.record.lease.id;
        let mut leases: BTreeSet<LeaseId> = kept.iter().map(|kept| kept.report.lease).collect();
        if !self.is_recorded() {
            leases.insert(current);
        }
        let mut accounted = Accounted { opening: true, earlier: true };
        for lease in leases {
            let of_lease = kept.iter().filter(|kept| kept.report.lease == lease);
            let last = of_lease.clone().map(|kept| kept.report.sequence).max().unwrap_or(0);
            let end = self.end_of_earlier(lease, of_lease.clone());
            // An honest agent signs one report of a number, so that the count says which they are.
            let is_enough = |standing: &OpeningStanding| match standing.lease {
                Some(_) => standing.reports() >= last,
                None => end.is_some_and(|end| standing.time >= end),
            };
            match self.proven(lease, certified, is_enough) {
                None if lease == current => accounted.opening = false,
                None => accounted.earlier = false,
                Some(OpeningStanding { lease: None, .. }) => {
                    for report in of_lease {
                        self.vault.set_apart(report)?;
                    }
                }
                Some(_) => {
                    self.learn(lease)?;
                    for report in of_lease {
                        self.vault.discard_report(report)?;
                    }
                }
            }
        }
        Ok(accounted)
    }

    /// From when on, in the ledger's time, an opening before this one cannot be recorded any more, if it was not until then: its lease is
    /// over. The first report is made as soon as a package is open, so its time tells that of the lease.
    fn end_of_earlier<'k>(
        &self,
        lease: LeaseId,
        reports: impl Iterator<Item = &'k ReportEnvelope>,
    ) -> Option<Timestamp> {
        let first = reports.map(|kept| kept.report.at).min().filter(|_| lease != self.record.lease.id)?;
        let longest = self.agent.facts.parameters().max_lease_ms;
        Some(first.plus_ms(longest.saturating_add(LEASE_SLACK_MS)))
    }

    /// Stores how far an opening is proven to be on the ledger. The reports that tell so may be removed then, and not before.
    fn learn(&mut self, lease: LeaseId) -> Result<(), SessionError> {
        let recorded = match lease == self.record.lease.id {
            true => Some(self.taken()),
            false => self.last_recorded()?.filter(|stated| stated.lease == lease),
        };
        if recorded.is_none() || recorded == self.record.recorded {
            return Ok(());
        }
        let mut after = self.record.clone();
        after.recorded = recorded;
        self.store(after)
    }

    /// Whether the opening itself is proven to be on the ledger.
    fn is_recorded(&self) -> bool {
        self.record.recorded.is_some_and(|recorded| recorded.lease == self.record.lease.id)
    }

    /// This opening with the last report that some node took.
    fn taken(&self) -> Predecessor {
        match &self.record.pending {
            None => self.record.as_predecessor(),
            Some(pending) => Predecessor {
                lease: self.record.lease.id,
                reports: pending.report.sequence.saturating_sub(1),
                last_report: pending.report.previous,
            },
        }
    }

    /// The last opening that was proven to be on the ledger, with the last report that was made under it.
    pub(super) fn last_recorded(&self) -> Result<Option<Predecessor>, SessionError> {
        let Some(recorded) = self.record.recorded else { return Ok(None) };
        let kept = self.vault.kept_reports()?;
        let later =
            |kept: &&ReportEnvelope| kept.report.lease == recorded.lease && kept.report.sequence > recorded.reports;
        Ok(Some(kept.iter().rfind(later).map_or(recorded, |kept| Predecessor {
            lease: recorded.lease,
            reports: kept.report.sequence,
            last_report: kept.report.hash(),
        })))
    }

    /// Hands in what is not proven to be on the ledger, and waits for the proof.
    ///
    /// # Errors
    /// [`SessionError::ReportsUnproven`] where no node gives one.
    pub(super) fn account_for_everything(&mut self) -> Result<(), SessionError> {
        self.account_for(Accounted::everything)
    }

    /// The same, but only of the openings before this one.
    ///
    /// # Errors
    /// As [`Session::account_for_everything`].
    pub(super) fn account_for_earlier(&mut self) -> Result<(), SessionError> {
        self.account_for(|accounted| accounted.earlier)
    }

    fn account_for(&mut self, is_enough: fn(Accounted) -> bool) -> Result<(), SessionError> {
        if is_enough(self.discard_proven(Certified::NextHeight)?) {
            return Ok(());
        }
        let source = self.hand_in_kept()?;
        if is_enough(self.discard_proven(Certified::NextHeight)?) {
            return Ok(());
        }
        Err(SessionError::ReportsUnproven { reports: self.vault.kept_reports()?.len(), source })
    }
}
