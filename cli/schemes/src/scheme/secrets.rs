//! Key files and their passphrases.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use medshare_cli_terminal::file_kind::KEY_FILE;
use medshare_cli_terminal::lock::Lock;
use medshare_cli_terminal::passphrase::PassphraseArgs;
use medshare_cli_terminal::whole_file::{read_text, write_new, write_over};
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::keyfile::{KdfCost, KeyFile, KeyFileError};
use rand_core::OsRng;
use zeroize::Zeroizing;

use super::failure::told_apart;

/// How new key files are protected, and what opens old ones.
#[derive(Debug)]
pub struct Protection {
    passphrase: PassphraseArgs,
    insecure_plaintext: bool,
    /// Passphrases of files that were opened: a file that is changed is asked about once.
    opened: RefCell<BTreeMap<PathBuf, Zeroizing<Vec<u8>>>>,
}

/// A key file whose contents are not what they should be.
pub fn damaged(path: &Path) -> Failure {
    Failure::new(Exit::Key, "key-damaged", format!("{} is damaged", path.display())).hint("restore it from a copy")
}

/// Secrets behind each other, in one buffer that is of their size at once: one that grew would leave copies behind.
pub fn joined(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(parts.concat())
}

impl Protection {
    /// Passphrases come from `passphrase_file`, else from elsewhere; new files are encrypted unless they are to be plain.
    pub fn new(passphrase_file: Option<PathBuf>, insecure_plaintext: bool) -> Self {
        Self { passphrase: PassphraseArgs::of(passphrase_file), insecure_plaintext, opened: RefCell::default() }
    }

    /// Writes a key file that must not exist yet.
    pub fn write(&self, path: &Path, kind: &str, public: &str, secret: &[u8]) -> anyhow::Result<()> {
        write_new(path, &self.text(kind, public, secret)?)
    }

    /// The text of a new key file.
    pub fn text(&self, kind: &str, public: &str, secret: &[u8]) -> anyhow::Result<Zeroizing<String>> {
        let phrase = if self.insecure_plaintext { None } else { Some(self.passphrase.of_new_key_file()?) };
        Ok(key_file(kind, public, secret, phrase.as_deref())?.to_text())
    }

    /// The public part of a key file, without opening it.
    pub fn public(path: &Path) -> anyhow::Result<String> {
        Ok(parse(path)?.public().to_owned())
    }

    /// The public part of a key file of a kind, without opening it.
    pub fn public_of_kind(path: &Path, kind: &str) -> anyhow::Result<String> {
        let file = parse(path)?;
        if file.kind() != kind {
            let found = file.kind();
            let message =
                format!("{} holds a key of kind {found:?}, and one of kind {kind:?} is needed", path.display());
            return Err(Failure::new(Exit::Key, "wrong-kind", message).into());
        }
        Ok(file.public().to_owned())
    }

    /// Writes a key file with another secret in place of the old one, protected as that one is, by whoever has had its lock since before it was read.
    pub fn write_over(&self, path: &Path, kind: &str, secret: &[u8], lock: &Lock) -> anyhow::Result<()> {
        let old = parse(path)?;
        let phrase = if old.is_encrypted() { self.of_encrypted(path)? } else { None };
        write_over(path, &key_file(kind, old.public(), secret, phrase.as_deref())?.to_text(), lock)
    }

    /// Opens a key file of the given kind.
    pub fn open(&self, path: &Path, kind: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let file = parse(path)?;
        let is_asked_for = file.is_encrypted() && file.kind() == kind;
        let phrase = if is_asked_for { self.of_encrypted(path)? } else { None };
        let secret = file.open(kind, phrase.as_ref().map(|phrase| phrase.as_slice()));
        let is_wrong = matches!(secret, Err(KeyFileError::WrongPassphrase));
        let aside = self.passphrase.aside().filter(|_| is_wrong).map(|aside| format!(" ({aside})"));
        let secret = secret.with_context(|| format!("{}{}", cannot_use(path), aside.unwrap_or_default()))?;
        if let Some(phrase) = phrase {
            self.opened.borrow_mut().insert(path.to_owned(), phrase);
        }
        Ok(secret)
    }

    fn of_encrypted(&self, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        let opened = self.opened.borrow().get(path).cloned();
        opened.map_or_else(|| self.passphrase.of_key_file(path), |phrase| Ok(Some(phrase)))
    }
}

fn key_file(kind: &str, public: &str, secret: &[u8], phrase: Option<&Vec<u8>>) -> anyhow::Result<KeyFile> {
    Ok(match phrase {
        None => KeyFile::insecure_plaintext(kind, public, secret)?,
        Some(phrase) => KeyFile::encrypt(kind, public, secret, phrase, KdfCost::interactive(), &mut OsRng)?,
    })
}

fn parse(path: &Path) -> anyhow::Result<KeyFile> {
    let text = read_text(path).map(Zeroizing::new);
    let parsed = text.and_then(|text| KeyFile::parse(&text).with_context(|| cannot_use(path)));
    parsed.map_err(|error| told_apart(error, path, KEY_FILE))
}

fn cannot_use(path: &Path) -> String {
    format!("cannot use the key file {}", path.display())
}
