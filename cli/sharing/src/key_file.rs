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
        self.open(context, REQUESTORS, RequestorKeys::load)
    }

    /// An owner's keys.
    ///
    /// # Errors
    /// As [`KeyFileArgs::requestor`].
    pub fn owner(&self, context: &Context) -> Result<OwnerKeys, Failure> {
        self.open(context, OWNERS, OwnerKeys::load)
    }

    /// An authority's keys.
    ///
    /// # Errors
    /// As [`KeyFileArgs::requestor`].
    pub fn authority(&self, context: &Context) -> Result<AuthorityKeys, Failure> {
        self.open(context, AUTHORITIES, AuthorityKeys::load)
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
        whence: &str,
        load: impl FnOnce(&Path, Option<&[u8]>) -> Result<T, KeyError>,
    ) -> Result<T, Failure> {
        let key = named(self.key.as_deref(), whence)?;
        context.uses_key(&key.source);
        let opened = open(&self.passphrase, &key.value, load);
        opened.map_err(|failure| key.source.of(not_there(failure, &key.value, whence)))
    }
}

/// Where the keys of each kind are. Those of owners and authorities stand in the genesis: a new one would be nobody's.
const REQUESTORS: &str = "`medshare key create` makes a requestor's key file";
const OWNERS: &str = "an owner's key is made before the genesis, which names it: where `medshare network create DIR` founded the network, it is \
     DIR/keys/owners/NAME.key";
const AUTHORITIES: &str = "an authority's key is made before the genesis, which names it: where `medshare network create DIR` founded the network, it \
     is DIR/keys/authorities/NAME.key";

/// The key file that is named.
fn named(key: Option<&Path>, whence: &str) -> Result<Setting<PathBuf>, Failure> {
    setting::path(Name::Key, key)?.ok_or_else(|| setting::missing_key(whence))
}

/// What is told of a key file that is not there.
fn not_there(failure: Failure, key: &Path, whence: &str) -> Failure {
    if key.exists() { failure } else { failure.hint(whence) }
}

/// Whose key file it is, as stands in the open in it.
///
/// # Errors
/// When none is named, or it is no requestor's.
pub fn requestor_of(key: Option<&Path>, context: &Context) -> Result<RequestorId, Failure> {
    let key = named(key, REQUESTORS)?;
    context.uses_key(&key.source);
    let told = |failure: Failure| key.source.of(not_there(failure, &key.value, REQUESTORS));
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
