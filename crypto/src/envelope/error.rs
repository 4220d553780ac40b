//! Why an envelope cannot be read or written, in the words of the commands that make them.

use std::io::ErrorKind;

use super::{Capsule, MAGIC_LEN, MAX_HEADER_LEN};
use crate::encoding::DecodeError;
use crate::stream::StreamError;

/// Magic and command of every scheme that encrypts files.
const SCHEMES: [(&[u8; MAGIC_LEN], &str); 3] =
    [(b"medshare-abe", "medshare abe"), (b"medshare-dom", "medshare domain"), (b"medshare-cls", "medshare aggregate")];

/// Why a file cannot be read or written, whatever its scheme.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not an encrypted file.
    #[error("this is not a file that was encrypted with {command}")]
    Foreign {
        /// The command that makes such files.
        command: &'static str,
    },
    /// A file of another scheme.
    #[error("this file was encrypted with {found}, not with {command}")]
    OtherScheme {
        /// The command that made the file.
        found: &'static str,
        /// The command that was asked to read it.
        command: &'static str,
    },
    /// A newer format.
    #[error("the file has format {found}, and this software reads formats up to {newest}")]
    UnknownVersion {
        /// The format that the file states.
        found: u8,
        /// The newest format of its scheme.
        newest: u8,
    },
    /// The header is damaged.
    #[error("the file's header is damaged")]
    Header(#[from] DecodeError),
    /// The header is not all there.
    #[error("the file ends within its header: it was cut off")]
    CutOff,
    /// The header is longer than any that this software writes.
    #[error("the file's header is damaged: it claims to be longer than {MAX_HEADER_LEN} bytes")]
    HeaderTooLong,
    /// The wrapped key is not the one that the header commits to.
    #[error("the file's header was altered")]
    Altered,
    /// The payload does not open.
    #[error(transparent)]
    Payload(#[from] StreamError),
    /// Reading or writing failed.
    #[error("reading or writing failed")]
    Io(#[from] std::io::Error),
}

fn command_of(magic: &[u8; MAGIC_LEN]) -> Option<&'static str> {
    SCHEMES.into_iter().find_map(|(known, command)| (known == magic).then_some(command))
}

/// A file whose magic is not the scheme's.
pub(super) fn foreign<C: Capsule>(magic: &[u8; MAGIC_LEN]) -> EnvelopeError {
    let command = command_of(C::MAGIC).unwrap_or("medshare");
    match command_of(magic) {
        Some(found) => EnvelopeError::OtherScheme { found, command },
        None => EnvelopeError::Foreign { command },
    }
}

/// A file that ends before `short` says so; other failures are the disk's.
pub(super) fn at_end(error: std::io::Error, short: EnvelopeError) -> EnvelopeError {
    if error.kind() == ErrorKind::UnexpectedEof { short } else { EnvelopeError::Io(error) }
}
