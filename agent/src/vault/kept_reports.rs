//! Reports that are not proven to be on the ledger yet.
//!
//! A file for each, beside the session, named by lease, number and hash: reports of several openings lie here together, and of one number where
//! the folder came back from a copy, of which none replaces another. A report is sealed for the owner and signed, and goes to any node as it
//! is: it is no secret of this folder, and is removed without being overwritten.

use super::durable::{new_of, old_of, replace};
use super::made_report::MadeReport;
use super::{Vault, VaultError};
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::codec;
use std::io::{self, ErrorKind};

/// How the names of reports begin that are handed in until they are proven to be on the ledger.
const KEPT: &str = "report.";
/// The same of violations that can never be recorded as they are, and wait to be reported anew.
const OWED: &str = "owed-report.";
/// The same of reports that can never be recorded, and are kept for people.
const APART: &str = "unrecorded-report.";

impl Vault {
    /// Keeps a report, beside others of its number.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn keep_report(&self, report: &MadeReport) -> Result<(), VaultError> {
        replace(&self.folder, &name_of(KEPT, report), &codec::encode(report)).map_err(|e| self.io(e))
    }

    /// The reports that are kept, those of a lease together and by number. A file that is no report is passed over: the ledger shows whether
    /// one is missing.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn kept_reports(&self) -> Result<Vec<MadeReport>, VaultError> {
        self.reports(KEPT)
    }

    /// The violations that are to be reported anew, in the same order.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn owed_reports(&self) -> Result<Vec<MadeReport>, VaultError> {
        self.reports(OWED)
    }

    fn reports(&self, prefix: &str) -> Result<Vec<MadeReport>, VaultError> {
        let names = self.folder.names().map_err(|e| self.io(e))?;
        let mut reports = Vec::new();
        for name in names.iter().filter_map(|name| name.to_str()).filter(|name| name.starts_with(prefix)) {
            let bytes = self.read(name)?.unwrap_or_default();
            let Some(report) = decoded(&bytes) else { continue };
            let named = name_of(prefix, &report);
            if named != name {
                // of a version before, which named them by less, kept no more of them, and whose work under way had such names
                if self.read(&named)?.is_some_and(|bytes| decoded(&bytes).is_some()) {
                    self.folder.remove(name).map_err(|e| self.io(e))?;
                    continue;
                }
                self.folder.rename(name, named).map_err(|e| self.io(e))?;
            }
            reports.push(report);
        }
        let place = |made: &MadeReport| {
            let report = &made.envelope.report;
            (report.lease, report.sequence, report.hash())
        };
        reports.sort_by_cached_key(place);
        // one may have been named twice
        reports.dedup_by_key(|made| place(made));
        Ok(reports)
    }

    /// Puts a report that is kept, and that can never be recorded, aside: a violation to be reported anew, any other for people.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn give_up(&self, report: &MadeReport) -> Result<(), VaultError> {
        let to = if report.is_of_violation() { OWED } else { APART };
        self.renamed(report, KEPT, to)
    }

    /// Puts a violation that was reported anew aside, for people.
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

    /// How many reports were set apart.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn set_apart_count(&self) -> Result<usize, VaultError> {
        let names = self.folder.names().map_err(|e| self.io(e))?;
        Ok(names.iter().filter(|name| name.as_encoded_bytes().starts_with(APART.as_bytes())).count())
    }

    /// Removes a report that is kept, with what an interruption left of it.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn discard_report(&self, report: &MadeReport) -> Result<(), VaultError> {
        let name = name_of(KEPT, report);
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

/// Versions before kept the envelope alone.
fn decoded(bytes: &[u8]) -> Option<MadeReport> {
    let bare = || codec::decode::<ReportEnvelope>(bytes).ok().map(MadeReport::bare);
    codec::decode(bytes).ok().or_else(bare)
}

