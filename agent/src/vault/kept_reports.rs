//! Reports that are not proven to be on the ledger yet.
//!
//! A file for each, beside the session, named by lease, number and hash: reports of several openings lie here together, and of one number where
//! the folder came back from a copy, of which none replaces another. A report is sealed for the owner and signed, and goes to any node as it
//! is: it is no secret of this folder, and is removed without being overwritten.

use super::durable::{new_of, old_of, replace};
use super::made_report::MadeReport;
use super::record::SessionRecord;
use super::{Vault, VaultError};
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::VerifyingKey;
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::codec;
use medshare_ledger::id::LeaseId;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};

/// How the names of reports begin that are handed in until they are proven to be on the ledger.
const KEPT: &str = "report.";
/// The same of violations that can never be recorded as they are, and wait to be reported anew.
const OWED: &str = "owed-report.";
/// The same of reports that can never be recorded, and are kept for people.
const APART: &str = "unrecorded-report.";

/// How the names ended of what versions before had under way.
const WORK_BEFORE: [&str; 2] = [".new", ".old"];

/// A report as it is kept: by the key it is known that nothing in it was altered. Whose it is, that does not tell: anybody has keys.
#[derive(Encode, Decode)]
struct Kept {
    report: MadeReport,
    agent: VerifyingKey,
}

impl Vault {
    /// Keeps a report, beside others of its number, with the key of the agent that signed it.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn keep_report(&self, report: &MadeReport, agent: &VerifyingKey) -> Result<(), VaultError> {
        let kept = codec::encode(&Kept { report: report.clone(), agent: *agent });
        replace(&self.folder, &name_of(KEPT, report), &kept).map_err(|e| self.io(e))
    }

    /// The reports that are kept, those of a lease together and by number.
    ///
    /// # Errors
    /// [`VaultError::DamagedReport`] for one that is not as it was kept, [`VaultError::Io`].
    pub fn kept_reports(&self) -> Result<Vec<MadeReport>, VaultError> {
        self.reports(KEPT)
    }

    /// Those of them that can be read, in the same order.
    #[must_use]
    pub fn readable_kept(&self) -> Vec<MadeReport> {
        self.readable(KEPT)
    }

    /// The violations that are to be reported anew, in the same order.
    ///
    /// # Errors
    /// As [`Vault::kept_reports`].
    pub fn owed_reports(&self) -> Result<Vec<MadeReport>, VaultError> {
        self.reports(OWED)
    }

    /// Those of them that can be read, in the same order.
    #[must_use]
    pub fn readable_owed(&self) -> Vec<MadeReport> {
        self.readable(OWED)
    }

    fn reports(&self, prefix: &str) -> Result<Vec<MadeReport>, VaultError> {
        let names = self.names(prefix)?;
        let reports: Result<Vec<_>, _> =
            names.iter().filter_map(|name| self.report(prefix, name).transpose()).collect();
        Ok(in_order(reports?))
    }

    fn readable(&self, prefix: &str) -> Vec<MadeReport> {
        let names = self.names(prefix).unwrap_or_default();
        in_order(names.iter().filter_map(|name| self.report(prefix, name).ok().flatten()).collect())
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, VaultError> {
        let names = self.folder.names().map_err(|e| self.io(e))?;
        Ok(names
            .into_iter()
            .filter_map(|name| name.into_string().ok())
            .filter(|name| name.starts_with(prefix))
            .collect())
    }

    /// The report of a file; none where that is gone, or its name stands for another one.
    fn report(&self, prefix: &str, name: &str) -> Result<Option<MadeReport>, VaultError> {
        let Some(bytes) = self.read(name)? else { return Ok(None) };
        let Some(report) = found(&bytes) else {
            if WORK_BEFORE.iter().any(|end| name.ends_with(end)) {
                return Ok(None);
            }
            return Err(VaultError::DamagedReport { path: self.folder().join(name) });
        };
        let named = name_of(prefix, &report);
        if named != name {
            // of a version before, which named them by less, kept no more of them, and whose work under way had such names
            if self.read(&named)?.is_some_and(|bytes| found(&bytes).is_some()) {
                self.folder.remove(name).map_err(|e| self.io(e))?;
                return Ok(None);
            }
            self.folder.rename(name, named).map_err(|e| self.io(e))?;
        }
        Ok(Some(report))
    }

    /// Whether the last report of a session, or one that led up to it, was given up: others are proven then to have gone on. Their names tell.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub(super) fn has_given_up_of(&self, session: &SessionRecord) -> Result<bool, VaultError> {
        let (lease, kept) = (session.lease.id, self.readable_kept());
        let made = kept.iter().chain(&session.pending).map(|made| &made.envelope.report);
        let made = made.filter(|report| report.lease == lease);
        let before: BTreeMap<_, _> = made
            .map(|report| ((report.sequence, report.hash()), (report.sequence.checked_sub(1), report.previous)))
            .collect();
        let mut place = (session.reports, session.last_report);
        loop {
            for prefix in [OWED, APART] {
                if self.folder.look(name_at(prefix, lease, place)).map_err(|e| self.io(e))?.is_some() {
                    return Ok(true);
                }
            }
            match before.get(&place) {
                Some((Some(number), hash)) => place = (*number, *hash),
                _ => return Ok(false),
            }
        }
    }

    /// Puts a report that is kept, and that can never be recorded, aside: a violation to be reported anew, any other for people.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn give_up(&self, report: &MadeReport) -> Result<(), VaultError> {
        let to = if report.is_of_violation() { OWED } else { APART };
        self.renamed(report, KEPT, to)
    }

    /// Puts a violation that was reported anew, or is not its requestor's, aside, for people.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn set_apart(&self, owed: &MadeReport) -> Result<(), VaultError> {
        self.renamed(owed, OWED, APART)
    }

    fn renamed(&self, report: &MadeReport, from: &str, to: &str) -> Result<(), VaultError> {
        let (from, to) = (name_of(from, report), name_of(to, report));
        let renamed = self.folder.rename(from, to).and_then(|()| self.folder.sync());
        renamed.map_err(|e| self.io(e))
    }

    /// How many reports were set apart, or are to be made anew.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn unrecorded_count(&self) -> Result<usize, VaultError> {
        Ok(self.names(APART)?.len().saturating_add(self.names(OWED)?.len()))
    }

    /// Removes a report that is kept, with what an interruption left of it.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn discard_report(&self, report: &MadeReport) -> Result<(), VaultError> {
        self.discard(KEPT, report)
    }

    /// Removes one that was to be reported anew, and is on the ledger.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn discard_owed(&self, report: &MadeReport) -> Result<(), VaultError> {
        self.discard(OWED, report)
    }

    fn discard(&self, prefix: &str, report: &MadeReport) -> Result<(), VaultError> {
        let name = name_of(prefix, report);
        for name in [new_of(&name), old_of(&name), name] {
            gone(self.folder.remove(name)).map_err(|e| self.io(e))?;
        }
        Ok(())
    }
}

