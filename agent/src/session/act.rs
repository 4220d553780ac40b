//! Actions on an open package.

use super::{Session, SessionError};
use crate::clock;
use medshare_contract_abi::usage::{Comment, Decision, UsageCall};
use medshare_contract_abi::{Action, Sensitivity};
use medshare_exchange::api::{PermissionView, SideBlockMade};

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
    /// [`SessionError::Retrieved`] when the owner has called the data back, which is then destroyed, [`SessionError::Destroyed`] when it
    /// was before.
    pub fn act(&mut self, action: Action, comment: Comment) -> Result<Acted, SessionError> {
        let delivered = self.deliver_pending();
        if self.usage()?.destroyed {
            return Err(SessionError::Destroyed);
        }
        delivered?;
        if let Some(permission) = self.check_permission()?
            && !is_live(&permission)
        {
            self.withdraw()?;
        }
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
            (Decision::Allow, report) => Ok(Acted { action, report }),
            (Decision::Refuse(_), Some(report)) if violation => Err(SessionError::Violation { action, report }),
            (Decision::Refuse(code), _) => Err(SessionError::Refused(code)),
        }
    }

    /// What the ledger says of the permission. Data that the owner called back is destroyed on the spot.
    /// At low sensitivity the contract may go on without a node; it gets no further than actions that need no report.
    pub(super) fn check_permission(&mut self) -> Result<Option<PermissionView>, SessionError> {
        match self.agent.node.permission(self.package.block()) {
            Ok(permission) if permission.retrieved => Err(self.retrieve()),
            Ok(permission) => Ok(Some(permission)),
            Err(error) if error.is_unreachable() && self.is_low_sensitivity() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn is_low_sensitivity(&self) -> bool {
        self.package.manifest().sensitivity() == Some(Sensitivity::Low)
    }

    /// The ledger withdrew access: the contract is told, so that it judges actions accordingly.
    fn withdraw(&mut self) -> Result<(), SessionError> {
        let mut usage = self.usage()?;
        usage.withdrawn = true;
        self.record.remember(usage);
        self.record.drop_data_key();
        Ok(())
    }

    /// The owner called the data back: the contract destroys the keys and makes the receipt.
    fn retrieve(&mut self) -> SessionError {
        match self.run(UsageCall::Retrieve) {
            Ok(_) => SessionError::Retrieved { receipt: self.deliver_pending().ok().flatten() },
            Err(error) => error,
        }
    }
}

/// Whether a permission lets anybody at the data.
fn is_live(permission: &PermissionView) -> bool {
    matches!(permission.status.as_str(), "granted" | "opened" | "regranted" | "re-granted")
}
