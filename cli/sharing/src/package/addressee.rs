//! Whom a package that needs no key should be for.

use crate::key_file::open;
use crate::told::Told as _;
use clap::Args;
use medshare_agent::session::{PackageFile, SessionError};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::passphrase::PassphraseArgs;
use medshare_genesis::keys::{RequestorKeys, StoredKeys as _};
use std::path::PathBuf;

/// Whom the package should be for.
#[derive(Debug, Args)]
pub struct AddresseeArgs {
    /// Key file that the package should be for.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl AddresseeArgs {
    /// Goes on where no key is named, or the package is for it.
    ///
    /// # Errors
    /// When it is for another key, or the key file does not open.
    pub fn check(&self, package: &PackageFile) -> Result<(), Failure> {
        let Some(key) = &self.key else { return Ok(()) };
        let keys = open(&self.passphrase, key, RequestorKeys::load)?;
        if keys.id() == package.manifest().requestor { Ok(()) } else { Err(SessionError::NotYours.told()) }
    }
}
