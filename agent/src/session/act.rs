//! Actions on an open package.

use super::delivery::Taken;
use super::word::lets_open;
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
    /// How many reports lie in the session's folder that can never be recorded as they are: their opening was not, others have their numbers,
    /// or nothing proves that they are this requestor's.
    pub unrecorded: usize,
    /// Whether a report that waited, as after [`SessionError::Unconfirmed`], was recorded first: of what was asked before and not done.
    pub had_waited: bool,
}

impl Session<'_> {
    /// Asks the contract for an action. When this returns, the report is on the ledger, where one was due.
    ///
    /// # Errors
    /// [`SessionError::Violation`] when the contract refuses and reported it; [`SessionError::Refused`] when it refuses without;
    /// [`SessionError::Unconfirmed`] when nobody confirms that the report of this action is on the ledger;
    /// [`SessionError::Unprepared`] when what the contract judges could not be stored;
    /// [`SessionError::Unreported`] or [`SessionError::Missing`] while an earlier report is not on the ledger, [`SessionError::WentOn`] when
    /// the session was used elsewhere since;
    /// [`SessionError::Unproven`] when a node says without proof that access has ended; [`SessionError::Retrieved`] when the owner has called the data back, which is then destroyed, [`SessionError::Destroyed`] when it
    /// was before.
    pub fn act(&mut self, action: Action, comment: Comment) -> Result<Acted, SessionError> {
        let had_waited = self.record.pending.is_some();
        self.settle()?;
        if self.record.lease.expires <= clock::now() {
            return Err(SessionError::LeaseOver);
        }
        let outcome = self.run(UsageCall::Act { action, comment })?;
        let is_violation = outcome.report().is_some_and(|report| report.violation);
        if let (Decision::Refuse(code), true) = (outcome.decision, is_violation) {
            return Err(self.tell_violation(action, code));
        }
        let taken = match self.deliver_pending() {
            Err(SessionError::Node(source)) if outcome.decision == Decision::Allow && source.is_unreachable() => {
                return Err(SessionError::Unconfirmed { action, source });
            }
            taken => taken?,
        };
        let ended = |taken: &&Taken| taken.made.as_ref().is_some_and(|made| !lets_open(&made.status));
        let ended = taken.iter().find(ended).map(|taken| taken.by.clone());
        let report = taken.into_iter().find_map(|taken| taken.made);
        match (outcome.decision, ended) {
            (Decision::Allow, None) => {
                Ok(Acted { action, report, unrecorded: self.vault.unrecorded_count()?, had_waited })
            }
            // access ended while the report was under way
            (Decision::Allow, Some(node)) => {
                self.end(&node)?;
                Err(SessionError::Refused(RefusalCode::Withdrawn))
            }
            (Decision::Refuse(code), _) => Err(SessionError::Refused(code)),
        }
    }

    /// Hands in the report of a violation, which the contract refused with this code, and says what became of it.
    pub(super) fn tell_violation(&mut self, action: Action, code: RefusalCode) -> SessionError {
        match self.deliver_pending() {
            Err(SessionError::Node(source)) => SessionError::ViolationUnreported { action, source },
            Err(error) => error,
            Ok(taken) => match taken.into_iter().find_map(|taken| taken.made) {
                Some(report) => SessionError::Violation { action, report },
                None => SessionError::Refused(code),
            },
        }
    }
}
