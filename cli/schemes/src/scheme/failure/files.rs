//! What errors about encrypted files mean.

use std::error::Error;

use medshare_crypto::abe_file::{AbeFileError, ChangeError, OwnerError};
use medshare_crypto::class_file::ClassFileError;
use medshare_crypto::domain_file::DomainFileError;
use medshare_crypto::envelope::EnvelopeError;
use medshare_crypto::stream::StreamError;

use super::schemes::{class, opening, rows, transform};
use super::{DAMAGED, Meaning, NOT_VERIFIED, REFUSED, USAGE, WRONG_KIND};

/// Encrypted files of every scheme.
pub(super) fn file(error: &(dyn Error + 'static)) -> Option<Meaning> {
    if let Some(error) = error.downcast_ref() {
        match error {
            AbeFileError::Envelope(error) => envelope(error),
            AbeFileError::Owner(_) => Some(NOT_VERIFIED),
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
    } else if error.is::<OwnerError>() {
        Some(NOT_VERIFIED)
    } else {
        stream(error.downcast_ref()?)
    }
}

/// What an error says of whose file it is.
pub(super) fn owner_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a OwnerError> {
    match error.downcast_ref() {
        Some(AbeFileError::Owner(error)) => Some(error),
        _ => error.downcast_ref(),
    }
}

/// What an error says of an encrypted file's header.
pub(super) fn envelope_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a EnvelopeError> {
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
