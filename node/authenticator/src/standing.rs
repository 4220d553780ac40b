//! Whether a requestor has access at all: it is hers, not a package's, and ends for everything at once.

use medshare_ledger::id::RequestorId;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::state::{AccessRecord, StateView};
use medshare_node_refusal::{Code, Refusal};

/// What the requestor holds, if her access has not ended.
///
/// # Errors
/// [`Refusal`] when it has: nothing is made, opened or transformed for her.
pub fn standing(state: StateView<'_>, requestor: RequestorId) -> Result<AccessRecord, Refusal> {
    let access = state.access(requestor)?.unwrap_or_default();
    if access.has_ended() {
        return Err(Refusal::new(Code::AccessEnded, Rejection::AccessEnded.to_string()));
    }
    Ok(access)
}
