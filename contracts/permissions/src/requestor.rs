//! What a requestor's side brings about: openings and reports.

use medshare_contract_abi::ReportKind;
use medshare_contract_abi::permissions::{PermissionEffects, PermissionRecord, PermissionRejection, Status};

use crate::{NO_EFFECTS, REVOKE_ACCESS, Step};

/// live → Opened, while the time is not over.
pub(crate) fn open(record: PermissionRecord, now_ms: u64) -> Step {
    match record.status {
        Status::Granted | Status::Opened | Status::Regranted if record.is_over(now_ms) => {
            Err(PermissionRejection::Expired)
        }
        Status::Granted | Status::Opened | Status::Regranted => {
            let openings = record.openings.saturating_add(1);
            Ok((PermissionRecord { status: Status::Opened, openings, ..record }, NO_EFFECTS))
        }
        Status::Revoked | Status::UnderReview | Status::Upheld => Err(PermissionRejection::Revoked),
        Status::Retrieved => Err(PermissionRejection::Final),
    }
}

/// Counts a report; a violation revokes.
pub(crate) fn report(record: PermissionRecord, kind: ReportKind) -> Step {
    let counted = PermissionRecord { reports: record.reports.saturating_add(1), ..record };
    match kind {
        ReportKind::Retrieved if record.status == Status::Retrieved => {
            Ok((PermissionRecord { destroyed: true, ..counted }, NO_EFFECTS))
        }
        ReportKind::Retrieved => Err(PermissionRejection::NotRetrieved),
        _ if record.is_violation(kind) => Ok(violated(counted)),
        ReportKind::Decrypted | ReportKind::Action(_) => Ok((counted, NO_EFFECTS)),
    }
}

/// Access is the requestor's: a violation takes it away wherever the package stands, and waits for a decision. What was decided
/// about the package stays decided.
fn violated(record: PermissionRecord) -> (PermissionRecord, PermissionEffects) {
    let status = if record.status.is_live() { Status::Revoked } else { record.status };
    let violations = record.violations.saturating_add(1);
    let undecided = record.undecided.saturating_add(1);
    (PermissionRecord { status, violations, undecided, ..record }, REVOKE_ACCESS)
}