fn name_of(prefix: &str, report: &MadeReport) -> String {
    let report = &report.envelope.report;
    format!("{prefix}{}.{}.{}", report.lease, report.sequence, report.hash())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_contract_abi::usage::UsageCall;
    use medshare_crypto::hash::Hash32;
    use medshare_crypto::seal::SealingSecretKey;
    use medshare_crypto::sign::SigningKey;
    use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
    use medshare_ledger::side_block::Report;
    use rand_core::OsRng;

    fn made(sequence: u32) -> MadeReport {
        made_at(sequence, Timestamp(3))
    }

    fn made_at(sequence: u32, at: Timestamp) -> MadeReport {
        let report = Report {
            parent: BlockId::from_bytes([1; 32]),
            lease: LeaseId::from_bytes([2; 16]),
            sequence,
            previous: Hash32::ZERO,
            kind: 2,
            at,
            commitment: Hash32::ZERO,
        };
        let agent_signature = SigningKey::generate(&mut OsRng).sign(&report);
        MadeReport::new(ReportEnvelope { report, agent_signature, sealed: vec![4; 5] }, Timestamp(6))
    }

    fn numbers(reports: &[MadeReport]) -> Vec<u32> {
        reports.iter().map(|made| made.envelope.report.sequence).collect()
    }

    #[test]
    fn what_an_interruption_left_of_a_report_is_no_second_one_and_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::take(folder.path()).unwrap();
        let path = |name: &str| folder.path().join(name);
        let report = made(1);
        vault.keep_report(&report).unwrap();
        let name = name_of(KEPT, &report);
        for left in [new_of(&name), old_of(&name)] {
            std::fs::copy(path(&name), path(&left)).unwrap();
        }
        assert_eq!(numbers(&vault.kept_reports().unwrap()), [1]);
        vault.discard_report(&report).unwrap();
        vault.discard_report(&report).unwrap();
        drop(vault);
        assert!(!folder.path().exists(), "nothing of it is left, and so the folder goes");
    }

    #[test]
    fn what_a_version_before_kept_is_kept_on() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::take(folder.path()).unwrap();
        let report = made(7);
        std::fs::write(folder.path().join("report.7"), codec::encode(&report.envelope)).unwrap();
        let kept = vault.kept_reports().unwrap();
        assert_eq!((numbers(&kept), kept[0].lease_expires), (vec![7], None));
        assert!(folder.path().join(name_of(KEPT, &report)).exists());
    }

    #[test]
    fn different_reports_of_one_number_are_kept_beside_each_other_wherever_they_are_put() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::take(folder.path()).unwrap();
        let key = SealingSecretKey::generate(&mut OsRng).public_key();
        let both = [3, 4].map(|at| made_at(2, Timestamp(at)));
        let both = both.map(|made| made.of_violation(&UsageCall::Retrieve, &key, &mut OsRng).unwrap());
        both.iter().for_each(|report| vault.keep_report(report).unwrap());
        assert_eq!(numbers(&vault.kept_reports().unwrap()), [2, 2]);
        both.iter().for_each(|report| vault.give_up(report).unwrap());
        assert_eq!(numbers(&vault.owed_reports().unwrap()), [2, 2]);
        both.iter().for_each(|report| vault.set_apart(report).unwrap());
        assert_eq!(vault.set_apart_count().unwrap(), 2);
        both.iter().for_each(|report| vault.keep_report(report).unwrap());
        vault.discard_report(&both[0]).unwrap();
        assert_eq!(vault.kept_reports().unwrap()[0].envelope.report.at, Timestamp(4));
    }

    #[test]
    fn what_a_version_before_kept_of_a_report_does_not_replace_what_this_one_keeps_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::take(folder.path()).unwrap();
        let report = made(7);
        vault.keep_report(&report).unwrap();
        let (lease, before) = (report.envelope.report.lease, codec::encode(&report.envelope));
        for name in ["report.7".to_owned(), format!("report.{lease}.7"), format!("report.{lease}.7.old")] {
            std::fs::write(folder.path().join(&name), &before).unwrap();
            let kept = vault.kept_reports().unwrap();
            assert_eq!((numbers(&kept), kept[0].lease_expires), (vec![7], Some(Timestamp(6))));
            assert!(!folder.path().join(name).exists());
        }
    }

    #[test]
    fn a_violation_that_is_given_up_is_owed_and_only_its_requestor_reads_what_was_asked() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::take(folder.path()).unwrap();
        let key = SealingSecretKey::generate(&mut OsRng);
        let violation = made(2).of_violation(&UsageCall::Retrieve, &key.public_key(), &mut OsRng).unwrap();
        for report in [&made(1), &violation] {
            vault.keep_report(report).unwrap();
            vault.give_up(report).unwrap();
        }
        assert!(vault.kept_reports().unwrap().is_empty());
        assert_eq!((numbers(&vault.owed_reports().unwrap()), vault.set_apart_count().unwrap()), (vec![2], 1));
        let owed = vault.owed_reports().unwrap().remove(0);
        assert_eq!(owed.asked(&key), Some(UsageCall::Retrieve));
        assert_eq!(owed.asked(&SealingSecretKey::generate(&mut OsRng)), None);
        vault.set_apart(&owed).unwrap();
        assert!(vault.owed_reports().unwrap().is_empty());
    }
}
