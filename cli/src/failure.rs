//! What a command says when it did not succeed: a stable word, a message, and what to do next.

mod node;
mod session;

use crate::exit::Exit;
use medshare_agent::audit::AuditError;
use medshare_agent::request::RequestError;
use medshare_crypto::keyfile::KeyFileError;
use medshare_genesis::config::ConfigError;
use medshare_genesis::key_files::KeyError;
use medshare_ledger::facts::FactsError;
use medshare_node_causes::with_causes;
use serde_json::json;
use std::io::Write as _;
use std::process::ExitCode;

/// Why a command did not succeed.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    code: String,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { exit, code: code.into(), message: message.into(), hint: None }
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
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

    /// Writes the failure to standard error; returns how the process ends.
    pub fn print(&self, json: bool) -> ExitCode {
        let text = if json {
            let error = json!({"code": self.code, "message": self.message, "hint": self.hint});
            format!("{:#}\n", json!({ "error": error }))
        } else {
            let hint = self.hint.as_ref().map(|hint| format!("hint: {hint}\n"));
            format!("error: {}\n{}", self.message, hint.unwrap_or_default())
        };
        // with standard error closed there is nobody left to tell; the exit code still says it
        drop(std::io::stderr().write_all(text.as_bytes()));
        ExitCode::from(self.exit as u8)
    }
}

/// Commands that have no machine-readable reasons of their own: the whole chain of causes as one message, each said once.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Failure, "failed", with_causes(error.as_ref()))
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let failure = |exit, code| Self::new(exit, code, with_causes(&error));
        match &error {
            KeyError::Io { action: "read", .. } => {
                failure(Exit::Failure, "key-file").hint("`medshare key create` makes a key file")
            }
            KeyError::Io { .. } => failure(Exit::Failure, "key-file"),
            KeyError::Exists { .. } => failure(Exit::Failure, "key-exists"),
            KeyError::Contents { .. } => failure(Exit::Key, "key-damaged"),
            KeyError::KeyFile { source, .. } => match source {
                KeyFileError::WrongPassphrase => failure(Exit::Key, "wrong-passphrase"),
                KeyFileError::PassphraseNeeded => failure(Exit::Key, "passphrase-needed")
                    .hint("give it with --passphrase-file or MEDSHARE_PASSPHRASE, or run in a terminal"),
                KeyFileError::WrongKind { .. } => {
                    failure(Exit::Key, "wrong-kind").hint("`medshare key show FILE` tells what a key file holds")
                }
                _ => failure(Exit::Key, "key-damaged"),
            },
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Failure, "genesis", with_causes(&error))
            .hint("--genesis names the genesis file of the network; its founders hand it out")
    }
}

impl From<FactsError> for Failure {
    fn from(error: FactsError) -> Self {
        Self::new(Exit::Failure, "genesis", format!("the genesis breaks a rule: {error}"))
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Node(error) => error.into(),
            RequestError::Refused { .. } => Self::new(Exit::Refused, "request-refused", error.to_string()),
            RequestError::Undecided { .. } => Self::new(Exit::Unreachable, "undecided", error.to_string()),
            RequestError::StillProcessing { .. } => Self::new(Exit::Unreachable, "still-processing", error.to_string()),
            RequestError::Store { .. } => {
                Self::new(Exit::Failure, "output", with_causes(&error)).hint("choose a new file with --out")
            }
        }
    }
}

impl From<AuditError> for Failure {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Node(error) => error.into(),
            AuditError::Bundle(_) => Self::new(Exit::Verification, "bundle", error.to_string())
                .hint("do not rely on this file; export the bundle again, from another node too"),
            AuditError::TooLong { .. } => Self::new(Exit::Verification, "bundle", error.to_string()),
            AuditError::Io { .. } => Self::new(Exit::Failure, "file", with_causes(&error)),
        }
    }
}
