//! Reports on their way: each is kept until it is known to be on the ledger.
//!
//! A report waits in the session until a node says that it has recorded it, whatever other nodes say. That node may lie, so the report is kept
//! on in the vault until another shows it, or until the next opening, which states how many reports there are and which the ledger
//! does not take while one is missing.

use super::{Session, SessionError};
use crate::client::ClientError;
use crate::vault::SessionRecord;
use medshare_exchange::api::SideBlockMade;
use rand_core::OsRng;

impl Session<'_> {
    /// Sends the report that waits, if one does; returns the side-block that it became.
    ///
    /// # Errors
    /// [`SessionError::Node`] when no node takes it: then it waits on.
    pub(super) fn deliver_pending(&mut self) -> Result<Option<SideBlockMade>, SessionError> {
        let Some(pending) = self.record.pending.clone() else {
            return Ok(None);
        };
        let mut taken = self.agent.node.report(&pending);
        if taken.as_ref().is_err_and(|error| !error.is_unreachable()) && self.keeps_reports()? {
            // those before it may not be there, though a node said so
            self.hand_in_again(0)?;
            taken = self.agent.node.report(&pending);
        }
        let (taker, made) = taken?;
        self.vault.keep_report(&pending)?;
        let mut after = self.record.clone();
        after.pending = None;
        after.taker = taker.to_string();
        self.store(after)?;
        Ok(made)
    }

    fn keeps_reports(&self) -> Result<bool, SessionError> {
        Ok(!self.vault.kept_reports(self.record.lease.id)?.is_empty())
    }

    /// Hands in the reports behind number `recorded` again, in their order. Returns what was said of the last that was not taken: only
    /// another look tells whether they are there.
    pub(super) fn hand_in_again(&mut self, recorded: u32) -> Result<Option<ClientError>, SessionError> {
        let mut refused = None;
        for report in self.vault.kept_reports(self.record.lease.id)? {
            if report.report.sequence <= recorded {
                continue;
            }
            match self.agent.node.report(&report) {
                Ok((taker, _)) => self.record.taker = taker.to_string(),
                Err(error) if error.is_unreachable() => return Ok(Some(error)),
                // it may be there by now, and the next one wanted
                Err(error) => refused = Some(error),
            }
        }
        Ok(refused)
    }

    pub(super) fn store(&mut self, record: SessionRecord) -> Result<(), SessionError> {
        let key = &self.agent.keys.sealing;
        self.vault.save(self.package.id(), &record, key, &mut OsRng)?;
        self.record = record;
        Ok(())
    }
}
