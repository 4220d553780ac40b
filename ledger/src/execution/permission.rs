//! Calls of the on-chain contract: it alone changes a package's permission.

use super::attributes::{note_undecided, revoke_all};
use super::context::{Context, Stop};
use crate::id::{BlockId, RequestorId};
use crate::rejection::Rejection;
use medshare_contract_abi::permissions::{PermissionCall, PermissionInput, PermissionOutcome};

/// Calls the contract about a package, stores the record that it answers and does what it asks for.
///
/// Returns the violations that the call added.
pub(super) fn call(
    parent: BlockId,
    requestor: RequestorId,
    call: PermissionCall,
    context: &mut Context<'_>,
) -> Result<u32, Stop> {
    let before = context.view().permission(parent)?;
    let input = PermissionInput { record: before, call, now_ms: context.now.0 };
    let (record, effects) = match context.contracts.permissions(&input)? {
        PermissionOutcome::Applied { record, effects } => (record, effects),
        PermissionOutcome::Rejected(rejection) => return Err(Rejection::Permission(rejection).into()),
    };
    context.state.put_permission(parent, &record);
    if effects.revoke_access {
        revoke_all(requestor, context)?;
    }
    let waited = before.is_some_and(|before| before.undecided > 0);
    note_undecided(requestor, waited, record.undecided > 0, context)?;
    Ok(record.violations.saturating_sub(before.map_or(0, |before| before.violations)))
}
