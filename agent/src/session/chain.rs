//! The reports of an opening as they were made here, beside what the ledger has of it.
//!
//! A number says how many reports there are, and not whose. A session that was brought back from a copy, or is used in two places, makes
//! other reports of the same numbers; so they are told apart by their hashes, each of which leads to the one before.

use super::fate::{Fate, Fates};
use super::head::Head;
use super::{Session, SessionError};
use crate::vault::MadeReport;
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::LeaseId;
use medshare_ledger::side_block::Report;
use std::collections::{BTreeMap, BTreeSet};

/// The reports of one opening that are known here: of one number more than one, where the folder holds what was made in different copies.
pub(super) struct Chain {
    reports: BTreeMap<Head, Report>,
    head: Head,
    /// Whether the ledger was proven before to have reports that were not made here: what told so may have been given up.
    is_overtaken: bool,
}

impl Chain {
    /// Of an opening whose last report was this one.
    pub(super) fn until(head: Head, reports: impl IntoIterator<Item = Report>) -> Self {
        let reports = reports.into_iter().map(|report| ((report.sequence, report.hash()), report)).collect();
        Self { reports, head, is_overtaken: false }
    }

    /// Of an opening of which only these are known, the last one among them.
    pub(super) fn of(reports: impl IntoIterator<Item = Report>) -> Self {
        let chain = Self::until((0, Hash32::ZERO), reports);
        let head = chain.reports.last_key_value().map(|(place, _)| *place);
        Self { head: head.unwrap_or(chain.head), ..chain }
    }

    /// Whether the ledger, which has come so far, has reports that were not made here.
    pub(super) fn is_overtaken_by(&self, (number, last): Head) -> bool {
        let own = self.own(number);
        self.is_overtaken || number > self.head.0 || (!own.is_empty() && !own.contains(&last))
    }

    /// Whether others went on: the ledger is proven to have reports that were not made here, or some are known that were made after the last
    /// one that the session remembers, which came back without them.
    pub(super) fn is_left_behind(&self, proven: Option<Head>) -> bool {
        let has_later = self.reports.keys().any(|(number, _)| *number > self.head.0);
        has_later || proven.is_some_and(|proven| self.is_overtaken_by(proven))
    }

    /// Whether the ledger, which has come so far, lacks a report that has to come there: one that is known, or the last one that was made.
    pub(super) fn is_ahead_of(&self, head: Head) -> bool {
        let lacks_last = head.0 < self.head.0 && !self.is_overtaken_by(head);
        lacks_last || self.fates(head).any(Fate::Waits)
    }

    /// How many reports that have to come on the ledger, which has come so far, are known no more: without them none behind them ever comes.
    pub(super) fn lost_behind(&self, head: Head) -> u32 {
        if self.is_overtaken_by(head) {
            return 0;
        }
        let is_between = |number: &u32| *number > head.0 && *number <= self.head.0;
        let known: BTreeSet<u32> = self.reports.keys().map(|(number, _)| *number).filter(is_between).collect();
        known.into_iter().fold(self.head.0.saturating_sub(head.0), |lost, _| lost.saturating_sub(1))
    }

    /// The last report that may still come on the ledger behind this one, each following the one before; itself where none does.
    pub(super) fn last_behind(&self, head: Head) -> Head {
        let mut behind = BTreeSet::from([head]);
        for (place, report) in &self.reports {
            if before(report).is_some_and(|before| behind.contains(&before)) {
                behind.insert(*place);
            }
        }
        behind.last().copied().unwrap_or(head)
    }

    /// The hash that the session has for this number. Where what leads to its last report is not known so far down, those that it may have.
    fn own(&self, number: u32) -> BTreeSet<Hash32> {
        if let Some(hash) = self.line(self.head).get(&number) {
            return BTreeSet::from([*hash]);
        }
        let places = self.reports.iter().flat_map(|(place, report)| [Some(*place), before(report)]);
        places.flatten().filter(|(own, _)| *own == number).map(|(_, hash)| hash).collect()
    }

    /// The hashes of a report and of those that lead up to it, by number, as far down as they are known.
    fn line(&self, (number, last): Head) -> BTreeMap<u32, Hash32> {
        let (mut line, mut here) = (BTreeMap::from([(number, last)]), (number, last));
        while let Some(before) = self.reports.get(&here).and_then(before) {
            line.insert(before.0, before.1);
            here = before;
        }
        line
    }

    /// What becomes of each report that is known, where the ledger has come so far.
    pub(super) fn fates(&self, head: Head) -> Fates {
        let (line, own, is_overtaken) = (self.line(head), self.line(self.head), self.is_overtaken_by(head));
        let is_own = |(number, hash): &Head| own.get(number) == Some(hash);
        let mut fates = Fates::default();
        for (place, report) in &self.reports {
            let fate = match line.get(&place.0) {
                Some(hash) if *hash == place.1 => Fate::Recorded,
                Some(_) => Fate::Overtaken,
                None if place.0 <= head.0 => Fate::Unseen,
                // also where one between is known no more
                None if is_overtaken && is_own(place) => Fate::Overtaken,
                None if may_follow(head, before(report), &fates) => Fate::Waits,
                None => Fate::Overtaken,
            };
            fates.insert(*place, fate);
        }
        fates
    }
}

/// Number and hash of the report that one follows.
fn before(report: &Report) -> Option<Head> {
    Some((report.sequence.checked_sub(1)?, report.previous))
}

/// Whether a report of a number behind the ledger's last one may come there, by the fate of the one before it.
fn may_follow(head: Head, before: Option<Head>, fates: &Fates) -> bool {
    before.is_some_and(|before| before == head || (before.0 > head.0 && fates.at(before) != Some(Fate::Overtaken)))
}

impl Session<'_> {
    /// What is known here of the reports of an opening.
    pub(super) fn chain(&self, lease: LeaseId, kept: &[MadeReport]) -> Chain {
        let made = (self.record.reports, self.record.last_report);
        self.chain_until(made, lease, kept.iter().chain(&self.record.pending))
    }

    /// The same without the report that waits in the session, of which its delivery tells.
    pub(super) fn kept_chain(&self, lease: LeaseId, kept: &[MadeReport]) -> Chain {
        let pending = self.record.pending.as_ref().and_then(|made| before(&made.envelope.report));
        self.chain_until(pending.unwrap_or((self.record.reports, self.record.last_report)), lease, kept)
    }

    fn chain_until<'r>(&self, made: Head, lease: LeaseId, known: impl IntoIterator<Item = &'r MadeReport>) -> Chain {
        let known = known.into_iter().map(|made| &made.envelope.report);
        let known = known.filter(|report| report.lease == lease).cloned();
        if lease == self.record.lease.id {
            Chain { is_overtaken: self.record.went_on, ..Chain::until(made, known) }
        } else {
            Chain::of(known)
        }
    }

    /// What is known of the reports of this opening.
    pub(super) fn own_chain(&self) -> Result<Chain, SessionError> {
        Ok(self.chain(self.record.lease.id, &self.kept_reports()?))
    }

    /// How many reports of this opening are neither on the ledger, which has come so far, nor kept.
    pub(super) fn lost_behind(&self, head: Head) -> Result<u32, SessionError> {
        Ok(self.kept_chain(self.record.lease.id, &self.kept_reports()?).lost_behind(head))
    }
}

#[cfg(test)]
mod tests;
