//! What the contract would answer: asked of it beside the data, with nothing noted, sent or reported.

use super::{Session, SessionError};
use crate::clock;
use medshare_contract_abi::Action;
use medshare_contract_abi::usage::{Comment, Decision, RefusalCode, UsageCall};

/// An answer that the contract would give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// It would allow the action.
    Allowed {
        /// Whether the owner would hear of it.
        reported: bool,
    },
    /// It would refuse and report the action, which would end access at every node.
    Violation,
}

impl Session<'_> {
    /// What the contract would answer to an action, as far as this session knows.
    ///
    /// # Errors
    /// What [`Session::act`] would end with, where that is neither leave nor a violation.
    pub fn foresee(&self, action: Action, comment: Comment) -> Result<Outlook, SessionError> {
        let now = clock::now();
        if self.record.lease.expires <= now {
            return Err(SessionError::LeaseOver);
        }
        let outcome = self.guard.contract.decide(&self.input(UsageCall::Act { action, comment }, now)?)?;
        let is_violation = outcome.report().is_some_and(|report| report.violation);
        match outcome.decision {
            Decision::Allow => Ok(Outlook::Allowed { reported: outcome.report().is_some() }),
            Decision::Refuse(RefusalCode::NotPermitted) => Ok(Outlook::Violation),
            Decision::Refuse(_) if is_violation => Ok(Outlook::Violation),
            Decision::Refuse(RefusalCode::Destroyed) => Err(SessionError::Destroyed),
            Decision::Refuse(code) => Err(SessionError::Refused(code)),
        }
    }
}
