//! What a command says when it did not succeed: a stable word, a message, and what to do next.

use crate::exit::Exit;
use medshare_node_causes::with_causes;
use serde_json::{Map, Value, json};
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

    /// The stable word for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
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

    /// Writes the failure to standard error; returns how the process ends.
    pub fn print(&self, json: bool) -> ExitCode {
        let text = if json {
            format!("{:#}\n", self.document())
        } else {
            let hint = self.hint.as_ref().map(|hint| format!("hint: {hint}\n"));
            format!("error: {}\n{}", self.message, hint.unwrap_or_default())
        };
        // with standard error closed there is nobody left to tell; the exit code still says it
        drop(std::io::stderr().write_all(text.as_bytes()));
        self.exit.into()
    }
}

/// Commands that have no machine-readable reasons of their own: the whole chain of causes as one message, each said once.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Failure, "failed", with_causes(error.as_ref()))
    }
}
