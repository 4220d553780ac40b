//! What becomes of the reports of an opening, where the ledger has come to some report of it.

use super::head::Head;
use crate::vault::MadeReport;
use medshare_crypto::hash::Hash32;
use std::collections::{BTreeMap, BTreeSet};

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

/// The fates of the reports of one opening.
#[derive(Default)]
pub(super) struct Fates(BTreeMap<Head, Fate>);

impl Fates {
    pub(super) fn insert(&mut self, place: Head, fate: Fate) {
        self.0.insert(place, fate);
    }

    pub(super) fn at(&self, place: Head) -> Option<Fate> {
        self.0.get(&place).copied()
    }

    /// Of a report. One that is no part of what is known may still come on the ledger.
    pub(super) fn of(&self, made: &MadeReport) -> Fate {
        let report = &made.envelope.report;
        self.at((report.sequence, report.hash())).unwrap_or(Fate::Waits)
    }

    /// Whether any report has this one.
    pub(super) fn any(&self, fate: Fate) -> bool {
        self.0.values().any(|found| *found == fate)
    }

    /// The same, where the hashes of all reports are known that the ledger has: nothing is unseen any more.
    pub(super) fn seen_among(self, recorded: &BTreeSet<Hash32>) -> Self {
        let seen = |((number, hash), fate)| match fate {
            Fate::Unseen if recorded.contains(&hash) => ((number, hash), Fate::Recorded),
            Fate::Unseen => ((number, hash), Fate::Overtaken),
            fate => ((number, hash), fate),
        };
        Self(self.0.into_iter().map(seen).collect())
    }

    #[cfg(test)]
    pub(super) fn by_number(&self) -> Vec<(u32, Fate)> {
        self.0.iter().map(|((number, _), fate)| (*number, *fate)).collect()
    }
}
