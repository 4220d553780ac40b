//! Canonical bytes of everything that is hashed, signed or stored.
//!
//! One configuration of `bincode` 2: fixed-width integers, big-endian, a length limit. Decoding consumes the whole
//! input and encodes the value again to compare, so that every value has exactly one encoding. Lengths are 64-bit
//! counts before their elements; an enum is a 32-bit tag before its fields. No type here holds an unordered map
//! or a sequence of zero-sized elements.

use bincode::config::{BigEndian, Configuration, Fixint};
use bincode::error::DecodeError;

/// Bound of one decoded value in bytes: a full batch with its framing.
pub const MAX_DECODED_BYTES: usize = 8 * 1024 * 1024;

const CONFIG: Configuration<BigEndian, Fixint> =
    bincode::config::standard().with_big_endian().with_fixed_int_encoding();

/// What can be encoded canonically. Implemented for every type that derives bincode's `Encode` and `Decode`.
pub trait Canonical: bincode::Encode + bincode::Decode<()> {}
impl<T: bincode::Encode + bincode::Decode<()>> Canonical for T {}

/// Why bytes are not the canonical encoding of a value.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum CodecError {
    /// The bytes do not have the expected shape.
    #[error("malformed bytes: {reason}")]
    Malformed {
        /// What does not fit.
        reason: &'static str,
    },
    /// Bytes follow the value.
    #[error("{count} bytes follow the value")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// The value has another, canonical encoding.
    #[error("the encoding is not canonical")]
    NotCanonical,
    /// The input exceeds its bound.
    #[error("{actual} bytes, at most {max} are accepted")]
    TooLong {
        /// The bound.
        max: usize,
        /// Length of the input.
        actual: usize,
    },
}

/// The canonical bytes of `value`.
///
/// # Panics
/// Never for the types of this workspace: their encoders cannot fail when writing to memory.
#[must_use]
#[expect(clippy::expect_used, reason = "encoding to memory fails only for types that this workspace does not have")]
pub fn encode<T: bincode::Encode>(value: &T) -> Vec<u8> {
    bincode::encode_to_vec(value, CONFIG).expect("encoding to memory cannot fail")
}

/// The value whose canonical encoding is exactly `bytes`, which are at most [`MAX_DECODED_BYTES`].
///
/// # Errors
/// [`CodecError`] when the bytes are too long, malformed, followed by others, or not canonical.
pub fn decode<T: Canonical>(bytes: &[u8]) -> Result<T, CodecError> {
    decode_up_to::<T, MAX_DECODED_BYTES>(bytes)
}

/// The value whose canonical encoding is exactly `bytes`, which are at most `MAX`.
///
/// # Errors
/// [`CodecError`] when the bytes are too long, malformed, followed by others, or not canonical.
pub fn decode_up_to<T: Canonical, const MAX: usize>(bytes: &[u8]) -> Result<T, CodecError> {
    if bytes.len() > MAX {
        return Err(CodecError::TooLong { max: MAX, actual: bytes.len() });
    }
    let (value, read) = decode_first::<T, MAX>(bytes)?;
    match bytes.len() - read {
        0 => Ok(value),
        count => Err(CodecError::TrailingBytes { count }),
    }
}

/// The value with whose canonical encoding, of at most `MAX` bytes, `bytes` begin, and the length of that.
///
/// # Errors
/// [`CodecError`] when they begin otherwise.
pub fn decode_first<T: Canonical, const MAX: usize>(bytes: &[u8]) -> Result<(T, usize), CodecError> {
    let (value, read) = bincode::decode_from_slice::<T, _>(bytes, CONFIG.with_limit::<MAX>())
        .map_err(|e| CodecError::Malformed { reason: reason(&e) })?;
    if bytes.get(..read) != Some(&encode(&value)) {
        return Err(CodecError::NotCanonical);
    }
    Ok((value, read))
}

/// What the decoder found, in words that say nothing of types.
fn reason(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::UnexpectedEnd { .. } => "they end too early",
        DecodeError::UnexpectedVariant { .. } => "a kind that is not known",
        DecodeError::LimitExceeded => "a length beyond the limit",
        DecodeError::Utf8 { .. } => "text that is not UTF-8",
        DecodeError::InvalidBooleanValue(_) => "a truth value that is neither 0 nor 1",
        _ => "not of the expected form",
    }
}
