//! Key files that commands open.

use crate::Context;
use crate::setting::{self, Name, Setting};
use crate::told::Told as _;
use clap::Args;
use medshare_agent::client::ClientError;
use medshare_cli_terminal::passphrase::PassphraseArgs;
use medshare_cli_terminal::{Exit, Failure, shell};
use medshare_genesis::key_files::{KeyError, read};
use medshare_genesis::keys::{AuthorityKeys, OwnerKeys, RequestorKeys, StoredKeys as _};
use medshare_ledger::id::RequestorId;
use std::path::{Path, PathBuf};

/// A key file that a command uses.
#[derive(Debug, Args)]
pub struct KeyFileArgs {
    /// Key file; else MEDSHARE_KEY, else `medshare config`.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl KeyFileArgs {
    /// A requestor's keys.
    ///
    /// # Errors
    /// When the file is another kind of key, or does not open.
    pub fn requestor(&self, context: &Context) -> Result<RequestorKeys, Failure> {
        self.open(context, RequestorKeys::load)
    }

    /// An owner's keys.
    ///
    /// # Errors
    /// As [`KeyFileArgs::requestor`].
    pub fn owner(&self, context: &Context) -> Result<OwnerKeys, Failure> {
        self.open(context, OwnerKeys::load)
    }

    /// An authority's keys.
    ///
    /// # Errors
    /// As [`KeyFileArgs::requestor`].
    pub fn authority(&self, context: &Context) -> Result<AuthorityKeys, Failure> {
        self.open(context, AuthorityKeys::load)
    }

    /// ` --key FILE` where that was typed, for a command that is printed to be typed next.
    pub fn typed(&self) -> String {
        self.key.as_deref().map_or_else(String::new, |key| format!(" --key {}", shell::path(key)))
    }

    /// The key file that is named, and the passphrase for it; none where nothing names one.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub fn named(&self) -> Result<Option<(Setting<PathBuf>, &PassphraseArgs)>, Failure> {
        Ok(setting::path(Name::Key, self.key.as_deref())?.map(|key| (key, &self.passphrase)))
    }

    fn open<T>(
        &self,
        context: &Context,
        load: impl FnOnce(&Path, Option<&[u8]>) -> Result<T, KeyError>,
    ) -> Result<T, Failure> {
        let key = setting::path(Name::Key, self.key.as_deref())?.ok_or_else(|| setting::missing(Name::Key))?;
        context.uses_key(&key.source);
        open(&self.passphrase, &key.value, load).map_err(|failure| key.source.of(failure))
    }
}

/// Whose key file it is, as stands in the open in it.
///
/// # Errors
/// When none is named, or it is no requestor's.
pub fn requestor_of(key: Option<&Path>, context: &Context) -> Result<RequestorId, Failure> {
    let key = setting::path(Name::Key, key)?.ok_or_else(|| setting::missing(Name::Key))?;
    context.uses_key(&key.source);
    let told = |failure: Failure| key.source.of(failure);
    let header = read(&key.value).map_err(|error| told(error.told()))?;
    let own = if header.kind() == "requestor" { header.public().parse().ok() } else { None };
    own.ok_or_else(|| {
        let message =
            format!("{} holds a key of kind {:?}, and a requestor's is needed", key.value.display(), header.kind());
        told(Failure::new(Exit::Key, "wrong-kind", message))
    })
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
    let loaded = load(key, phrase.as_ref().map(|phrase| phrase.as_slice()));
    loaded.map_err(|error| passphrase.whence(error.told()))
}

/// What a node says about the requestor whose key is used: that it knows no such requestor means that nobody registered her.
pub fn of_own(error: ClientError) -> Failure {
    let is_unknown = error.code() == Some("not-found");
    let failure = error.told();
    if !is_unknown {
        return failure;
    }
    Failure::new(Exit::Refused, "unknown-key", "this network has no requestor with your key")
        .hint("make a card with `medshare key card` and give it to an organisation of the network")
}
