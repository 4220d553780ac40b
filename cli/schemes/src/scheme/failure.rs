//! How a command of the schemes ends: the one place in which the library's errors become exit codes.
//!
//! An error that the library has no word for is told where it is found, by [`refused`], [`unverified`] or [`Failure::argument`]; what nobody
//! classified (a disk that fails, a name that is taken) ends with 1.

mod files;
mod schemes;

use std::error::Error;
use std::path::Path;

use medshare_cli_terminal::{Exit, Failure, file_kind};
use medshare_crypto::abe::{
    DirectoryError, EncryptError, RecoverError, RegisterError, UpdateError, WrongAnswer, WrongUpdate,
};
use medshare_crypto::abe_file::OwnerError;
use medshare_crypto::attribute_signature::{AttributeSignatureError, ClaimError};
use medshare_crypto::encoding::DecodeError;
use medshare_crypto::envelope::EnvelopeError;
use medshare_crypto::key_aggregate::AggregateKeyError;
use medshare_crypto::keyfile::KeyFileError;
use medshare_crypto::kp_abe::{KpEncryptError, KpRenewalError};
use medshare_crypto::letter::LetterError;
use medshare_crypto::policy::{InvalidName, PolicyError};
use medshare_crypto::sign::{SignatureError, VerifyingKeyError};

use files::{envelope_of, file, owner_of};
use schemes::{abe, others, rows};

/// What an error is to people: how the process ends, and the word for machines.
type Meaning = (Exit, &'static str);

const USAGE: Meaning = (Exit::Usage, "usage");
const NOT_SATISFIED: Meaning = (Exit::Refused, "not-satisfied");
const OTHER_VERSION: Meaning = (Exit::Refused, "other-version");
const REFUSED: Meaning = (Exit::Refused, "refused");
const NOT_VERIFIED: Meaning = (Exit::Verification, "not-verified");
const WRONG_KIND: Meaning = (Exit::Verification, "wrong-kind");
const DAMAGED: Meaning = (Exit::Verification, "damaged");
const NOT_YOURS: Meaning = (Exit::Key, "not-yours");

/// What to do with a file of an earlier build.
const UNSIGNED: &str = "an earlier build made it: `medshare abe decrypt --unsigned` opens it with issued keys where it came on a way that you trust; encrypt it \
                        anew, with its owner's --party";

/// What to do with a file whose header is of a kind that this build does not know.
const OTHER_BUILD: &str =
    "another build of medshare made it, or it is damaged: that build opens it; then encrypt it anew";

/// A failure by rules: somebody may not, or not so.
pub fn refused(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Refused, REFUSED.1, message)
}

/// Something of another version than is in force.
pub fn other_version(message: impl Into<String>) -> Failure {
    Failure::new(OTHER_VERSION.0, OTHER_VERSION.1, message)
}

/// A file that is not what it should be, or not from whom it should be.
pub fn unverified(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Verification, NOT_VERIFIED.1, message)
}

/// Something for another key than the one that was named.
pub fn not_yours(message: impl Into<String>) -> Failure {
    Failure::new(NOT_YOURS.0, NOT_YOURS.1, message)
}

/// What an error means to people.
pub fn told(error: anyhow::Error) -> Failure {
    let meaning = error.chain().find_map(meaning);
    let advice = error.chain().find_map(advice);
    let failure = Failure::from(error);
    match meaning {
        // What was classified where it was found stays so.
        Some((exit, code)) if failure.exit() == Exit::Failure => {
            let failure = failure.of_kind(exit, code);
            match advice {
                Some(advice) => failure.hint(advice),
                None => failure,
            }
        }
        _ => failure,
    }
}

/// What to do about an error that the library tells.
fn advice(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(KeyFileError::PassphraseNeeded) = error.downcast_ref() {
        return Some("give it with --passphrase-file or MEDSHARE_PASSPHRASE, or run in a terminal".to_owned());
    }
    match owner_of(error) {
        Some(OwnerError::Unsigned) => return Some(UNSIGNED.to_owned()),
        Some(OwnerError::Signed { .. }) => {
            return Some("name its owner, --owner, in the place of --unsigned".to_owned());
        }
        Some(OwnerError::OtherOwner { .. }) => {
            return Some(
                "`medshare party show` tells whose key is in a NAME.party: is the right one named?".to_owned(),
            );
        }
        _ => {}
    }
    match envelope_of(error)? {
        EnvelopeError::OtherScheme { found, .. } => Some(format!("`{found} decrypt` takes it")),
        EnvelopeError::Header(DecodeError::UnknownTag { .. }) => Some(OTHER_BUILD.to_owned()),
        _ => None,
    }
}

/// The error of a file that should be of the kind `expected`, told of what it is where that is another one.
pub fn told_apart(error: anyhow::Error, path: &Path, expected: &str) -> anyhow::Error {
    if file_kind::of(path).is_none_or(|is| is == expected) {
        return error;
    }
    file_kind::told_apart(told(error), path, expected).into()
}

fn meaning(error: &(dyn Error + 'static)) -> Option<Meaning> {
    key_file(error).or_else(|| file(error)).or_else(|| abe(error)).or_else(|| others(error)).or_else(|| always(error))
}

fn key_file(error: &(dyn Error + 'static)) -> Option<Meaning> {
    Some(match error.downcast_ref()? {
        KeyFileError::InvalidField | KeyFileError::PayloadTooLong => USAGE,
        KeyFileError::WrongPassphrase => (Exit::Key, "wrong-passphrase"),
        KeyFileError::PassphraseNeeded => (Exit::Key, "passphrase-needed"),
        KeyFileError::WrongKind { .. } => (Exit::Key, "wrong-kind"),
        _ => (Exit::Key, "key-damaged"),
    })
}

/// Errors that mean the same whichever variant they are.
fn always(error: &(dyn Error + 'static)) -> Option<Meaning> {
    let is_usage = error.is::<PolicyError>()
        || error.is::<InvalidName>()
        || error.is::<EncryptError>()
        || error.downcast_ref().is_some_and(|error| !matches!(error, DirectoryError::Differ { .. }))
        || error.is::<KpEncryptError>()
        || error.is::<ClaimError>()
        || error.is::<AggregateKeyError>();
    if let Some(DirectoryError::Differ { .. }) = error.downcast_ref() {
        return Some(NOT_VERIFIED);
    }
    if let Some(UpdateError::Rows(error)) = error.downcast_ref() {
        return Some(rows(error));
    }
    let is_other_version = error.is::<UpdateError>() || error.is::<KpRenewalError>() || error.is::<RegisterError>();
    let is_not_verified = error.is::<RecoverError>()
        || error.is::<WrongAnswer>()
        || error.is::<WrongUpdate>()
        || error.is::<SignatureError>()
        || error.is::<VerifyingKeyError>()
        || error.is::<AttributeSignatureError>();
    if let Some(error) = error.downcast_ref() {
        return Some(match error {
            LetterError::OtherReceiver => NOT_YOURS,
            LetterError::OtherSender | LetterError::Altered | LetterError::Open(_) => NOT_VERIFIED,
        });
    }
    if is_usage {
        Some(USAGE)
    } else if is_other_version {
        Some(OTHER_VERSION)
    } else if is_not_verified {
        Some(NOT_VERIFIED)
    } else {
        error.is::<DecodeError>().then_some(DAMAGED)
    }
}
