//! What somebody is told who interrupts a command that waits for a package: nothing is taken back by that.

use medshare_cli_terminal::interrupt::{HalfDone, undo_if_interrupted};
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::hash::Hash32;

/// Tells of a request if the command is interrupted before this is dropped.
pub struct Interruption {
    _half_done: HalfDone,
}

impl Interruption {
    /// Says `what` became of the request so far; `hint` says how to ask for it.
    pub fn tells(what: &str, request: &Hash32, hint: String, json: bool) -> Self {
        let failure = Failure::new(Exit::Failure, "interrupted", format!("interrupted; {what}"));
        let failure = failure.detail("request", request.to_string()).hint(hint);
        // The exit code is that of the interruption.
        let tell = move || {
            failure.print(json);
        };
        Self { _half_done: undo_if_interrupted(tell) }
    }
}
