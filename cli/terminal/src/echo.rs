//! A terminal that is told not to show what is typed: it does again, also where the process is told to end meanwhile.

use crate::interrupt::{HalfDone, undo_if_interrupted};
use rustix::process::getpgrp;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};

/// Has the terminal that is typed at set as it is now, if the process is told to end before the answer is dropped. None where it cannot
/// be told how it is set: then it cannot be changed either.
#[must_use]
pub fn restored_if_interrupted() -> Option<HalfDone> {
    let (terminal, before) = as_it_is().ok()?;
    Some(undo_if_interrupted(move || {
        // In the background the terminal is somebody else's: who sets it there is stopped instead of ended, and it shows what is typed already.
        if tcgetpgrp(&terminal).is_ok_and(|group| group == getpgrp()) {
            // A terminal that is gone shows nothing either.
            tcsetattr(&terminal, OptionalActions::Now, &before).ok();
            // What the shell says next does not stand behind the question.
            drop(writeln!(io::stderr()));
        }
    }))
}

/// The terminal that a secret line is read from.
fn as_it_is() -> io::Result<(OwnedFd, Termios)> {
    let stdin = io::stdin();
    let terminal = match stdin.is_terminal() {
        true => stdin.as_fd().try_clone_to_owned()?,
        false => File::open("/dev/tty")?.into(),
    };
    let before = tcgetattr(&terminal)?;
    Ok((terminal, before))
}
