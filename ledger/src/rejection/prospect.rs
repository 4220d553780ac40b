//! What is to be expected of a rejected entry later.

use super::Rejection;
use medshare_contract_abi::permissions::PermissionRejection;

/// What is to be expected of an entry that is rejected now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// It stays rejected.
    Never,
    /// It depends on access or permission, which an entry of the last height or the next one may have changed: a node that is a height
    /// behind finds out at once.
    Soon,
    /// Something that it needs is not on the ledger yet, or its place in its chain is not free.
    Later,
}

impl Rejection {
    /// What is to be expected of the same entry later. What is not named here stays rejected.
    #[must_use]
    pub const fn prospect(self) -> Prospect {
        match self {
            Self::ThreadHeadMoved
            | Self::UnknownParent
            | Self::UnknownRequest
            | Self::SideChainMoved
            | Self::UnknownLease
            | Self::ReportOutOfSequence
            | Self::DecisionOutOfSequence => Prospect::Later,
            _ if self.is_too_early() => Prospect::Later,
            Self::AccessEnded
            | Self::JudgesOlderViolation
            | Self::ReportsMissing
            | Self::UnknownPredecessor
            | Self::Permission(
                PermissionRejection::Revoked
                | PermissionRejection::NotRevoked
                | PermissionRejection::NotUnderReview
                | PermissionRejection::NotRetrieved,
            ) => Prospect::Soon,
            _ => Prospect::Never,
        }
    }

    /// Whether the same entry may apply later.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        !matches!(self.prospect(), Prospect::Never)
    }

    /// Whether nothing is wrong with a statement but that it comes before what it builds on, or before its time: signed anew it may be
    /// taken, and nobody has to look at it again.
    #[must_use]
    pub const fn is_too_early(self) -> bool {
        matches!(
            self,
            Self::FromTheFuture
                | Self::UnknownRequestor
                | Self::UnknownAttribute
                | Self::WrongAttributeVersion
                | Self::UnknownRevocation
                | Self::UnknownContract
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lacks_a_change_of_access_may_pass_soon_and_what_breaks_a_rule_never() {
        use PermissionRejection as P;
        for (rejection, prospect) in [
            (Rejection::AccessEnded, Prospect::Soon),
            (Rejection::JudgesOlderViolation, Prospect::Soon),
            (Rejection::ReportsMissing, Prospect::Soon),
            (Rejection::UnknownPredecessor, Prospect::Soon),
            (Rejection::Permission(P::Revoked), Prospect::Soon),
            (Rejection::Permission(P::NotRevoked), Prospect::Soon),
            (Rejection::Permission(P::NotUnderReview), Prospect::Soon),
            (Rejection::Permission(P::NotRetrieved), Prospect::Soon),
            (Rejection::Permission(P::Final), Prospect::Never),
            (Rejection::Permission(P::AlreadyDecided), Prospect::Never),
            (Rejection::UnknownRequestor, Prospect::Later),
            (Rejection::SideChainMoved, Prospect::Later),
            (Rejection::GrantSuperseded, Prospect::Never),
            (Rejection::LeaseExpired, Prospect::Never),
        ] {
            assert_eq!(rejection.prospect(), prospect, "{rejection:?}");
        }
        assert!(Rejection::ALL.iter().all(|rejection| !rejection.is_too_early() || rejection.may_pass()));
    }
}