/// What is gone already needs no removing.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// The report of a file; none where it is not as it was kept. Versions before kept no key with it, or the envelope alone.
fn found(bytes: &[u8]) -> Option<MadeReport> {
    if let Ok(Kept { report, agent }) = codec::decode(bytes) {
        return Some(report).filter(|report| report.is_signed_by(&agent));
    }
    let bare = || codec::decode::<ReportEnvelope>(bytes).ok().map(MadeReport::bare);
    codec::decode(bytes).ok().or_else(bare).filter(MadeReport::is_whole)
}

/// Those of a lease together and by number, each once: one may have been named twice.
fn in_order(mut reports: Vec<MadeReport>) -> Vec<MadeReport> {
    let place = |made: &MadeReport| {
        let report = &made.envelope.report;
        (report.lease, report.sequence, report.hash())
    };
    reports.sort_by_cached_key(place);
    reports.dedup_by_key(|made| place(made));
    reports
}

fn name_of(prefix: &str, report: &MadeReport) -> String {
    let report = &report.envelope.report;
    name_at(prefix, report.lease, (report.sequence, report.hash()))
}

fn name_at(prefix: &str, lease: LeaseId, (number, hash): (u32, Hash32)) -> String {
    format!("{prefix}{lease}.{number}.{hash}")
}

#[cfg(test)]
mod tests;
