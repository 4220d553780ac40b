//! How a command of the schemes ends: the one place in which the library's errors become exit codes.
//!
//! An error that the library has no word for is told where it is found, by [`refused`], [`unverified`] or [`Failure::argument`]; what nobody
//! classified (a disk that fails, a name that is taken) ends with 1.

use std::error::Error;
use std::path::Path;

use medshare_cli_terminal::{Exit, Failure, file_kind};
use medshare_crypto::abe::{
    DirectoryError, DisputeError, EncryptError, IssueError, NotAnswered, RecoverError, RegisterError,
    RegistrationError, RowsError, SharingError, TransformError, UpdateError, WrongAnswer, WrongUpdate,
};
use medshare_crypto::abe_file::{AbeFileError, ChangeError};
use medshare_crypto::attribute_signature::{AttributeSignatureError, ClaimError, SignError};
use medshare_crypto::class_file::ClassFileError;
use medshare_crypto::domain_file::DomainFileError;
use medshare_crypto::encoding::DecodeError;
use medshare_crypto::envelope::EnvelopeError;
use medshare_crypto::key_aggregate::{AggregateKeyError, ClassError, ParametersError};
use medshare_crypto::keyfile::KeyFileError;
use medshare_crypto::kp_abe::{KpEncryptError, KpIssueError, KpOpenError, KpRenewalError};
use medshare_crypto::letter::LetterError;
use medshare_crypto::policy::{InvalidName, PolicyError};
use medshare_crypto::sign::{SignatureError, VerifyingKeyError};
use medshare_crypto::stream::StreamError;

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

