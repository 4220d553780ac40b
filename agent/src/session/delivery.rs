//! Reports on their way: each is kept until it is proven to be on the ledger.
//!
//! A report waits in the session until a node says that it has recorded it, whatever other nodes say. That node may lie, so it goes to every
//! other node, too, and is kept on in the vault until some node proves that it is there. Who has it already says so at no cost.

use super::proof::PATIENCE;
use super::{Agent, Session, SessionError};
use crate::client::{ClientError, NodeClient};
use crate::vault::{MadeReport, SessionRecord};
use medshare_exchange::api::SideBlockMade;
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::side_block::Lease;
use rand_core::OsRng;

/// What became of a report, as nodes say.
pub(super) struct Taken {
    /// The node that says so.
    pub(super) by: String,
    /// The side-block; none where the report was on the ledger already.
    pub(super) made: Option<SideBlockMade>,
}

impl Agent<'_> {
    /// Hands in reports, to every node and in their order. Returns what was said of one that was not taken: only a look tells whether it is
    /// there.
    pub(super) fn hand_in(&self, kept: &[MadeReport]) -> Option<ClientError> {
        let mut failure = None;
        for node in self.nodes() {
            for report in kept {
                match node.report(&report.envelope) {
                    Ok(_) => {}
                    Err(error) if error.is_unreachable() => {
                        failure = Some(error);
                        break;
                    }
                    // it may be there by now, and the next one wanted
                    Err(error) => failure = Some(error),
                }
            }
        }
        failure
    }
}

impl Session<'_> {
    /// Sends the report that waits, if one does.
    ///
    /// # Errors
    /// [`SessionError::Node`] when no node takes it: then it waits on.
    pub(super) fn deliver_pending(&mut self) -> Result<Vec<Taken>, SessionError> {
        let Some(pending) = self.record.pending.clone() else {
            return Ok(Vec::new());
        };
        let taken = self.hand_to_each(&pending.envelope)?;
        self.set_aside()?;
        Ok(taken)
    }

    /// Keeps the report that waits beside the session: nobody waits for it any more, and it is not forgotten.
    pub(super) fn set_aside(&mut self) -> Result<(), SessionError> {
        let mut after = self.record.clone();
        let Some(pending) = after.pending.take() else { return Ok(()) };
        self.vault.keep_report(&pending, &self.record.lease.agent)?;
        self.store(after)
    }

    /// The reports that are kept. Of this opening only those that its agent signed, also where a version before kept no key beside them.
    pub(super) fn kept_reports(&self) -> Result<Vec<MadeReport>, SessionError> {
        Ok(self.signed(self.vault.kept_reports()?))
    }

    /// Those of them that can be read.
    fn readable_kept(&self) -> Vec<MadeReport> {
        self.signed(self.vault.readable_kept())
    }

    fn signed(&self, mut kept: Vec<MadeReport>) -> Vec<MadeReport> {
        let Lease { id, agent, .. } = &self.record.lease;
        kept.retain(|made| made.envelope.report.lease != *id || made.is_signed_by(agent));
        kept
    }

    /// Hands a report to every node, as one that says that it took it may lie. Those that hung are left out once another has it.
    pub(super) fn hand_to_each(&self, report: &ReportEnvelope) -> Result<Vec<Taken>, SessionError> {
        let mut before = self.readable_kept();
        before.retain(|kept| kept.envelope.report.lease == report.report.lease);
        let (mut taken, mut failure): (Vec<Taken>, Option<ClientError>) = (Vec::new(), None);
        for node in self.agent.node.each() {
            if !taken.is_empty() && node.has_hung() {
                continue;
            }
            let node = if taken.is_empty() { node } else { node.within(PATIENCE) };
            match report_behind(&node, &before, report) {
                Ok(made) => taken.push(Taken { by: node.name(), made }),
                Err(error) => failure = Some(told(failure, error)),
            }
        }
        if taken.is_empty() { Err(failure.unwrap_or(ClientError::NoNode).into()) } else { Ok(taken) }
    }

    /// Hands in all reports that are kept and can be read, as [`Agent::hand_in`] does.
    pub(super) fn hand_in_kept(&self) -> Option<ClientError> {
        self.agent.hand_in(&self.readable_kept())
    }

    /// What ends a command before it hands in what is kept keeps none of it back.
    pub(super) fn hand_in_before(&self, error: SessionError) -> SessionError {
        if matches!(error, SessionError::Vault(_) | SessionError::Unproven { .. }) {
            // what is not taken, the next command hands in again
            drop(self.hand_in_kept());
        }
        error
    }

    pub(super) fn store(&mut self, record: SessionRecord) -> Result<(), SessionError> {
        self.vault.save(self.package.id(), &record, self.agent.keys, &mut OsRng)?;
        self.record = record;
        Ok(())
    }
}

/// What is told of a failure behind another.
pub(super) fn told(before: Option<ClientError>, error: ClientError) -> ClientError {
    match before {
        Some(before) => before.beside(error),
        None => error,
    }
}

/// Hands a report to a node; where it is refused, those before it first, as they may not be there though another node said so.
fn report_behind(
    node: &NodeClient,
    before: &[MadeReport],
    report: &ReportEnvelope,
) -> Result<Option<SideBlockMade>, ClientError> {
    match node.report(report) {
        Err(error) if !error.is_unreachable() && !before.is_empty() => {
            for earlier in before {
                // whether it is there already or not taken, the last one tells
                drop(node.report(&earlier.envelope));
            }
            node.report(report)
        }
        taken => taken,
    }
}
