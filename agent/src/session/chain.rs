//! The reports of an opening as they were made here, beside what the ledger has of it.
//!
//! A number says how many reports there are, and not whose. A session that was brought back from a copy, or is used in two places, makes
//! other reports of the same numbers; so they are told apart by their hashes, each of which leads to the one before.

use super::{Session, SessionError};
use crate::vault::MadeReport;
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::LeaseId;
use medshare_ledger::side_block::Report;
use std::collections::{BTreeMap, BTreeSet};

/// How many reports there are under an opening, and the hash of the last one; zero where there is none.
pub(super) type Head = (u32, Hash32);

/// What becomes of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is on the ledger.
    Recorded,
    /// Another one has its number, or the number of one before it: it never comes there.
    Overtaken,
    /// It may still come there.
    Waits,
    /// Others are on the ledger, and where they set in is not seen from here.
    Unseen,
}

/// The reports of one opening that are known here.
pub(super) struct Chain {
    reports: BTreeMap<u32, Report>,
    head: Head,
}

impl Chain {
    /// Of an opening whose last report was this one.
    pub(super) fn until(head: Head, reports: impl IntoIterator<Item = Report>) -> Self {
        Self { reports: reports.into_iter().map(|report| (report.sequence, report)).collect(), head }
    }

    /// Of an opening of which only these are known, the last one among them.
    pub(super) fn of(reports: impl IntoIterator<Item = Report>) -> Self {
        let chain = Self::until((0, Hash32::ZERO), reports);
        let head = chain.reports.last_key_value().map(|(number, report)| (*number, report.hash()));
        Self { head: head.unwrap_or(chain.head), ..chain }
    }

    /// Whether the ledger, which has come so far, has reports that were not made here.
    pub(super) fn is_overtaken_by(&self, (number, last): Head) -> bool {
        number > self.head.0 || self.own(number).is_some_and(|own| own != last)
    }

    /// Hash of the report of this number, as far as it is known.
    fn own(&self, number: u32) -> Option<Hash32> {
        if number == self.head.0 {
            return Some(self.head.1);
        }
        let behind = || number.checked_add(1).and_then(|next| self.reports.get(&next));
        self.reports.get(&number).map(Report::hash).or_else(|| behind().map(|report| report.previous))
    }

    /// What becomes of a report, where the ledger has come so far. One that is no part of what is known may still come there.
    pub(super) fn fate(&self, made: &MadeReport, head: Head) -> Fate {
        self.fates(head).get(&made.envelope.report.sequence).copied().unwrap_or(Fate::Waits)
    }

    /// The same, where the hashes of all reports are known that the ledger has.
    pub(super) fn fate_among(&self, recorded: Option<&BTreeSet<Hash32>>, made: &MadeReport, head: Head) -> Fate {
        match (self.fate(made, head), recorded) {
            (Fate::Unseen, Some(recorded)) if recorded.contains(&made.envelope.report.hash()) => Fate::Recorded,
            (Fate::Unseen, Some(_)) => Fate::Overtaken,
            (fate, _) => fate,
        }
    }

    /// What becomes of each report that is known, where the ledger has come so far.
    fn fates(&self, (number, last): Head) -> BTreeMap<u32, Fate> {
        let mut fates = BTreeMap::new();
        let mut here = Some((number, last));
        for (number, report) in self.reports.range(..=number).rev() {
            let fate = match here {
                Some((at, hash)) if at == *number && hash == report.hash() => Fate::Recorded,
                Some((at, _)) if at == *number => Fate::Overtaken,
                _ => Fate::Unseen,
            };
            here = (fate == Fate::Recorded).then(|| (number.saturating_sub(1), report.previous));
            fates.insert(*number, fate);
        }
        let mut behind = Some((number, last));
        for (number, report) in self.reports.iter().filter(|(own, _)| **own > number) {
            let waits = behind.is_some_and(|(at, hash)| at.saturating_add(1) != *number || hash == report.previous);
            behind = waits.then(|| (*number, report.hash()));
            fates.insert(*number, if waits { Fate::Waits } else { Fate::Overtaken });
        }
        fates
    }
}

