//! Which entries go before others: those that end or decide access, as far as the ledger bears out what they say of themselves.
//!
//! Anybody can write that something is a violation. It goes first when everything that makes it one stands on the ledger already: its
//! package, the lease with its agent's key, the number that comes next, and the package's terms. Else it waits with all others.

use medshare_contract_abi::{ActionSet, ReportKind};
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{BlockId, OwnerId};
use medshare_ledger::side_block::{SideBlock, SideEvent};
use medshare_ledger::state::{StateFault, StateView};

/// Whether an entry says of itself that it is urgent. Costs nothing; the state says whether it is.
#[must_use]
pub fn says_urgent(entry: &Entry) -> bool {
    match entry {
        Entry::OwnerDecision(..) | Entry::Revocation(..) => true,
        Entry::SideBlock(block) => block.details.vln != 0,
        _ => false,
    }
}

/// Whether an entry ends or decides access, by the state.
///
/// # Errors
/// [`StateFault`] when the state cannot be read.
pub(crate) fn is_urgent(entry: &Entry, state: StateView<'_>) -> Result<bool, StateFault> {
    match entry {
        Entry::OwnerDecision(decision, _) => is_next(decision.parent, decision.owner, decision.sequence, state),
        Entry::Revocation(revocation, _) => is_next(revocation.parent, revocation.owner, revocation.sequence, state),
        Entry::SideBlock(block) => is_violation(block, state),
        _ => Ok(false),
    }
}

/// The next decision on a package of this owner.
fn is_next(parent: BlockId, owner: OwnerId, sequence: u32, state: StateView<'_>) -> Result<bool, StateFault> {
    if state.block(parent)?.is_none_or(|block| block.owner != owner) {
        return Ok(false);
    }
    Ok(state.decisions(parent)?.unwrap_or_default().count == sequence)
}

/// The next report of a known lease, by its agent, of what the package's terms forbid, from the node of the package's owner.
fn is_violation(block: &SideBlock, state: StateView<'_>) -> Result<bool, StateFault> {
    let details = &block.details;
    let SideEvent::Reported { report, agent_signature } = &details.event else { return Ok(false) };
    let Some(action) = ReportKind::from_code(report.kind).and_then(ReportKind::action) else { return Ok(false) };
    let Some(parent) = state.block(details.parent)? else { return Ok(false) };
    let is_forbidden = ActionSet::from_bits(parent.violations_mask).is_some_and(|mask| mask.contains(action));
    if details.vln != u16::from(action.code()) || !is_forbidden || block.agrees_with(&parent).is_err() {
        return Ok(false);
    }
    if state.owner(parent.owner)?.is_none_or(|owner| owner.node != details.node) {
        return Ok(false);
    }
    let lease = state.lease(details.parent, report.lease)?;
    Ok(lease.is_some_and(|lease| lease.reported(report, agent_signature).is_ok()))
}
