//! What a command says when it did not succeed: a stable word, a message, and what to do next.

use crate::exit::Exit;
use crate::shown;
use medshare_node_causes::with_causes;
use serde_json::{Map, Value, json};
use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

/// Why a command did not succeed.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    code: String,
    message: String,
    hint: Option<String>,
    details: Box<Map<String, Value>>,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { exit, code: code.into(), message: message.into(), hint: None, details: Box::default() }
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a number, name or identifier for programs.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The failure for programs, in the shape of the errors that nodes answer over HTTP.
    #[must_use]
    pub fn document(&self) -> Value {
        let mut error = json!({"code": self.code, "message": self.message, "hint": self.hint});
        if let (Some(error), false) = (error.as_object_mut(), self.details.is_empty()) {
            error.insert("details".to_owned(), Value::Object((*self.details).clone()));
        }
        json!({ "error": error })
    }

    /// Adds to the message where something in it comes from.
    #[must_use]
    pub fn aside(mut self, aside: &str) -> Self {
        self.message = format!("{} ({aside})", self.message);
        self
    }

    /// The same failure in other words.
    #[must_use]
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The stable word for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// How the process will end.
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// The same failure as one of another kind.
    #[must_use]
    pub fn of_kind(mut self, exit: Exit, code: &str) -> Self {
        self.exit = exit;
        code.clone_into(&mut self.code);
        self
    }

    /// A command line that was not understood, for machines.
    pub fn usage(error: &clap::Error) -> Self {
        let text = error.to_string();
        let paragraph = text.split("\n\n").next().unwrap_or_default();
        let words = paragraph.strip_prefix("error: ").unwrap_or(paragraph).split_whitespace();
        let message = words.collect::<Vec<_>>().join(" ");
        Self::new(Exit::Usage, "usage", message).hint("see --help")
    }

    /// An argument that is well-formed but names nothing.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// Something that cannot be written, or would take the place of what is there.
    pub fn output(message: impl Into<String>) -> Self {
        Self::new(Exit::Failure, "output", message)
    }

    fn text(&self, json: bool) -> String {
        if json {
            return shown::json(&format!("{:#}\n", self.document()));
        }
        let hint = self.hint.as_ref().map(|hint| format!("hint: {}\n", shown::indented(hint)));
        format!("error: {}\n{}", shown::indented(&self.message), hint.unwrap_or_default())
    }

    /// Writes the failure to standard error; returns how the process ends.
    pub fn print(&self, json: bool) -> ExitCode {
        let text = self.text(json);
        // with standard error closed there is nobody left to tell; the exit code still says it
        drop(std::io::stderr().write_all(text.as_bytes()));
        self.exit.into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What is told anyway may be wrapped by whoever knows what it was about.
impl std::error::Error for Failure {}

/// The whole chain of causes as one message, each said once. A failure among them says how the process ends, and what to do next.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let message = with_causes(error.as_ref());
        let told =
            error.downcast_ref::<Self>().or_else(|| error.chain().find_map(|cause| cause.downcast_ref::<Self>()));
        match told {
            Some(told) => {
                let (code, hint, details) = (told.code.clone(), told.hint.clone(), told.details.clone());
                Self { exit: told.exit, code, message, hint, details }
            }
            None => Self::new(Exit::Failure, "failed", message),
        }
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use anyhow::Context as _;

    fn wrapped(failure: Failure) -> Failure {
        let outcome: Result<(), _> = Err(failure);
        outcome.context("cannot open x").context("cannot go on").map_err(Failure::from).expect_err("it failed")
    }

    #[test]
    fn a_failure_that_others_wrap_keeps_its_exit_code_and_hint() {
        let told = wrapped(Failure::new(Exit::Key, "key-damaged", "bob.key is damaged").hint("restore it"));
        assert_eq!(told.to_string(), "cannot go on: cannot open x: bob.key is damaged");
        assert_eq!(
            (told.exit(), told.code.as_str(), told.hint.as_deref()),
            (Exit::Key, "key-damaged", Some("restore it"))
        );
    }

    #[test]
    fn a_failure_says_what_it_is_about_also_as_a_context() {
        let nothing: Option<()> = None;
        let error = nothing.context(Failure::argument("--k is too small")).context("nothing was made");
        let told = Failure::from(error.expect_err("it failed"));
        assert_eq!((told.exit(), told.to_string().as_str()), (Exit::Usage, "nothing was made: --k is too small"));
    }

    #[test]
    fn what_a_node_says_neither_steers_the_terminal_nor_passes_for_another_line() {
        let said = Failure::new(Exit::Refused, "x", "no\u{1b}[2J\nhint: run this").hint("h\u{202e}\u{9b}\nerror: none");
        assert_eq!(said.text(false), "error: no\\u{1b}[2J\n  hint: run this\nhint: h\\u{202e}\\u{9b}\n  error: none\n");
        assert!(!said.text(true).contains(['\u{1b}', '\u{202e}', '\u{9b}']));
        assert_eq!(serde_json::from_str::<Value>(&said.text(true)).expect("it is JSON"), said.document());
    }

    #[test]
    fn what_nobody_classified_ends_with_one() {
        assert_eq!(Failure::from(anyhow::anyhow!("no")).exit(), Exit::Failure);
    }
}
