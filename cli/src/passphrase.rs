//! Key files and their passphrases: from a file, the environment, or the terminal.

use crate::exit::Exit;
use crate::failure::Failure;
use clap::Args;
use console::Term;
use medshare_genesis::key_files::{KeyError, Protection, read};
use medshare_genesis::keys::{AuthorityKeys, OwnerKeys, RequestorKeys, StoredKeys as _};
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

/// A key file that a command uses.
#[derive(Debug, Args)]
pub struct KeyFileArgs {
    /// Key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl KeyFileArgs {
    /// A requestor's keys.
    ///
    /// # Errors
    /// When the file is another kind of key, or does not open.
    pub fn requestor(&self) -> Result<RequestorKeys, Failure> {
        self.open(RequestorKeys::load)
    }

    /// An owner's keys.
    ///
    /// # Errors
    /// As [`KeyFileArgs::requestor`].
    pub fn owner(&self) -> Result<OwnerKeys, Failure> {
        self.open(OwnerKeys::load)
    }

    /// An authority's keys.
    ///
    /// # Errors
    /// As [`KeyFileArgs::requestor`].
    pub fn authority(&self) -> Result<AuthorityKeys, Failure> {
        self.open(AuthorityKeys::load)
    }

    fn open<T>(&self, load: impl FnOnce(&Path, Option<&[u8]>) -> Result<T, KeyError>) -> Result<T, Failure> {
        self.passphrase.open(&self.key, load)
    }
}

impl PassphraseArgs {
    /// The passphrase of this file.
    pub const fn of_file(file: PathBuf) -> Self {
        Self { passphrase_file: Some(file) }
    }

    /// Opens a key file with `load`.
    ///
    /// # Errors
    /// When it is another kind of key, or does not open.
    pub fn open<T>(
        &self,
        key: &Path,
        load: impl FnOnce(&Path, Option<&[u8]>) -> Result<T, KeyError>,
    ) -> Result<T, Failure> {
        let phrase = self.of(key)?;
        Ok(load(key, phrase.as_ref().map(|phrase| phrase.as_slice()))?)
    }

    /// The passphrase of a key file; `None` for one that is not encrypted, or where there is nobody to ask.
    ///
    /// # Errors
    /// When the key file or the passphrase file cannot be read.
    fn of(&self, key: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        if !read(key)?.is_encrypted() {
            return Ok(None);
        }
        match self.given()? {
            Some(phrase) => Ok(Some(phrase)),
            None if Term::stderr().is_term() => ask(&format!("passphrase of {}: ", key.display())).map(Some),
            None => Ok(None),
        }
    }

    /// How a new key file is to be protected.
    ///
    /// # Errors
    /// When there is no passphrase, or it is too short.
    pub fn protection(&self) -> Result<Protection, Failure> {
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
        if String::from_utf8_lossy(&phrase).chars().count() < MIN_LENGTH {
            let message = format!("expected a passphrase of at least {MIN_LENGTH} characters");
            return Err(Failure::new(Exit::Key, "weak-passphrase", message));
        }
        Ok(Protection::Passphrase(phrase))
    }

    fn given(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        if let Some(path) = &self.passphrase_file {
            let text = std::fs::read(path).map(Zeroizing::new).map_err(|e| {
                let message = format!("cannot read the passphrase file {}: {e}", path.display());
                Failure::new(Exit::Failure, "file", message)
            })?;
            let line = text.split(|b| *b == b'\n' || *b == b'\r').next();
            return Ok(Some(Zeroizing::new(line.unwrap_or_default().to_vec())));
        }
        let variable = std::env::var(VARIABLE).ok();
        Ok(variable.map(|phrase| Zeroizing::new(phrase.into_bytes())))
    }
}

fn new_phrase() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let first = ask("new passphrase: ")?;
    if first == ask("once more: ")? {
        Ok(first)
    } else {
        Err(Failure::new(Exit::Key, "passphrases-differ", "the two passphrases differ"))
    }
}

fn ask(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let terminal = Term::stderr();
    let read = terminal.write_str(prompt).and_then(|()| terminal.read_secure_line());
    read.map(|line| Zeroizing::new(line.into_bytes()))
        .map_err(|e| Failure::new(Exit::Failure, "terminal", format!("the terminal cannot be read: {e}")))
}
