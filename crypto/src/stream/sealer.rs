//! The sealing half of [`crate::stream`].

use std::io::{ErrorKind, Read, Write};

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::{DataKey, PREFIX_LEN, SEALED_SEGMENT_LEN, SEGMENT_LEN, SegmentCipher, StreamError, sealed_len};
use crate::hash::Hash32;

/// Seals one payload segment by segment. Write [`StreamSealer::prefix`] first, then every sealed segment.
#[derive(Debug)]
pub struct StreamSealer {
    cipher: SegmentCipher,
    next: Option<u32>,
}

impl StreamSealer {
    /// Starts a payload under a fresh nonce prefix.
    ///
    /// # Errors
    /// Never with a key of the right length; the signature follows the cipher's.
    pub fn new(key: &DataKey, header_hash: Hash32, rng: &mut (impl CryptoRng + RngCore)) -> Result<Self, StreamError> {
        let mut prefix = [0; PREFIX_LEN];
        rng.fill_bytes(&mut prefix);
        Ok(Self { cipher: SegmentCipher::new(key, header_hash, prefix)?, next: Some(0) })
    }

    /// What comes before the first segment.
    #[must_use]
    pub fn prefix(&self) -> [u8; PREFIX_LEN] {
        self.cipher.prefix
    }

    /// Turns a full segment's plaintext into its sealed form, in place, the tag appended.
    ///
    /// # Errors
    /// When the segment is not full, or is one too many.
    pub fn seal_segment(&mut self, segment: &mut Vec<u8>) -> Result<(), StreamError> {
        if segment.len() != SEGMENT_LEN {
            return Err(StreamError::SegmentRule);
        }
        let number = self.next.ok_or(StreamError::SegmentRule)?;
        self.next = number.checked_add(1);
        self.seal_as(number, false, segment)
    }

    /// Seals the last segment and ends the payload. It is empty only if it is the first as well.
    ///
    /// # Errors
    /// When the segment is too long, or empty after others.
    pub fn seal_last(self, segment: &mut Vec<u8>) -> Result<(), StreamError> {
        let number = self.next.ok_or(StreamError::SegmentRule)?;
        if segment.len() > SEGMENT_LEN || (segment.is_empty() && number != 0) {
            return Err(StreamError::SegmentRule);
        }
        self.seal_as(number, true, segment)
    }

    pub(super) fn seal_as(&self, number: u32, last: bool, segment: &mut Vec<u8>) -> Result<(), StreamError> {
        let nonce = self.cipher.nonce(number, last);
        self.cipher
            .key
            .seal_in_place_append_tag(nonce, self.cipher.aad(), segment)
            .map_err(|_| StreamError::SegmentRule)
    }
}

/// Seals a payload that is in memory.
///
/// # Errors
/// When it has more than 2^32 segments.
pub fn seal_all(
    key: &DataKey,
    header_hash: Hash32,
    plaintext: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Vec<u8>, StreamError> {
    let capacity = usize::try_from(sealed_len(plaintext.len() as u64)).unwrap_or_default();
    let mut sealed = Vec::with_capacity(capacity);
    let mut reader = plaintext;
    seal_stream(key, header_hash, &mut reader, &mut sealed, rng)?;
    Ok(sealed)
}

/// Seals everything that `reader` gives into `writer`, in constant memory, and returns the plaintext's length.
///
/// # Errors
/// When reading or writing fails.
pub fn seal_stream(
    key: &DataKey,
    header_hash: Hash32,
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<u64, StreamError> {
    let mut sealer = StreamSealer::new(key, header_hash, rng)?;
    writer.write_all(&sealer.prefix())?;
    // One segment of look-ahead: whether a segment is the last shows only when the next is empty.
    let mut current = Zeroizing::new(Vec::with_capacity(SEALED_SEGMENT_LEN));
    let mut following = Zeroizing::new(Vec::with_capacity(SEALED_SEGMENT_LEN));
    let mut total = read_segment(reader, &mut current, SEGMENT_LEN)?;
    loop {
        let read = if current.len() < SEGMENT_LEN { 0 } else { read_segment(reader, &mut following, SEGMENT_LEN)? };
        if read == 0 {
            sealer.seal_last(&mut current)?;
            writer.write_all(&current)?;
            return Ok(total as u64);
        }
        total += read;
        sealer.seal_segment(&mut current)?;
        writer.write_all(&current)?;
        core::mem::swap(&mut current, &mut following);
    }
}

/// Fills `segment` with up to `limit` bytes; fewer only at the end of the input.
pub(super) fn read_segment(
    reader: &mut impl Read,
    segment: &mut Vec<u8>,
    limit: usize,
) -> Result<usize, std::io::Error> {
    segment.resize(limit, 0);
    let mut filled = 0;
    while let Some(space) = segment.get_mut(filled..).filter(|space| !space.is_empty()) {
        match reader.read(space) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    segment.truncate(filled);
    Ok(filled)
}
