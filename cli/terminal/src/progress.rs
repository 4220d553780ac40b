//! Signs of life while a command waits: on standard error, only in a terminal, never with `--json`.

use crate::note::note;
use crate::shown;
use indicatif::{ProgressBar, ProgressDrawTarget};
use std::time::Duration;

/// A spinner with a message that changes.
pub struct Progress(ProgressBar);

impl Progress {
    /// Starts; silent where nobody looks, or where the answer is for machines.
    #[must_use]
    pub fn start(json: bool, message: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        if json || !console::Term::stderr().is_term() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        bar.set_message(shown::line(message));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Says what is going on now.
    pub fn say(&self, message: &str) {
        self.0.set_message(shown::line(message));
    }

    /// Whether anybody sees it.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        !self.0.is_hidden()
    }

    /// Says something that stays, also where nobody looks at a terminal; nothing where the answer is for machines.
    pub fn note(json: bool, line: &str) {
        if !json {
            note(line);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