/// A failure by rules: somebody may not, or not so.
pub fn refused(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Refused, REFUSED.1, message)
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
    match envelope_of(error)? {
        EnvelopeError::OtherScheme { found, .. } => Some(format!("`{found} decrypt` takes it")),
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

/// Encrypted files of every scheme.
fn file(error: &(dyn Error + 'static)) -> Option<Meaning> {
    if let Some(error) = error.downcast_ref() {
        match error {
            AbeFileError::Envelope(error) => envelope(error),
            AbeFileError::Encrypt(_) => Some(USAGE),
            AbeFileError::Transform(error) => Some(transform(error)),
            AbeFileError::Recover(_) => Some(NOT_VERIFIED),
        }
    } else if let Some(error) = error.downcast_ref() {
        match error {
            DomainFileError::Envelope(error) => envelope(error),
            DomainFileError::Encrypt(_) => Some(USAGE),
            DomainFileError::Open(error) => Some(opening(error)),
        }
    } else if let Some(error) = error.downcast_ref() {
        match error {
            ClassFileError::Envelope(error) => envelope(error),
            ClassFileError::Class(error) => Some(class(error)),
        }
    } else if let Some(error) = error.downcast_ref() {
        match error {
            ChangeError::Envelope(error) => envelope(error),
            ChangeError::Policy(_) => Some(USAGE),
            ChangeError::Rows(error) => Some(rows(error)),
            _ => Some(REFUSED),
        }
    } else if let Some(error) = error.downcast_ref() {
        envelope(error)
    } else {
        stream(error.downcast_ref()?)
    }
}

/// What an error says of an encrypted file's header.
fn envelope_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a EnvelopeError> {
    if let Some(AbeFileError::Envelope(error)) = error.downcast_ref() {
        Some(error)
    } else if let Some(DomainFileError::Envelope(error)) = error.downcast_ref() {
        Some(error)
    } else if let Some(ClassFileError::Envelope(error)) = error.downcast_ref() {
        Some(error)
    } else if let Some(ChangeError::Envelope(error)) = error.downcast_ref() {
        Some(error)
    } else {
        error.downcast_ref()
    }
}

/// A disk that fails is nobody's forgery.
const fn envelope(error: &EnvelopeError) -> Option<Meaning> {
    match error {
        EnvelopeError::Io(_) => None,
        EnvelopeError::Payload(error) => stream(error),
        EnvelopeError::OtherScheme { .. } => Some(WRONG_KIND),
        _ => Some(DAMAGED),
    }
}

const fn stream(error: &StreamError) -> Option<Meaning> {
    match error {
        StreamError::Io(_) => None,
        _ => Some(DAMAGED),
    }
}

const fn transform(error: &TransformError) -> Meaning {
    match error {
        TransformError::NotSatisfied { .. } => NOT_SATISFIED,
        TransformError::OtherVersion { .. } | TransformError::OtherGeneration { .. } => OTHER_VERSION,
        TransformError::Rows(error) => rows(error),
    }
}

/// Rows that nobody can compute with, or that do not belong together.
const fn rows(error: &RowsError) -> Meaning {
    match error {
        RowsError::Mismatch | RowsError::Cancelled => NOT_VERIFIED,
        _ => DAMAGED,
    }
}

const fn dispute(error: &DisputeError) -> Meaning {
    match error {
        DisputeError::OtherNode | DisputeError::NoKey { .. } | DisputeError::NoVerdict { .. } => REFUSED,
        DisputeError::Unpublished { .. } => OTHER_VERSION,
        DisputeError::Unusable(error) => rows(error),
        DisputeError::Answer
        | DisputeError::Rows
        | DisputeError::Factor { .. }
        | DisputeError::NoFactor { .. }
        | DisputeError::FalseVerdict { .. }
        | DisputeError::File { .. } => NOT_VERIFIED,
    }
}

const fn opening(error: &KpOpenError) -> Meaning {
    match error {
        KpOpenError::NotSatisfied { .. } => NOT_SATISFIED,
        KpOpenError::OtherVersion { .. } => OTHER_VERSION,
        KpOpenError::Wrong => NOT_VERIFIED,
    }
}

const fn class(error: &ClassError) -> Meaning {
    match error {
        ClassError::UnknownClass { .. } => USAGE,
        ClassError::NotCovered { .. } => NOT_SATISFIED,
        ClassError::Wrong => NOT_VERIFIED,
    }
}

fn abe(error: &(dyn Error + 'static)) -> Option<Meaning> {
    if let Some(error) = error.downcast_ref() {
        Some(transform(error))
    } else if let Some(error) = error.downcast_ref() {
        Some(rows(error))
    } else if let Some(error) = error.downcast_ref() {
        Some(match error {
            RegistrationError::Proof => NOT_VERIFIED,
            RegistrationError::GidLength => USAGE,
        })
    } else if let Some(error) = error.downcast_ref() {
        Some(match error {
            IssueError::ForeignAttribute { .. } => (Exit::Refused, "foreign-attribute"),
            IssueError::SameVersion => USAGE,
        })
    } else if let Some(error) = error.downcast_ref() {
        Some(dispute(error))
    } else if let Some(error) = error.downcast_ref() {
        Some(match error {
            NotAnswered::OtherProver | NotAnswered::OtherVerifier => REFUSED,
            NotAnswered::Unsigned | NotAnswered::Recover(_) => NOT_VERIFIED,
        })
    } else {
        Some(match error.downcast_ref()? {
            SharingError::Threshold { .. } => USAGE,
            SharingError::TooFew { .. } => REFUSED,
            SharingError::Mismatch | SharingError::Divisions { .. } => NOT_VERIFIED,
            SharingError::Issue(_) => (Exit::Refused, "foreign-attribute"),
        })
    }
}

fn others(error: &(dyn Error + 'static)) -> Option<Meaning> {
    if let Some(error) = error.downcast_ref() {
        Some(opening(error))
    } else if let Some(error) = error.downcast_ref() {
        Some(class(error))
    } else if let Some(error) = error.downcast_ref() {
        Some(match error {
            KpIssueError::ForeignLabel { .. } => (Exit::Refused, "foreign-attribute"),
            KpIssueError::TooManyUses { .. } => USAGE,
        })
    } else if let Some(error) = error.downcast_ref() {
        Some(match error {
            ParametersError::ClassCount => USAGE,
            ParametersError::Inconsistent | ParametersError::Transcript => NOT_VERIFIED,
            ParametersError::Full => REFUSED,
        })
    } else {
        Some(match error.downcast_ref()? {
            SignError::NotSatisfied { .. } => NOT_SATISFIED,
            SignError::OtherMediator { .. } => REFUSED,
            SignError::TooLarge => USAGE,
        })
    }
}

/// Errors that mean the same whichever variant they are.
fn always(error: &(dyn Error + 'static)) -> Option<Meaning> {
    let is_usage = error.is::<PolicyError>()
        || error.is::<InvalidName>()
        || error.is::<EncryptError>()
        || error.is::<DirectoryError>()
        || error.is::<KpEncryptError>()
        || error.is::<ClaimError>()
        || error.is::<AggregateKeyError>();
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
