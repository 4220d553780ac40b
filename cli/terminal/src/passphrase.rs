//! Passphrases: from a file, the environment, or the terminal.

use crate::echo::restored_if_interrupted;
use crate::environment::empty_variable;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::shown;
use clap::Args;
use console::Term;
use medshare_node_causes::io_words;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const VARIABLE: &str = "MEDSHARE_PASSPHRASE";
/// Fewest characters of a new passphrase.
pub const MIN_LENGTH: usize = 8;

/// Where a passphrase comes from.
#[derive(Debug, Args)]
pub struct PassphraseArgs {
    /// File whose first line is the key file's passphrase; else MEDSHARE_PASSPHRASE, else the terminal asks.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// The passphrase of this file, where one is named.
    #[must_use]
    pub const fn of(passphrase_file: Option<PathBuf>) -> Self {
        Self { passphrase_file }
    }

    /// The passphrase of an encrypted key file; `None` where there is nobody to ask.
    ///
    /// # Errors
    /// When the passphrase file or the terminal cannot be read, or the passphrase is empty.
    pub fn of_key_file(&self, key: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        match self.given()? {
            Some(phrase) => Ok(Some(phrase)),
            None if Term::stderr().is_term() => ask(&format!("passphrase of {}: ", key.display())).map(Some),
            None => Ok(None),
        }
    }

    /// A failure with the passphrase that was given: one that nobody typed says where it comes from.
    #[must_use]
    pub fn whence(&self, failure: Failure) -> Failure {
        match (failure.code(), self.aside()) {
            ("wrong-passphrase" | "weak-passphrase", Some(aside)) => failure.aside(&aside),
            _ => failure,
        }
    }

    /// Where the passphrase comes from, where nobody typed it or a file for it.
    #[must_use]
    pub fn aside(&self) -> Option<String> {
        let is_variable = self.passphrase_file.is_none() && std::env::var_os(VARIABLE).is_some();
        is_variable.then(|| format!("the passphrase is that of {VARIABLE}"))
    }

    /// The passphrase of a key file that is about to be made.
    ///
    /// # Errors
    /// When there is no passphrase, or it is too short.
    pub fn of_new_key_file(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let phrase = match self.given()? {
            Some(phrase) => phrase,
            None if Term::stderr().is_term() => new_phrase()?,
            None => {
                let failure = Failure::new(Exit::Key, "passphrase-needed", "a new key file needs a passphrase");
                return Err(
                    failure.hint("give it with --passphrase-file or MEDSHARE_PASSPHRASE, or say --insecure-plaintext")
                );
            }
        };
        long_enough(phrase).map_err(|failure| self.whence(failure))
    }

    fn given(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        if let Some(path) = &self.passphrase_file {
            let text = std::fs::read(path).map(Zeroizing::new).map_err(|e| {
                let message = format!("cannot read the passphrase file {}: {}", path.display(), io_words(&e));
                Failure::new(Exit::Failure, "file", message)
            })?;
            let line = text.split(|b| *b == b'\n' || *b == b'\r').next().unwrap_or_default();
            if line.is_empty() {
                let message = format!("the first line of {} is empty; it should be the passphrase", path.display());
                return Err(Failure::new(Exit::Key, "passphrase-needed", message));
            }
            return Ok(Some(Zeroizing::new(line.to_vec())));
        }
        match std::env::var(VARIABLE) {
            Ok(phrase) if phrase.is_empty() => Err(empty_variable(VARIABLE)),
            variable => Ok(variable.ok().map(|phrase| Zeroizing::new(phrase.into_bytes()))),
        }
    }
}

fn long_enough(phrase: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if String::from_utf8_lossy(&phrase).chars().count() < MIN_LENGTH {
        let message = format!("expected a passphrase of at least {MIN_LENGTH} characters");
        return Err(Failure::new(Exit::Key, "weak-passphrase", message));
    }
    Ok(phrase)
}

fn new_phrase() -> Result<Zeroizing<Vec<u8>>, Failure> {
    // nobody types twice what is refused
    let first = long_enough(ask("new passphrase: ")?)?;
    if first == ask("once more: ")? {
        Ok(first)
    } else {
        Err(Failure::new(Exit::Key, "passphrases-differ", "the two passphrases differ"))
    }
}

fn ask(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let terminal = Term::stderr();
    let _echo = restored_if_interrupted();
    let read = terminal.write_str(&shown::line(prompt)).and_then(|()| terminal.read_secure_line());
    read.map(|line| Zeroizing::new(line.into_bytes()))
        .map_err(|e| Failure::new(Exit::Failure, "terminal", format!("the terminal cannot be read: {}", io_words(&e))))
}
