//! What an owner's side brings about: grants and decisions.

use medshare_contract_abi::permissions::{PermissionEffects, PermissionRecord, PermissionRejection, Status};
use medshare_contract_abi::{ActionSet, Sensitivity};

use crate::{NO_EFFECTS, REVOKE_ACCESS, Step};

/// nothing → Granted, under terms that do not contradict themselves and are not over already.
pub(crate) fn grant(
    sensitivity: Sensitivity,
    violations_mask: ActionSet,
    exempt: ActionSet,
    expires_at_ms: u64,
    now_ms: u64,
) -> Step {
    let record = PermissionRecord {
        status: Status::Granted,
        sensitivity,
        violations_mask,
        exempt,
        expires_at_ms,
        openings: 0,
        reports: 0,
        violations: 0,
        undecided: 0,
        destroyed: false,
    };
    if violations_mask.intersects(exempt) {
        Err(PermissionRejection::InconsistentTerms)
    } else if record.is_over(now_ms) {
        Err(PermissionRejection::Expired)
    } else {
        Ok((record, NO_EFFECTS))
    }
}

/// Revoked → UnderReview.
pub(crate) fn review(record: PermissionRecord) -> Step {
    match record.status {
        Status::Revoked => Ok((PermissionRecord { status: Status::UnderReview, ..record }, NO_EFFECTS)),
        Status::UnderReview => Err(PermissionRejection::AlreadyUnderReview),
        Status::Upheld => Err(PermissionRejection::AlreadyDecided),
        Status::Granted | Status::Opened | Status::Regranted => Err(PermissionRejection::NotRevoked),
        Status::Retrieved => Err(PermissionRejection::Final),
    }
}

/// Revoked | UnderReview → Regranted, while the time is not over.
pub(crate) fn regrant(record: PermissionRecord, now_ms: u64) -> Step {
    reviewable(&record)?;
    if record.is_over(now_ms) {
        return Err(PermissionRejection::Expired);
    }
    Ok((PermissionRecord { status: Status::Regranted, undecided: 0, ..record }, NO_EFFECTS))
}

/// Revoked | UnderReview → Upheld. Upheld and Retrieved stay, and their owner takes note of violations that came after.
pub(crate) fn uphold(record: PermissionRecord) -> Step {
    let status = match record.status {
        Status::Upheld | Status::Retrieved if record.undecided > 0 => record.status,
        _ => reviewable(&record).map(|()| Status::Upheld)?,
    };
    Ok((PermissionRecord { status, undecided: 0, ..record }, NO_EFFECTS))
}

/// all but Retrieved → Retrieved: whatever a requestor may still hold can be called back, also after the time is over, and also by
/// an owner who has not seen the last violation, which goes on waiting.
pub(crate) fn retrieve(record: PermissionRecord, judges_all: bool) -> Step {
    if record.status == Status::Retrieved {
        return Err(PermissionRejection::Final);
    }
    let undecided = if judges_all { 0 } else { record.undecided };
    let effects = PermissionEffects { revoke_access: record.status.is_live() };
    Ok((PermissionRecord { status: Status::Retrieved, undecided, ..record }, effects))
}

/// live → Revoked, by the owner's own wish; the reason stays in the ledger's entry.
pub(crate) fn revoke(record: PermissionRecord) -> Step {
    withdrawable(&record)?;
    Ok((PermissionRecord { status: Status::Revoked, ..record }, REVOKE_ACCESS))
}

/// Whether a revocation waits for the owner's decision.
fn reviewable(record: &PermissionRecord) -> Result<(), PermissionRejection> {
    match record.status {
        Status::Revoked | Status::UnderReview => Ok(()),
        Status::Upheld => Err(PermissionRejection::AlreadyDecided),
        Status::Granted | Status::Opened | Status::Regranted => Err(PermissionRejection::NotUnderReview),
        Status::Retrieved => Err(PermissionRejection::Final),
    }
}

/// Whether there is a live permission to withdraw.
fn withdrawable(record: &PermissionRecord) -> Result<(), PermissionRejection> {
    match record.status {
        Status::Granted | Status::Opened | Status::Regranted => Ok(()),
        Status::Revoked | Status::UnderReview | Status::Upheld => Err(PermissionRejection::Revoked),
        Status::Retrieved => Err(PermissionRejection::Final),
    }
}
