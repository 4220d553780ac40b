//! Actions on an open package.

use super::standing::lets_open;
use super::{Session, SessionError};
use crate::clock;
use medshare_contract_abi::Action;
use medshare_contract_abi::usage::{Comment, Decision, RefusalCode, UsageCall};
use medshare_exchange::api::SideBlockMade;

/// An action that the contract allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acted {
    /// The action.
    pub action: Action,
    /// The side-block that records its report; none where the action is exempt.
    pub report: Option<SideBlockMade>,
}

impl Session<'_> {
    /// Asks the contract for an action. When this returns, the report is on the ledger, where one was due.
    ///
    /// # Errors
    /// [`SessionError::Violation`] when the contract refuses and reported it; [`SessionError::Refused`] when it refuses without;
    /// [`SessionError::Unreported`] or [`SessionError::Missing`] while an earlier report is not on the ledger;
    /// [`SessionError::Retrieved`] when the owner has called the data back, which is then destroyed, [`SessionError::Destroyed`] when it
    /// was before.
    pub fn act(&mut self, action: Action, comment: Comment) -> Result<Acted, SessionError> {
        self.settle()?;
        if self.record.lease.expires <= clock::now() {
            return Err(SessionError::LeaseOver);
        }
        let outcome = self.run(UsageCall::Act { action, comment })?;
        let violation = outcome.report().is_some_and(|report| report.violation);
        let report = match self.deliver_pending() {
            Err(SessionError::Node(source)) if violation => {
                return Err(SessionError::ViolationUnreported { action, source });
            }
            delivered => delivered?,
        };
        match (outcome.decision, report) {
            // access ended while the report was under way
            (Decision::Allow, Some(report)) if !lets_open(&report.status) => {
                self.withdraw()?;
                Err(SessionError::Refused(RefusalCode::Withdrawn))
            }
            (Decision::Allow, report) => Ok(Acted { action, report }),
            (Decision::Refuse(_), Some(report)) if violation => Err(SessionError::Violation { action, report }),
            (Decision::Refuse(code), _) => Err(SessionError::Refused(code)),
        }
    }
}
