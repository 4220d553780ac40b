//! The opening half of [`crate::stream`].

use core::ops::Range;
use std::io::{Read, Write};

use zeroize::Zeroizing;

use super::sealer::read_segment;
use super::{DataKey, PREFIX_LEN, SEALED_SEGMENT_LEN, SEGMENT_LEN, SegmentCipher, StreamError, plaintext_len};
use crate::hash::Hash32;

/// Opens any segment of one payload whose stored length is known.
#[derive(Debug)]
pub struct StreamOpener {
    cipher: SegmentCipher,
    sealed_len: u64,
    plaintext_len: u64,
    segments: u64,
}

impl StreamOpener {
    /// Prepares to open a payload of `sealed_len` stored bytes that begin with `prefix`.
    ///
    /// # Errors
    /// When no payload has that length.
    pub fn new(
        key: &DataKey,
        header_hash: Hash32,
        prefix: [u8; PREFIX_LEN],
        sealed_len: u64,
    ) -> Result<Self, StreamError> {
        let plaintext_len = plaintext_len(sealed_len)?;
        Ok(Self {
            cipher: SegmentCipher::new(key, header_hash, prefix)?,
            sealed_len,
            plaintext_len,
            segments: plaintext_len.div_ceil(SEGMENT_LEN as u64).max(1),
        })
    }

    /// Length of the payload.
    #[must_use]
    pub fn plaintext_len(&self) -> u64 {
        self.plaintext_len
    }

    /// Number of segments, at least 1.
    #[must_use]
    pub fn segment_count(&self) -> u64 {
        self.segments
    }

    /// Where segment `segment` is among the stored bytes.
    ///
    /// # Errors
    /// When there is no such segment.
    pub fn segment_range(&self, segment: u64) -> Result<Range<u64>, StreamError> {
        if segment >= self.segments {
            return Err(StreamError::NoSuchSegment { segment });
        }
        let start = PREFIX_LEN as u64 + segment * SEALED_SEGMENT_LEN as u64;
        Ok(start..self.sealed_len.min(start + SEALED_SEGMENT_LEN as u64))
    }

    /// Opens segment `segment` in place; `bytes` are exactly those of [`StreamOpener::segment_range`].
    ///
    /// # Errors
    /// When the bytes are not that segment.
    pub fn open_segment<'a>(&self, segment: u64, bytes: &'a mut [u8]) -> Result<&'a mut [u8], StreamError> {
        let range = self.segment_range(segment)?;
        let last = segment + 1 == self.segments;
        if bytes.len() as u64 != range.end - range.start {
            return Err(StreamError::Segment { segment });
        }
        open_segment(&self.cipher, segment, last, bytes)
    }
}

/// Opens a payload that is in memory.
///
/// # Errors
/// When anything of it was changed, or the key or the header is another one.
pub fn open_all(key: &DataKey, header_hash: Hash32, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StreamError> {
    let expected = plaintext_len(sealed.len() as u64)?;
    let mut plaintext = Zeroizing::new(Vec::with_capacity(usize::try_from(expected).unwrap_or_default()));
    let mut reader = sealed;
    open_stream(key, header_hash, &mut reader, &mut *plaintext)?;
    Ok(plaintext)
}

/// Opens everything that `reader` gives into `writer`, in constant memory, and returns the plaintext's length.
///
/// Each segment is authentic when it is written, but only `Ok` says that the payload is complete: discard the output otherwise.
///
/// # Errors
/// When anything was changed, cut off or added, or reading or writing fails.
pub fn open_stream(
    key: &DataKey,
    header_hash: Hash32,
    reader: &mut impl Read,
    writer: &mut impl Write,
) -> Result<u64, StreamError> {
    let mut prefix = Vec::new();
    read_segment(reader, &mut prefix, PREFIX_LEN)?;
    let prefix =
        prefix.try_into().map_err(|short: Vec<u8>| StreamError::ImpossibleLength { len: short.len() as u64 })?;
    let cipher = SegmentCipher::new(key, header_hash, prefix)?;
    let mut current = Zeroizing::new(Vec::with_capacity(SEALED_SEGMENT_LEN));
    let mut following = Zeroizing::new(Vec::with_capacity(SEALED_SEGMENT_LEN));
    read_segment(reader, &mut current, SEALED_SEGMENT_LEN)?;
    let (mut segment, mut total) = (0, 0);
    loop {
        let read = read_segment(reader, &mut following, SEALED_SEGMENT_LEN)?;
        let last = read == 0;
        let plaintext = open_segment(&cipher, segment, last, &mut current)?;
        if plaintext.is_empty() && segment > 0 {
            return Err(StreamError::Segment { segment });
        }
        writer.write_all(plaintext)?;
        total += plaintext.len() as u64;
        if last {
            return Ok(total);
        }
        segment += 1;
        core::mem::swap(&mut current, &mut following);
    }
}

fn open_segment<'a>(
    cipher: &SegmentCipher,
    segment: u64,
    last: bool,
    bytes: &'a mut [u8],
) -> Result<&'a mut [u8], StreamError> {
    let number = u32::try_from(segment).map_err(|_| StreamError::NoSuchSegment { segment })?;
    cipher
        .key
        .open_in_place(cipher.nonce(number, last), cipher.aad(), bytes)
        .map_err(|_| StreamError::Segment { segment })
}
