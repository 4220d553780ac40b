//! Entries that came too early are signed anew.
//!
//! An entry is decided once. What was refused only because the ledger did not know its predecessor yet, or because clocks differ,
//! never counts any more, and sending it again is no help. Whoever has the key at hand signs the same statement anew.

use super::ClientError;
use medshare_ledger::rejection::Rejection;
use std::time::Duration;

/// How often a statement is signed at most.
const ATTEMPTS: usize = 5;
/// Pause before it is signed anew.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 500 });

/// Signs and hands in with `attempt`, and again when the network said nothing but "not yet", a few times.
///
/// # Errors
/// The last [`ClientError`].
pub fn while_too_early<T>(mut attempt: impl FnMut() -> Result<T, ClientError>) -> Result<T, ClientError> {
    for _ in 1..ATTEMPTS {
        match attempt() {
            Err(error) if is_too_early(&error) => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
    attempt()
}

/// Whether the same statement, signed anew, may be taken. What a person has to look at again is not among it: access that was
/// revoked meanwhile, a violation or a decision that came in between.
fn is_too_early(error: &ClientError) -> bool {
    match error {
        ClientError::Refused { error, .. } => matches!(error.code.as_str(), "from-the-future" | "expired"),
        ClientError::Rejected { status } => match Rejection::from_code(status.code) {
            // another decision came in between
            Some(Rejection::DecisionOutOfSequence) | None => false,
            Some(rejection) => rejection.may_pass() || rejection == Rejection::Outdated,
        },
        _ => false,
    }
}
