//! Key files that commands open.

use crate::told::Told as _;
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::passphrase::PassphraseArgs;
use medshare_genesis::key_files::{KeyError, read};
use medshare_genesis::keys::{AuthorityKeys, OwnerKeys, RequestorKeys, StoredKeys as _};
use std::path::{Path, PathBuf};

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
        open(&self.passphrase, &self.key, RequestorKeys::load)
    }

    /// An owner's keys.
    ///
    /// # Errors
    /// As [`KeyFileArgs::requestor`].
    pub fn owner(&self) -> Result<OwnerKeys, Failure> {
        open(&self.passphrase, &self.key, OwnerKeys::load)
    }

    /// An authority's keys.
    ///
    /// # Errors
    /// As [`KeyFileArgs::requestor`].
    pub fn authority(&self) -> Result<AuthorityKeys, Failure> {
        open(&self.passphrase, &self.key, AuthorityKeys::load)
    }
}

/// Opens a key file with `load`; a passphrase is looked for where the file is encrypted.
///
/// # Errors
/// When it is another kind of key, or does not open.
pub fn open<T>(
    passphrase: &PassphraseArgs,
    key: &Path,
    load: impl FnOnce(&Path, Option<&[u8]>) -> Result<T, KeyError>,
) -> Result<T, Failure> {
    let phrase = if read(key).map_err(KeyError::told)?.is_encrypted() { passphrase.of_key_file(key)? } else { None };
    load(key, phrase.as_ref().map(|phrase| phrase.as_slice())).map_err(KeyError::told)
}
