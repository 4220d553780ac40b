//! Key files and their passphrases.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use medshare_cli_terminal::passphrase::MIN_LENGTH;
use medshare_cli_terminal::whole_file::{read_text, write_new, write_over};
use medshare_crypto::keyfile::{KdfCost, KeyFile};
use rand_core::OsRng;
use zeroize::Zeroizing;

const PASSPHRASE_VARIABLE: &str = "MEDSHARE_PASSPHRASE";

/// How new key files are protected, and what opens old ones.
#[derive(Debug)]
pub struct Protection {
    /// Where the passphrase is.
    pub passphrase_file: Option<PathBuf>,
    /// Whether new files are written unencrypted.
    pub insecure_plaintext: bool,
}

impl Protection {
    fn passphrase(&self) -> anyhow::Result<Option<Zeroizing<String>>> {
        if let Some(path) = &self.passphrase_file {
            let text = Zeroizing::new(read_text(path)?);
            let line = text.lines().next().unwrap_or_default();
            if line.is_empty() {
                bail!("the first line of {} is empty; it should be the passphrase", path.display());
            }
            return Ok(Some(Zeroizing::new(line.to_owned())));
        }
        let given = std::env::var(PASSPHRASE_VARIABLE).ok().filter(|phrase| !phrase.is_empty());
        Ok(given.map(Zeroizing::new))
    }

    /// Writes a key file that must not exist yet.
    pub fn write(&self, path: &Path, kind: &str, public: &str, secret: &[u8]) -> anyhow::Result<()> {
        let passphrase = if self.insecure_plaintext { None } else { self.passphrase()? };
        if passphrase.is_some_and(|phrase| phrase.chars().count() < MIN_LENGTH) {
            bail!("expected a passphrase of at least {MIN_LENGTH} characters");
        }
        write_new(path, &self.key_file(kind, public, secret)?.to_text())
    }

    fn key_file(&self, kind: &str, public: &str, secret: &[u8]) -> anyhow::Result<KeyFile> {
        Ok(if self.insecure_plaintext {
            KeyFile::insecure_plaintext(kind, public, secret)?
        } else {
            let passphrase = self.passphrase()?.with_context(|| {
                format!("a passphrase is needed: give --passphrase-file or set {PASSPHRASE_VARIABLE}")
            })?;
            let cost = KdfCost::interactive();
            KeyFile::encrypt(kind, public, secret, passphrase.as_bytes(), cost, &mut OsRng)?
        })
    }

    /// The public part of a key file, without opening it.
    pub fn public(path: &Path) -> anyhow::Result<String> {
        Ok(parse(path)?.public().to_owned())
    }

    /// The public part of a key file of a kind, without opening it.
    pub fn public_of_kind(path: &Path, kind: &str) -> anyhow::Result<String> {
        let file = parse(path)?;
        if file.kind() != kind {
            bail!("{} holds a key of kind {:?}, and one of kind {kind:?} is needed", path.display(), file.kind());
        }
        Ok(file.public().to_owned())
    }

    /// Writes a key file with another secret in place of the old one, protected as that one is.
    pub fn write_over(&self, path: &Path, kind: &str, secret: &[u8]) -> anyhow::Result<()> {
        let old = parse(path)?;
        let protection =
            Self { passphrase_file: self.passphrase_file.clone(), insecure_plaintext: !old.is_encrypted() };
        write_over(path, &protection.key_file(kind, old.public(), secret)?.to_text())
    }

    /// Opens a key file of the given kind.
    pub fn open(&self, path: &Path, kind: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let file = parse(path)?;
        let passphrase = if file.is_encrypted() { self.passphrase()? } else { None };
        if passphrase.is_none() && file.is_encrypted() && file.kind() == kind {
            let path = path.display();
            bail!("{path} is encrypted: give its passphrase with --passphrase-file or {PASSPHRASE_VARIABLE}");
        }
        let bytes = passphrase.as_ref().map(|passphrase| passphrase.as_bytes());
        file.open(kind, bytes).with_context(|| cannot_use(path))
    }
}

fn parse(path: &Path) -> anyhow::Result<KeyFile> {
    let text = Zeroizing::new(read_text(path)?);
    KeyFile::parse(&text).with_context(|| cannot_use(path))
}

fn cannot_use(path: &Path) -> String {
    format!("cannot use the key file {}", path.display())
}
