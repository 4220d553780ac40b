//! The on-chain contract that decides about access to packages: the state machine of MeDShare's smart contract permissions
//! database (Xia et al. 2017), which every validator runs.
//!
//! ```text
//! Grant ─► Granted ─ Open ─► Opened ◄─ Open ─ Regranted      live: Granted, Opened, Regranted
//! live ─ Report(violation) | Revoke ─► Revoked ─ Review ─► UnderReview
//! Revoked | UnderReview ─ Regrant ─► Regranted
//! Revoked | UnderReview ─ Uphold ─► Upheld
//! Upheld | Retrieved, with undecided violations ─ Uphold ─► the same, with none
//! all but Retrieved ─ Retrieve ─► Retrieved (final)
//! ```
//!
//! Once the time is over nothing is opened or given back; no call says so, because time passes by itself.
//! Reports are counted in every state, because they may be under way when the state changes. A violation takes the requestor's
//! access away in every state, and waits until the owner decides about it: another session or an agent that was offline may
//! report it long after the package was upheld or called back. The receipt of destruction is taken only after `Retrieve`.
#![no_std]

mod owner;
mod requestor;

use medshare_contract_abi::permissions::{
    PermissionCall, PermissionEffects, PermissionInput, PermissionOutcome, PermissionRecord, PermissionRejection,
};

#[cfg(target_arch = "wasm32")]
medshare_contract_guest::contract!(crate::decide);

/// A record to store and what to do besides, or why nothing changes.
type Step = Result<(PermissionRecord, PermissionEffects), PermissionRejection>;

/// What must happen besides when access is withdrawn.
const REVOKE_ACCESS: PermissionEffects = PermissionEffects { revoke_access: true };
/// Nothing must happen besides.
const NO_EFFECTS: PermissionEffects = PermissionEffects { revoke_access: false };

/// Decides about one call.
#[must_use]
pub fn decide(input: &PermissionInput) -> PermissionOutcome {
    match step(input) {
        Ok((record, effects)) => PermissionOutcome::Applied { record, effects },
        Err(rejection) => PermissionOutcome::Rejected(rejection),
    }
}

fn step(input: &PermissionInput) -> Step {
    let now_ms = input.now_ms;
    let record = match (input.record, input.call) {
        (None, PermissionCall::Grant { sensitivity, violations_mask, exempt, expires_at_ms }) => {
            return owner::grant(sensitivity, violations_mask, exempt, expires_at_ms, now_ms);
        }
        (Some(_), PermissionCall::Grant { .. }) => return Err(PermissionRejection::AlreadyGranted),
        (None, _) => return Err(PermissionRejection::NotGranted),
        (Some(record), _) => record,
    };
    match input.call {
        PermissionCall::Grant { .. } => Err(PermissionRejection::AlreadyGranted),
        PermissionCall::Open => requestor::open(record, now_ms),
        PermissionCall::Report(kind) => requestor::report(record, kind),
        PermissionCall::Review => owner::review(record),
        PermissionCall::Regrant => owner::regrant(record, now_ms),
        PermissionCall::Retrieve { judges_all } => owner::retrieve(record, judges_all),
        PermissionCall::Uphold => owner::uphold(record),
        PermissionCall::Revoke { .. } => owner::revoke(record),
    }
}
