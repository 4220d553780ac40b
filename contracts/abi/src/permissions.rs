//! The contract that decides about access: MeDShare's smart contract permissions database, one record per package.
//!
//! It runs on chain at every validator, as a pure function from [`PermissionInput`] to [`PermissionOutcome`]. The ledger
//! stores the record that an outcome carries and performs its [`PermissionEffects`]. The paper names the ends of the machine
//! (granted, violated, reviewed by the owner, retrieved); the states between them and the expiry are ours.

use alloc::vec::Vec;

use crate::codec::{Decode, DecodeError, Encode, Reader, coded, record};
use crate::{ActionSet, ReportKind, Sensitivity};

coded! {
    /// Where a package's permission stands.
    pub enum Status {
        /// Delivered, never opened.
        Granted = 1,
        /// Opened at least once since it was granted or re-granted.
        Opened = 2,
        /// Withdrawn after a violation or by the owner's own wish.
        Revoked = 3,
        /// The owner has taken up the revocation.
        UnderReview = 4,
        /// Given back by the owner, not opened since.
        Regranted = 5,
        /// The owner has confirmed the revocation.
        Upheld = 6,
        /// The owner has called the data back: final.
        Retrieved = 7,
    }
}

impl Status {
    /// Whether the package may be opened, as far as the status alone decides.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Granted | Self::Opened | Self::Regranted)
    }
}

/// What is known about one package's permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionRecord {
    /// Where it stands.
    pub status: Status,
    /// How closely use is watched.
    pub sensitivity: Sensitivity,
    /// The actions that are violations for this package.
    pub violations_mask: ActionSet,
    /// The actions that need no report at low sensitivity.
    pub exempt: ActionSet,
    /// When it ends, in milliseconds since 1970; 0 for never.
    pub expires_at_ms: u64,
    /// How often it was opened.
    pub openings: u32,
    /// How many reports arrived, violations among them.
    pub reports: u32,
    /// How many violations were reported.
    pub violations: u32,
    /// How many of them the owner has not decided about.
    pub undecided: u32,
    /// Whether the receipt of the data's destruction arrived.
    pub destroyed: bool,
}

impl PermissionRecord {
    /// Whether a report is about a violation of this package.
    #[must_use]
    pub fn is_violation(&self, report: ReportKind) -> bool {
        report.action().is_some_and(|action| self.violations_mask.contains(action))
    }

    /// Whether the time is over.
    #[must_use]
    pub const fn is_over(&self, now_ms: u64) -> bool {
        self.expires_at_ms != 0 && now_ms >= self.expires_at_ms
    }

    /// Whether nothing but the time keeps the package from being opened. Time passes by itself: no call says so, and the status
    /// stays what it was.
    #[must_use]
    pub const fn is_expired(&self, now_ms: u64) -> bool {
        self.status.is_live() && self.is_over(now_ms)
    }

    /// The word for where it stands at a time, for people and machines.
    #[must_use]
    pub const fn word(&self, now_ms: u64) -> &'static str {
        match self.status {
            _ if self.is_expired(now_ms) => "expired",
            Status::Granted => "granted",
            Status::Opened => "opened",
            Status::Revoked => "revoked",
            Status::UnderReview => "under-review",
            Status::Regranted => "re-granted",
            Status::Upheld => "upheld",
            Status::Retrieved => "retrieved",
        }
    }
}

record!(PermissionRecord {
    status,
    sensitivity,
    violations_mask,
    exempt,
    expires_at_ms,
    openings,
    reports,
    violations,
    undecided,
    destroyed
});

/// What is asked of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionCall {
    /// A parent block delivers a package under these terms.
    Grant {
        /// How closely use is watched.
        sensitivity: Sensitivity,
        /// The actions that are violations.
        violations_mask: ActionSet,
        /// The actions that need no report at low sensitivity; none of them may be a violation.
        exempt: ActionSet,
        /// When it ends, in milliseconds since 1970; 0 for never.
        expires_at_ms: u64,
    },
    /// The requestor wants to open the package.
    Open,
    /// A report arrived from the contract inside the package.
    Report(ReportKind),
    /// The owner takes up a revocation.
    Review,
    /// The owner gives the permission back, having looked at every violation.
    Regrant,
    /// The owner calls the data back.
    Retrieve {
        /// Whether the owner has looked at every violation: one that came later still waits for a decision.
        judges_all: bool,
    },
    /// The owner confirms the revocation, or takes note of violations after a decision that stays; having looked at every one.
    Uphold,
    /// The owner withdraws the permission by its own wish.
    Revoke {
        /// The coded reason.
        reason: u16,
    },
}

