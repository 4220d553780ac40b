//! What is proven of a session.
//!
//! A node's word that a report is recorded, that access ended or that data was called back is one node's word. Nothing is removed or
//! destroyed on it: not reports, nor keys, nor data. What a quorum of the genesis' validators certified is another matter, whichever node
//! hands it over.

use super::fate::Fate;
use super::head::{Head, head_of, side_blocks_of};
use super::{Agent, Session, SessionError};
use crate::client::{Certified, NodeClient};
use crate::clock;
use crate::vault::{MadeReport, SessionRecord};
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
use medshare_ledger::opening_proof::{Opening, OpeningStanding};
use medshare_ledger::side_block::{Predecessor, Report};
use medshare_ledger::state::LeaseRecord;
use std::collections::BTreeSet;
use std::time::Duration;

/// For so long a node is waited for where another has answered.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Between a lease and the first report under it the clock here may have been set back so far, in milliseconds.
const LEASE_SLACK_MS: u64 = 10 * 60 * 1000;

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
        self.nodes().into_iter().find_map(|node| {
            let standing = node.proven_opening(self.facts, opening, certified).ok()?;
            is_enough(&standing).then_some(standing)
        })
    }

    /// Whether a session is of the agent for which its opening is proven to be on the ledger: it has its key, or where that was destroyed the
    /// receipt of it.
    pub(super) fn has_its_agent(&self, package: BlockId, session: &SessionRecord) -> bool {
        let named = session.lease.agent;
        let is_of_it = match session.agent() {
            Some(key) => key.verifying_key() == named,
            None => {
                let receipt = session.pending.as_ref().filter(|made| made.is_receipt_of(session.lease.id, &named));
                receipt.is_some() && session.usage().is_some_and(|usage| usage.destroyed)
            }
        };
        let is_it = |standing: &OpeningStanding| standing.lease.as_ref().is_some_and(|opened| opened.agent == named);
        is_of_it && self.proven((package, session.lease.id), Certified::Already, is_it).is_some()
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

    /// Lets go of the reports that are proven to be on the ledger, and gives those up that are proven never to come there: others laid those
    /// there that the agent of their opening did not sign.
    pub(super) fn discard_proven(&mut self, certified: Certified) -> Result<Accounted, SessionError> {
        let kept = self.kept_reports()?;
        let current = self.record.lease.id;
        let mut leases: BTreeSet<LeaseId> = kept.iter().map(|kept| kept.envelope.report.lease).collect();
        // also where none of its reports is kept any more: the last one may be lost
        if self.proven_head().is_none_or(|proven| self.kept_chain(current, &kept).is_ahead_of(proven)) {
            leases.insert(current);
        }
        let mut accounted = Accounted { opening: true, earlier: true };
        for lease in leases {
            let of_lease: Vec<_> = kept.iter().filter(|kept| kept.envelope.report.lease == lease).cloned().collect();
            let by_its_agent = |opened: &LeaseRecord| -> (Vec<MadeReport>, Vec<MadeReport>) {
                of_lease.iter().cloned().partition(|made| made.is_signed_by(&opened.agent))
            };
            let is_enough = |standing: &OpeningStanding| match standing.lease.as_ref().zip(head_of(standing)) {
                Some((opened, head)) => !self.kept_chain(lease, &by_its_agent(opened).0).is_ahead_of(head),
                None => self.is_over(lease, &of_lease, standing.time),
            };
            let shown = self.proven(lease, certified, is_enough);
            let side_blocks = shown.as_ref().map_or(0, side_blocks_of);
            let opened = shown.as_ref().map(|standing| standing.lease.as_ref().zip(head_of(standing)));
            let is_all = match opened {
                None => false,
                Some(None) => {
                    self.give_up(&of_lease)?;
                    true
                }
                Some(Some((opened, head))) => {
                    let (own, others) = by_its_agent(opened);
                    self.give_up(&others)?;
                    self.sort_out(lease, &own, head, side_blocks)?
                }
            };
            if lease == current {
                accounted.opening = is_all;
            } else {
                accounted.earlier &= is_all;
            }
        }
        Ok(accounted)
    }

    /// Lets go of the reports of an opening that are on the ledger, and gives those up whose numbers others have there. Whether that is all
    /// of them: where others set in is seen from the side-blocks alone, of which there are so many.
    ///
    /// Wherever it is interrupted, the next one sees the same: what is proven is stored first, and whatever tells of other reports goes behind
    /// them. So those that are given up go before those that are let go of.
    pub(super) fn sort_out(
        &mut self,
        lease: LeaseId,
        reports: &[MadeReport],
        head: Head,
        side_blocks: u64,
    ) -> Result<bool, SessionError> {
        self.learn(lease, head, reports)?;
        let mut fates = self.chain(lease, reports).fates(head);
        if reports.iter().any(|kept| fates.of(kept) == Fate::Unseen)
            && let Some(recorded) = self.recorded_until(lease, head, side_blocks)
        {
            fates = fates.seen_among(&recorded);
        }
        let fates = &fates;
        let of_fate = |fate| reports.iter().filter(move |kept| fates.of(kept) == fate);
        self.give_up(of_fate(Fate::Overtaken))?;
        for report in of_fate(Fate::Recorded) {
            self.vault.discard_report(report)?;
        }
        Ok(of_fate(Fate::Waits).chain(of_fate(Fate::Unseen)).next().is_none())
    }

    /// Gives up reports that can never be recorded, from the last one on: from those that an interruption leaves it is still seen.
    pub(super) fn give_up<'r>(
        &self,
        reports: impl IntoIterator<Item = &'r MadeReport, IntoIter: DoubleEndedIterator>,
    ) -> Result<(), SessionError> {
        reports.into_iter().rev().try_for_each(|report| Ok(self.vault.give_up(report)?))
    }

    /// Whether an opening before this one, of these reports, cannot be recorded any more if it was not until this time of the ledger: its
    /// lease is over.
    pub(super) fn is_over(&self, lease: LeaseId, reports: &[MadeReport], time: Timestamp) -> bool {
        lease != self.record.lease.id && reports.iter().all(|made| self.is_too_late_for(made, time))
    }

    /// When a lease ends is kept beside its report, where others may write: at the latest it is when the longest one does that begins before
    /// the report, which a version before did not keep more of. None that runs, by the ledger or the clock here, ends later: who states more
    /// had none.
    fn is_too_late_for(&self, made: &MadeReport, time: Timestamp) -> bool {
        let longest = self.agent.facts.parameters().max_lease_ms.saturating_add(LEASE_SLACK_MS);
        let latest = made.envelope.report.at.plus_ms(longest);
        let end = made.lease_expires.map_or(latest, |stated| stated.min(latest));
        time >= end || end > clock::now().max(time).plus_ms(longest)
    }

    /// Stores how far an opening is proven to be on the ledger, where it is this one or the last that was, and of this one whether others went
    /// on under it. The reports that tell so may be removed then, and not before.
    pub(super) fn learn(&mut self, lease: LeaseId, head: Head, kept: &[MadeReport]) -> Result<(), SessionError> {
        let proven = Predecessor { lease, reports: head.0, last_report: head.1 };
        let (is_current, before) = (lease == self.record.lease.id, self.record.recorded);
        let is_last = is_current || before.is_some_and(|before| before.lease == lease);
        // what was proven once is not taken back by a proof of before
        let is_known = before.is_some_and(|before| before.lease == lease && before.reports >= proven.reports);
        let recorded = if is_last && !is_known { Some(proven) } else { before };
        let went_on = self.record.went_on || (is_current && self.chain(lease, kept).is_overtaken_by(head));
        if (recorded, went_on) == (before, self.record.went_on) {
            return Ok(());
        }
        let mut after = self.record.clone();
        (after.recorded, after.went_on) = (recorded, went_on);
        self.store(after)
    }

    /// Whether the opening itself is proven to be on the ledger.
    pub(super) fn is_recorded(&self) -> bool {
        self.proven_head().is_some()
    }

    /// How far this opening is proven to have come on the ledger.
    pub(super) fn proven_head(&self) -> Option<Head> {
        let recorded = self.record.recorded.filter(|recorded| recorded.lease == self.record.lease.id);
        recorded.map(|recorded| (recorded.reports, recorded.last_report))
    }

    /// The last opening that was proven to be on the ledger, with the last report that was made under it.
    pub(super) fn last_recorded(&self) -> Result<Option<Predecessor>, SessionError> {
        let Some(recorded) = self.record.recorded else { return Ok(None) };
        let kept = self.kept_reports()?;
        let is_later = |report: &&Report| report.lease == recorded.lease && report.sequence > recorded.reports;
        let last = kept.iter().map(|kept| &kept.envelope.report).rfind(is_later);
        Ok(Some(last.map_or(recorded, |report| Predecessor {
            lease: recorded.lease,
            reports: report.sequence,
            last_report: report.hash(),
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
        let source = self.hand_in_kept();
        if is_enough(self.discard_proven(Certified::NextHeight)?) {
            return Ok(());
        }
        Err(SessionError::ReportsUnproven { reports: self.kept_reports()?.len(), source })
    }
}
