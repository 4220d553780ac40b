//! Reports that one node said it had recorded and no other has shown yet.
//!
//! A file for each, beside the session. A report is sealed for the owner and signed, and goes to any node as it is: it is no secret of this
//! folder, and is removed without being overwritten.

use super::durable::replace;
use super::{Vault, VaultError};
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::codec;
use medshare_ledger::id::LeaseId;

const PREFIX: &str = "report.";

impl Vault {
    /// Keeps a report.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn keep_report(&self, report: &ReportEnvelope) -> Result<(), VaultError> {
        let name = format!("{PREFIX}{}", report.report.sequence);
        replace(&self.folder, &name, &codec::encode(report)).map_err(|e| self.io(e))
    }

    /// The reports of this lease that are kept, by number. A file that is no report is passed over: the ledger shows whether one is
    /// missing.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn kept_reports(&self, lease: LeaseId) -> Result<Vec<ReportEnvelope>, VaultError> {
        let mut reports = Vec::new();
        for name in self.report_names()? {
            let bytes = self.read(&name)?.unwrap_or_default();
            let report = codec::decode::<ReportEnvelope>(&bytes).ok();
            reports.extend(report.filter(|kept| kept.report.lease == lease));
        }
        reports.sort_by_key(|kept| kept.report.sequence);
        Ok(reports)
    }

    /// Removes the reports that are kept.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn discard_reports(&self) -> Result<(), VaultError> {
        for name in self.report_names()? {
            self.folder.remove(name).map_err(|e| self.io(e))?;
        }
        Ok(())
    }

    fn report_names(&self) -> Result<Vec<String>, VaultError> {
        let names = self.folder.names().map_err(|e| self.io(e))?;
        Ok(names.iter().filter_map(|name| name.to_str()).filter(|name| is_report(name)).map(str::to_owned).collect())
    }
}

/// Whether a file of this name keeps a report.
pub(super) fn is_report(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|number| number.parse::<u32>().is_ok())
}
