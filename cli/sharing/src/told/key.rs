//! Failures of key files and cards.

use super::Told;
use crate::file_kind::told_apart;
use medshare_agent::card::CardError;
use medshare_cli_terminal::file_kind::{CARD, KEY_FILE};
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::keyfile::KeyFileError;
use medshare_genesis::key_files::KeyError;
use medshare_node_causes::with_causes;

impl Told for KeyError {
    fn told(self) -> Failure {
        let failure = |exit, code| Failure::new(exit, code, with_causes(&self));
        match &self {
            Self::Io { action: "read", path, .. } => {
                let failure = failure(Exit::Failure, "key-file").hint("`medshare key create` makes a key file");
                told_apart(failure, path, KEY_FILE)
            }
            Self::Io { .. } => failure(Exit::Failure, "key-file"),
            Self::Exists { .. } => Failure::output(with_causes(&self)),
            Self::Contents { .. } => failure(Exit::Key, "key-damaged"),
            Self::KeyFile { source, path } => match source {
                KeyFileError::WrongPassphrase => failure(Exit::Key, "wrong-passphrase"),
                KeyFileError::PassphraseNeeded => failure(Exit::Key, "passphrase-needed")
                    .hint("give it with --passphrase-file or MEDSHARE_PASSPHRASE, or run in a terminal"),
                KeyFileError::WrongKind { .. } => {
                    failure(Exit::Key, "wrong-kind").hint("`medshare key show FILE` tells what a key file holds")
                }
                _ => told_apart(failure(Exit::Key, "key-damaged"), path, KEY_FILE),
            },
        }
    }
}

impl Told for CardError {
    fn told(self) -> Failure {
        let failure = |exit, code| Failure::new(exit, code, with_causes(&self));
        match &self {
            Self::Registration(_) => failure(Exit::Key, "key-damaged"),
            Self::Read { path, .. } => told_apart(failure(Exit::Failure, "file"), path, CARD),
            Self::Invalid { path, .. } => {
                let failure = failure(Exit::Verification, "card");
                told_apart(failure.hint("the requestor makes one with `medshare key card`"), path, CARD)
            }
        }
    }
}
