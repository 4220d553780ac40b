//! What somebody is told who interrupts a command that waits: nothing is taken back by that.

use medshare_cli_terminal::interrupt::{HalfDone, undo_if_interrupted};
use medshare_cli_terminal::{Exit, Failure};

/// Tells what goes on all the same if the command is interrupted before this is dropped.
pub struct Interruption {
    _half_done: HalfDone,
}

impl Interruption {
    /// Says `what` became of it so far.
    pub fn tells(what: &str, json: bool, more: impl FnOnce(Failure) -> Failure) -> Self {
        let failure = more(Failure::new(Exit::Failure, "interrupted", format!("interrupted; {what}")));
        // The exit code is that of the interruption.
        let tell = move || {
            failure.print(json);
        };
        Self { _half_done: undo_if_interrupted(tell) }
    }
}
