//! The reports of an opening as they were made here, beside what the ledger has of it.
//!
//! A number says how many reports there are, and not whose. A session that was brought back from a copy, or is used in two places, makes
//! other reports of the same numbers; so they are told apart by their hashes, each of which leads to the one before.

use super::{Session, SessionError};
use crate::vault::MadeReport;
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::LeaseId;
use medshare_ledger::opening_proof::OpeningStanding;
use medshare_ledger::side_block::Report;
use std::collections::{BTreeMap, BTreeSet};

/// How many reports there are under an opening, and the hash of the last one; zero where there is none.
pub(super) type Head = (u32, Hash32);

/// How far an opening is proven to have come; none where it is not recorded.
pub(super) fn head_of(standing: &OpeningStanding) -> Option<Head> {
    standing.lease.as_ref().map(|record| (record.reports(), record.last_report))
}

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

/// The reports of one opening that are known here: of one number more than one, where the folder holds what was made in different copies.
pub(super) struct Chain {
    reports: BTreeMap<Head, Report>,
    head: Head,
}

impl Chain {
    /// Of an opening whose last report was this one.
    pub(super) fn until(head: Head, reports: impl IntoIterator<Item = Report>) -> Self {
        Self { reports: reports.into_iter().map(|report| ((report.sequence, report.hash()), report)).collect(), head }
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
        number > self.head.0 || (!own.is_empty() && !own.contains(&last))
    }

    /// The same of what is proven. It is so, too, where the last report is kept no more and not among what is proven: it was given up.
    pub(super) fn is_proven_overtaken_by(&self, proven: Head) -> bool {
        let is_given_up = proven.0 < self.head.0 && !self.reports.contains_key(&self.head);
        is_given_up || self.is_overtaken_by(proven)
    }

    /// Whether reports are known here that were made after the last one that the session remembers: it came back without them.
    pub(super) fn has_later(&self) -> bool {
        self.reports.keys().any(|(number, _)| *number > self.head.0)
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

    /// What becomes of a report, where the ledger has come so far. One that is no part of what is known may still come there.
    pub(super) fn fate(&self, made: &MadeReport, head: Head) -> Fate {
        let report = &made.envelope.report;
        self.fates(head).get(&(report.sequence, report.hash())).copied().unwrap_or(Fate::Waits)
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
    fn fates(&self, head: Head) -> BTreeMap<Head, Fate> {
        let (line, mut fates) = (self.line(head), BTreeMap::new());
        for (place, report) in &self.reports {
            let fate = match line.get(&place.0) {
                Some(hash) if *hash == place.1 => Fate::Recorded,
                Some(_) => Fate::Overtaken,
                None if place.0 <= head.0 => Fate::Unseen,
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
fn may_follow(head: Head, before: Option<Head>, fates: &BTreeMap<Head, Fate>) -> bool {
    before.is_some_and(|before| before == head || (before.0 > head.0 && fates.get(&before) != Some(&Fate::Overtaken)))
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
        chain.fates(head).into_iter().map(|((number, _), fate)| (number, fate)).collect()
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
    #[test]
    fn reports_of_one_number_that_were_made_in_different_copies_have_their_own_fates() {
        use Fate::{Overtaken, Recorded, Waits};
        let common = made(1, Hash32::ZERO, 1, 1);
        let (ours, theirs) = (made(2, head(&common).1, 2, 2), made(2, head(&common).1, 2, 3));
        let chain = Chain::until(head(&common), [common.clone(), ours.clone(), theirs.clone()].concat());
        let fate = |report: &Report, head| chain.fates(head)[&(report.sequence, report.hash())];
        for (at, [first, second, other]) in [
            (head(&common), [Waits, Waits, Waits]),
            (head(&ours[..1]), [Recorded, Waits, Overtaken]),
            (head(&theirs[..1]), [Overtaken, Overtaken, Recorded]),
        ] {
            assert_eq!(
                [fate(&ours[0], at), fate(&ours[1], at), fate(&theirs[0], at)],
                [first, second, other],
                "{at:?}"
            );
        }
        assert!(chain.has_later() && !Chain::until(head(&ours), ours.clone()).has_later());
        assert_eq!(chain.last_behind(head(&ours[..1])), head(&ours));
        assert_eq!(chain.last_behind((1, Hash32::ZERO)), (1, Hash32::ZERO), "nothing follows it");
        assert!([head(&ours), head(&theirs)].contains(&chain.last_behind(head(&common))));
    }
}
