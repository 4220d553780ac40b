//! Authenticated encryption of payloads of any size, in segments that open on their own.
//!
//! STREAM of Hoang–Reyhanitabar–Rogaway–Vizár (CRYPTO 2015) over AES-256-GCM (`ring`), in the form that `age` and Tink use:
//! `nonce = prefix (7) ‖ segment number (u32) ‖ last flag (u8)`. The additional data of every segment is the hash of the
//! header, so a segment opens under its own header only. Departure: random access to segment i, once the total length is known.
//!
//! Layout: `prefix (7) ‖ segment*`, a segment being up to 64 KiB of ciphertext and a tag of 16 bytes. All but the last are
//! full; the last is empty only when the payload is. nOAE security as long as a key's prefixes do not repeat: a data key
//! seals few payloads, its prefix is random. The payload's length shows.

mod opener;
mod sealer;
mod writer;

use core::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::hash::Hash32;
use crate::secret::Secret32;

pub use opener::{StreamOpener, open_all, open_stream};
pub use sealer::{StreamSealer, seal_all, seal_stream};
pub use writer::SealingWriter;

/// Plaintext bytes in a full segment.
pub const SEGMENT_LEN: usize = 64 * 1024;
/// Bytes of an authentication tag.
pub const TAG_LEN: usize = 16;
/// Bytes of a full segment as stored.
pub const SEALED_SEGMENT_LEN: usize = SEGMENT_LEN + TAG_LEN;
/// Bytes of the random nonce prefix in front of the segments.
pub const PREFIX_LEN: usize = 7;

const _: () = assert!(PREFIX_LEN + 4 + 1 == NONCE_LEN);

/// The key of one payload; wiped when dropped.
#[derive(Debug, zeroize::ZeroizeOnDrop)]
pub struct DataKey(Secret32);

impl DataKey {
    /// Takes over the key's bytes.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(Secret32::from_bytes(bytes))
    }

    /// The key's bytes, for wrapping them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

/// Why a payload could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The stored length is not that of any payload: cut off or extended.
    #[error("the payload is cut off or has bytes added: {len} bytes is not a possible length")]
    ImpossibleLength {
        /// The stored length.
        len: u64,
    },
    /// A segment does not belong here, under this key and header.
    #[error("segment {segment} of the payload is damaged, misplaced, or belongs to something else")]
    Segment {
        /// Its number, from 0.
        segment: u64,
    },
    /// No such segment.
    #[error("the payload has no segment {segment}")]
    NoSuchSegment {
        /// The number asked for.
        segment: u64,
    },
    /// More than 2^32 segments, or a segment of the wrong length handed in.
    #[error("a payload segment must be full unless it is the last, and there can be 2^32 of them")]
    SegmentRule,
    /// Reading or writing failed.
    #[error("reading or writing the payload failed")]
    Io(#[from] std::io::Error),
}

/// How many bytes a payload of `plaintext_len` bytes takes when sealed.
#[must_use]
pub const fn sealed_len(plaintext_len: u64) -> u64 {
    let full = plaintext_len.div_ceil(SEGMENT_LEN as u64);
    let segments = if full == 0 { 1 } else { full };
    PREFIX_LEN as u64 + plaintext_len + segments * TAG_LEN as u64
}

/// The length of the payload inside `sealed_len` stored bytes.
///
/// # Errors
/// When no payload has that length.
pub const fn plaintext_len(sealed_len: u64) -> Result<u64, StreamError> {
    let impossible = StreamError::ImpossibleLength { len: sealed_len };
    let Some(body) = sealed_len.checked_sub(PREFIX_LEN as u64) else {
        return Err(impossible);
    };
    let full = body / SEALED_SEGMENT_LEN as u64;
    let rest = body % SEALED_SEGMENT_LEN as u64;
    let whole_segments = full > 0 && rest == 0;
    let last_has_data = rest > TAG_LEN as u64;
    let only_empty = full == 0 && rest == TAG_LEN as u64;
    if whole_segments {
        Ok(full * SEGMENT_LEN as u64)
    } else if last_has_data || only_empty {
        Ok(full * SEGMENT_LEN as u64 + rest - TAG_LEN as u64)
    } else {
        Err(impossible)
    }
}

/// AES-256-GCM with what every segment of one payload has in common.
struct SegmentCipher {
    key: LessSafeKey,
    prefix: [u8; PREFIX_LEN],
    header_hash: Hash32,
}

impl SegmentCipher {
    fn new(key: &DataKey, header_hash: Hash32, prefix: [u8; PREFIX_LEN]) -> Result<Self, StreamError> {
        let key = UnboundKey::new(&AES_256_GCM, key.expose()).map_err(|_| StreamError::SegmentRule)?;
        Ok(Self { key: LessSafeKey::new(key), prefix, header_hash })
    }

    fn nonce(&self, segment: u32, last: bool) -> Nonce {
        let [p0, p1, p2, p3, p4, p5, p6] = self.prefix;
        let [c0, c1, c2, c3] = segment.to_be_bytes();
        Nonce::assume_unique_for_key([p0, p1, p2, p3, p4, p5, p6, c0, c1, c2, c3, u8::from(last)])
    }

    fn aad(&self) -> Aad<&[u8; 32]> {
        Aad::from(self.header_hash.as_bytes())
    }
}

impl fmt::Debug for SegmentCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SegmentCipher(…)")
    }
}

#[cfg(test)]
mod tests;
