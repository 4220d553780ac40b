//! What is proven of a session.
//!
//! A node's word that a report is recorded, that access ended or that data was called back is one node's word. Nothing is removed or
//! destroyed on it: not reports, nor keys, nor data. What a quorum of the genesis' validators certified is another matter, whichever node
//! hands it over.

use super::{Agent, Session, SessionError};
use crate::client::NodeClient;
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::id::{BlockId, LeaseId};
use medshare_ledger::opening_proof::{Opening, OpeningStanding};
use medshare_ledger::side_block::Predecessor;
use std::collections::BTreeSet;
use std::time::Duration;

/// For so long a node is waited for where another has answered.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Beside the time of two heights a node is given so much for the one that certifies what was decided last, in milliseconds.
const SLACK_MS: u64 = 2_000;

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
    /// That of the openings before, too.
    pub(super) everything: bool,
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

    /// Lets go of the reports that are proven to be on the ledger.
    pub(super) fn discard_proven(&mut self, certified: Certified) -> Result<Accounted, SessionError> {
        let kept = self.vault.kept_reports()?;
        let current = self.record.lease.id;
        let mut leases: BTreeSet<LeaseId> = kept.iter().map(|kept| kept.report.lease).collect();
        if !self.is_recorded() {
            leases.insert(current);
        }
        let mut accounted = Accounted { opening: true, everything: true };
        for lease in leases {
            let of_lease = kept.iter().filter(|kept| kept.report.lease == lease);
            let last = of_lease.clone().map(|kept| kept.report.sequence).max().unwrap_or(0);
            // An honest agent signs one report of a number, so that the count says which they are.
            if self
                .proven(lease, certified, |standing| standing.lease.is_some() && standing.reports() >= last)
                .is_none()
            {
                accounted.everything = false;
                accounted.opening &= lease != current;
                continue;
            }
            if lease == current {
                self.record.recorded = Some(self.taken());
            } else if let Some(stated) = self.last_recorded()?.filter(|stated| stated.lease == lease) {
                // the reports that told so far how far it had come are gone in a moment
                let mut after = self.record.clone();
                after.recorded = Some(stated);
                self.store(after)?;
            }
            for report in of_lease {
                self.vault.discard_report(report)?;
            }
        }
        Ok(accounted)
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
        if self.discard_proven(Certified::NextHeight)?.everything {
            return Ok(());
        }
        let source = self.hand_in_kept()?;
        if self.discard_proven(Certified::NextHeight)?.everything {
            return Ok(());
        }
        Err(SessionError::ReportsUnproven { reports: self.vault.kept_reports()?.len(), source })
    }
}
