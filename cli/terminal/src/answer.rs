//! What a command says when it succeeded: text for people, one JSON document for machines.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::shown;
use medshare_node_causes::io_words;
use serde::Serialize;
use serde_json::Value;
use std::io::{ErrorKind, Write as _};

/// An answer in both forms.
#[derive(Debug)]
pub struct Answer {
    json: Value,
    text: Vec<u8>,
}

impl Answer {
    /// An answer whose JSON form is `value`, and `text` for people.
    ///
    /// # Errors
    /// When the value has no JSON form.
    pub fn new(value: &impl Serialize, text: impl Into<String>) -> Result<Self, Failure> {
        let mut text = shown::lines(&text.into());
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Self::raw(value, text.into_bytes())
    }

    /// An answer whose form for people is these bytes as they are.
    ///
    /// # Errors
    /// When the value has no JSON form.
    pub fn raw(value: &impl Serialize, bytes: Vec<u8>) -> Result<Self, Failure> {
        let json = serde_json::to_value(value).map_err(|e| Failure::new(Exit::Failure, "json", e.to_string()))?;
        Ok(Self { json, text: bytes })
    }

    /// Writes the answer to standard output; a reader that went away is no failure.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn print(self, json: bool) -> Result<(), Failure> {
        let bytes = if json { shown::json(&format!("{:#}\n", self.json)).into_bytes() } else { self.text };
        let mut out = std::io::stdout().lock();
        match out.write_all(&bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                let message = format!("cannot write the answer: {}", io_words(&error));
                Err(Failure::output(message)
                    .hint("the command itself was carried out: only what it answers is missing"))
            }
            _ => Ok(()),
        }
    }
}