impl PermissionCall {
    /// The stable code of the call's kind.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Grant { .. } => 1,
            Self::Open => 2,
            Self::Report(_) => 3,
            Self::Review => 4,
            Self::Regrant => 5,
            Self::Retrieve { .. } => 6,
            Self::Uphold => 7,
            Self::Revoke { .. } => 8,
        }
    }
}

impl Encode for PermissionCall {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.code());
        match self {
            Self::Grant { sensitivity, violations_mask, exempt, expires_at_ms } => {
                sensitivity.encode(out);
                violations_mask.encode(out);
                exempt.encode(out);
                expires_at_ms.encode(out);
            }
            Self::Report(kind) => kind.encode(out),
            Self::Retrieve { judges_all } => judges_all.encode(out),
            Self::Revoke { reason } => reason.encode(out),
            Self::Open | Self::Review | Self::Regrant | Self::Uphold => {}
        }
    }
}

impl Decode for PermissionCall {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match u8::decode(reader)? {
            1 => Self::Grant {
                sensitivity: Decode::decode(reader)?,
                violations_mask: Decode::decode(reader)?,
                exempt: Decode::decode(reader)?,
                expires_at_ms: Decode::decode(reader)?,
            },
            2 => Self::Open,
            3 => Self::Report(Decode::decode(reader)?),
            4 => Self::Review,
            5 => Self::Regrant,
            6 => Self::Retrieve { judges_all: Decode::decode(reader)? },
            7 => Self::Uphold,
            8 => Self::Revoke { reason: Decode::decode(reader)? },
            _ => return Err(DecodeError::UnknownCode),
        })
    }
}

/// Everything that the contract decides from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionInput {
    /// The package's record, unless this is its grant.
    pub record: Option<PermissionRecord>,
    /// What is asked.
    pub call: PermissionCall,
    /// The batch's time in milliseconds since 1970.
    pub now_ms: u64,
}

record!(PermissionInput { record, call, now_ms });

/// What the ledger does besides storing the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermissionEffects {
    /// Take the requestor's attribute grants away: every node deletes the proxy keys.
    pub revoke_access: bool,
}

record!(PermissionEffects { revoke_access });

coded! {
    /// Why a call changes nothing. The codes appear in the ledger's receipts.
    pub enum PermissionRejection {
        /// There is no permission for this package.
        NotGranted = 1,
        /// The package has a permission already.
        AlreadyGranted = 2,
        /// The terms contradict themselves: an action is a violation and exempt from reports at once.
        InconsistentTerms = 3,
        /// The permission's time is over.
        Expired = 4,
        /// The permission is withdrawn.
        Revoked = 6,
        /// The permission is not withdrawn, so there is nothing to take up.
        NotRevoked = 7,
        /// The permission is not withdrawn, so there is nothing to decide.
        NotUnderReview = 8,
        /// The owner has taken the revocation up already.
        AlreadyUnderReview = 9,
        /// The owner has confirmed the revocation already.
        AlreadyDecided = 10,
        /// A receipt of destruction that nobody demanded.
        NotRetrieved = 11,
        /// The data was called back; nothing changes that.
        Final = 12,
    }
}

/// What the contract decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionOutcome {
    /// The call holds.
    Applied {
        /// The record to store.
        record: PermissionRecord,
        /// What to do besides.
        effects: PermissionEffects,
    },
    /// The call changes nothing.
    Rejected(PermissionRejection),
}

impl Encode for PermissionOutcome {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Applied { record, effects } => {
                out.push(1);
                record.encode(out);
                effects.encode(out);
            }
            Self::Rejected(rejection) => {
                out.push(2);
                rejection.encode(out);
            }
        }
    }
}

impl Decode for PermissionOutcome {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode(reader)? {
            1 => Ok(Self::Applied { record: Decode::decode(reader)?, effects: Decode::decode(reader)? }),
            2 => PermissionRejection::decode(reader).map(Self::Rejected),
            _ => Err(DecodeError::UnknownCode),
        }
    }
}
