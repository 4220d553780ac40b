//! Reports that are not proven to be on the ledger yet.
//!
//! A file for each, beside the session, named by lease and number: reports of several openings lie here together. A report is sealed for the
//! owner and signed, and goes to any node as it is: it is no secret of this folder, and is removed without being overwritten.

use super::durable::replace;
use super::{Vault, VaultError};
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::codec;

const PREFIX: &str = "report.";
/// How the names of reports begin that can never be recorded.
const APART: &str = "unrecorded-report.";

impl Vault {
    /// Keeps a report.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn keep_report(&self, report: &ReportEnvelope) -> Result<(), VaultError> {
        replace(&self.folder, &name_of(report), &codec::encode(report)).map_err(|e| self.io(e))
    }

    /// The reports that are kept, those of a lease together and by number. A file that is no report is passed over: the ledger shows whether
    /// one is missing.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn kept_reports(&self) -> Result<Vec<ReportEnvelope>, VaultError> {
        let names = self.folder.names().map_err(|e| self.io(e))?;
        let mut reports = Vec::new();
        for name in names.iter().filter_map(|name| name.to_str()).filter(|name| name.starts_with(PREFIX)) {
            let bytes = self.read(name)?.unwrap_or_default();
            let Ok(report) = codec::decode::<ReportEnvelope>(&bytes) else { continue };
            if name_of(&report) != name {
                // versions before named them by number alone
                self.folder.rename(name, name_of(&report)).map_err(|e| self.io(e))?;
            }
            reports.push(report);
        }
        reports.sort_by_key(|kept| (kept.report.lease, kept.report.sequence));
        Ok(reports)
    }

    /// Sets a report apart that can never be recorded: it is kept for people, and waits for no node any more.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn set_apart(&self, report: &ReportEnvelope) -> Result<(), VaultError> {
        let apart = format!("{APART}{}.{}", report.report.lease, report.report.sequence);
        let moved = self.folder.rename(name_of(report), apart).and_then(|()| self.folder.sync());
        moved.map_err(|e| self.io(e))
    }

    /// How many reports were set apart.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn set_apart_count(&self) -> Result<usize, VaultError> {
        let names = self.folder.names().map_err(|e| self.io(e))?;
        Ok(names.iter().filter(|name| name.as_encoded_bytes().starts_with(APART.as_bytes())).count())
    }

    /// Removes a report that is kept.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn discard_report(&self, report: &ReportEnvelope) -> Result<(), VaultError> {
        self.folder.remove(name_of(report)).map_err(|e| self.io(e))
    }
}

fn name_of(report: &ReportEnvelope) -> String {
    format!("{PREFIX}{}.{}", report.report.lease, report.report.sequence)
}