impl Session<'_> {
    /// What is known here of the reports of an opening.
    pub(super) fn chain(&self, lease: LeaseId, kept: &[MadeReport]) -> Chain {
        let known = kept.iter().chain(&self.record.pending).map(|made| &made.envelope.report);
        let known = known.filter(|report| report.lease == lease).cloned();
        if lease == self.record.lease.id {
            Chain::until((self.record.reports, self.record.last_report), known)
        } else {
            Chain::of(known)
        }
    }

    /// The same of this opening.
    pub(super) fn own_chain(&self) -> Result<Chain, SessionError> {
        Ok(self.chain(self.record.lease.id, &self.vault.kept_reports()?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_crypto::sign::SigningKey;
    use medshare_exchange::report::ReportEnvelope;
    use medshare_ledger::id::{BlockId, Timestamp};

    /// Reports that follow each other, told apart from those of others by their time.
    fn made(first: u32, previous: Hash32, count: u32, at: u64) -> Vec<Report> {
        let mut previous = previous;
        let report = |sequence, previous| Report {
            parent: BlockId::from_bytes([1; 32]),
            lease: LeaseId::from_bytes([2; 16]),
            sequence,
            previous,
            kind: 2,
            at: Timestamp(at),
            commitment: Hash32::ZERO,
        };
        (first..first + count)
            .map(|sequence| {
                let report = report(sequence, previous);
                previous = report.hash();
                report
            })
            .collect()
    }

    fn head(reports: &[Report]) -> Head {
        reports.last().map_or((0, Hash32::ZERO), |report| (report.sequence, report.hash()))
    }

    fn fates(chain: &Chain, head: Head) -> Vec<(u32, Fate)> {
        chain.fates(head).into_iter().collect()
    }

    #[test]
    fn a_kept_report_is_let_go_of_for_its_own_hash_and_not_for_its_number() {
        use Fate::{Overtaken, Recorded, Unseen, Waits};
        let common = made(1, Hash32::ZERO, 3, 1);
        let (ours, theirs) = (made(4, head(&common).1, 2, 2), made(4, head(&common).1, 2, 3));
        let chain = |reports: &[&[Report]]| Chain::of(reports.concat());
        let both = chain(&[&common[1..], &ours]);
        let recorded = [(2, Recorded), (3, Recorded)];
        assert_eq!(fates(&both, head(&common)), [recorded.as_slice(), &[(4, Waits), (5, Waits)]].concat());
        assert_eq!(fates(&both, head(&ours)), [recorded.as_slice(), &[(4, Recorded), (5, Recorded)]].concat());
        assert!(!both.is_overtaken_by(head(&common)) && !both.is_overtaken_by(head(&ours)));
        for number in [1, 2] {
            assert!(both.is_overtaken_by(head(&theirs[..number])), "{number}");
        }
        assert_eq!(
            fates(&both, head(&theirs[..1])),
            [(2, Unseen), (3, Unseen), (4, Overtaken), (5, Overtaken)],
            "the fourth is another one, and what comes behind ours never comes"
        );
        assert_eq!(fates(&chain(&[&ours[..1]]), head(&theirs)), [(4, Unseen)], "that there are five tells nothing");
        assert!(chain(&[&ours[..1]]).is_overtaken_by(head(&theirs)));
    }

    #[test]
    fn of_a_number_that_is_not_the_last_the_side_blocks_tell_whose_it_is() {
        let key = SigningKey::from_seed([3; 32].into());
        let kept = |report: &Report| {
            let (report, agent_signature) = (report.clone(), key.sign(report));
            MadeReport::new(ReportEnvelope { report, agent_signature, sealed: vec![] }, Timestamp(9))
        };
        let common = made(1, Hash32::ZERO, 2, 1);
        let (ours, theirs) = (made(3, head(&common).1, 1, 2), made(3, head(&common).1, 2, 3));
        let chain = Chain::of([&common[1..], &ours].concat());
        let recorded: BTreeSet<_> = common.iter().chain(&theirs).map(Report::hash).collect();
        let fate = |recorded, report| chain.fate_among(recorded, &kept(report), head(&theirs));
        for report in [&common[1], &ours[0]] {
            assert_eq!(fate(None, report), Fate::Unseen);
        }
        assert_eq!(fate(Some(&recorded), &common[1]), Fate::Recorded);
        assert_eq!(fate(Some(&recorded), &ours[0]), Fate::Overtaken);
    }

    #[test]
    fn what_follows_is_known_from_the_report_behind_also_without_the_report_itself() {
        let (ours, theirs) = (made(1, Hash32::ZERO, 3, 1), made(1, Hash32::ZERO, 2, 2));
        let chain = Chain::until(head(&ours), ours[2..].to_vec());
        assert!(chain.is_overtaken_by(head(&theirs)) && !chain.is_overtaken_by(head(&ours[..2])));
        assert!(!chain.is_overtaken_by((0, Hash32::ZERO)));
        assert_eq!(fates(&chain, head(&theirs)), [(3, Fate::Overtaken)]);
    }
}
