//! What errors of the schemes mean.

use std::error::Error;

use medshare_cli_terminal::Exit;
use medshare_crypto::abe::{
    DisputeError, IssueError, NotAnswered, RegistrationError, RowsError, SharingError, TransformError,
};
use medshare_crypto::attribute_signature::SignError;
use medshare_crypto::key_aggregate::{ClassError, ParametersError};
use medshare_crypto::kp_abe::{KpIssueError, KpOpenError};

use super::{DAMAGED, Meaning, NOT_SATISFIED, NOT_VERIFIED, OTHER_VERSION, REFUSED, USAGE};

pub(super) const fn transform(error: &TransformError) -> Meaning {
    match error {
        TransformError::NotSatisfied { .. } => NOT_SATISFIED,
        TransformError::OtherVersion { .. } | TransformError::OtherGeneration { .. } => OTHER_VERSION,
        TransformError::Rows(error) => rows(error),
    }
}

/// Rows that nobody can compute with, or that do not belong together.
pub(super) const fn rows(error: &RowsError) -> Meaning {
    match error {
        RowsError::Mismatch | RowsError::Cancelled => NOT_VERIFIED,
        _ => DAMAGED,
    }
}

const fn dispute(error: &DisputeError) -> Meaning {
    match error {
        DisputeError::OtherNode
        | DisputeError::OtherKeys
        | DisputeError::NoKey { .. }
        | DisputeError::NoVerdict { .. } => REFUSED,
        DisputeError::Unpublished { .. } => OTHER_VERSION,
        DisputeError::Unusable(error) => rows(error),
        DisputeError::Answer
        | DisputeError::Rows
        | DisputeError::Factor { .. }
        | DisputeError::NoFactor { .. }
        | DisputeError::FalseVerdict { .. }
        | DisputeError::TwoKeys { .. }
        | DisputeError::OtherPublic { .. }
        | DisputeError::File { .. }
        | DisputeError::Moved { .. } => NOT_VERIFIED,
    }
}

pub(super) const fn opening(error: &KpOpenError) -> Meaning {
    match error {
        KpOpenError::NotSatisfied { .. } => NOT_SATISFIED,
        KpOpenError::OtherVersion { .. } => OTHER_VERSION,
        KpOpenError::Wrong => NOT_VERIFIED,
    }
}

pub(super) const fn class(error: &ClassError) -> Meaning {
    match error {
        ClassError::UnknownClass { .. } => USAGE,
        ClassError::NotCovered { .. } => NOT_SATISFIED,
        ClassError::Wrong => NOT_VERIFIED,
    }
}

pub(super) fn abe(error: &(dyn Error + 'static)) -> Option<Meaning> {
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
            SharingError::Mismatch | SharingError::Needed { .. } | SharingError::Divisions { .. } => NOT_VERIFIED,
            SharingError::Issue(_) => (Exit::Refused, "foreign-attribute"),
        })
    }
}

pub(super) fn others(error: &(dyn Error + 'static)) -> Option<Meaning> {
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
