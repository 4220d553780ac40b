//! Records in append-only files.
//!
//! ```text
//! offset  bytes  field
//! 0       4      length n of the payload, big-endian
//! 4       4      first four bytes of SHA-256(length), so that a damaged length is not taken for a record that was cut off
//! 8       n      payload
//! 8 + n   32     SHA-256 of the payload
//! ```
//! A record that ends beyond the end of the file was being written when the power went: it is *torn*. One of which the file has only
//! *zeros* from some byte on, to its end, is what a crash leaves where the length of a file reaches the disk before its bytes, or a disk
//! that lost what it had acknowledged: nothing tells one from the other. One whose checksum does not fit otherwise is *damaged*.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use medshare_crypto::hash::{Hash32, sha256};

/// Bytes before the payload.
pub const HEADER_BYTES: u64 = 8;
/// Bytes after the payload.
pub const TRAILER_BYTES: u64 = Hash32::LEN as u64;
/// Longest payload: a batch with its certificate.
pub const MAX_PAYLOAD_BYTES: usize = 16 * 1024 * 1024;

/// How much is read at once of what may be zeros.
const ZEROS_BLOCK_BYTES: usize = 4096;

/// Whether these bytes are whole records, and nothing else.
#[must_use]
pub fn are_whole(mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let Some((payload, rest)) = first_whole(bytes) else { return false };
        let Some((checksum, rest)) = rest.split_at_checked(Hash32::LEN) else { return false };
        if sha256(payload).as_bytes() != checksum {
            return false;
        }
        bytes = rest;
    }
    true
}

/// The payload of the first record, and what follows it.
fn first_whole(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (check, rest) = rest.split_first_chunk::<4>()?;
    if *check != length_check(*length) {
        return None;
    }
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

/// What stands at an offset of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// A whole record.
    Record {
        /// Its payload; empty when only its length was asked for.
        payload: Vec<u8>,
        /// Where the next record starts.
        next: u64,
    },
    /// The end of the file.
    End,
    /// A record that the file, or what was written of it, ends in the middle of.
    Torn,
    /// A record of which there are only zeros from some byte on, and behind it too, to the end of the file.
    Zeros,
    /// A record whose checksum does not fit.
    Damaged {
        /// Which part.
        reason: &'static str,
        /// Where the next record would start, when the length can be trusted.
        next: Option<u64>,
    },
}

/// How much of a record to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Only its length: to walk over it.
    Length,
    /// Length and payload.
    Payload,
}

/// The record around `payload`, or `None` when it is longer than [`MAX_PAYLOAD_BYTES`].
#[must_use]
pub fn frame(payload: &[u8]) -> Option<Vec<u8>> {
    if payload.len() > MAX_PAYLOAD_BYTES {
        return None;
    }
    let length = u32::try_from(payload.len()).ok()?.to_be_bytes();
    let mut record = Vec::with_capacity(payload.len() + (HEADER_BYTES + TRAILER_BYTES) as usize);
    record.extend_from_slice(&length);
    record.extend_from_slice(&length_check(length));
    record.extend_from_slice(payload);
    record.extend_from_slice(sha256(payload).as_bytes());
    Some(record)
}

/// Reads what stands at `offset` of a file that is `file_bytes` long.
///
/// # Errors
/// When the file cannot be read; what it contains is never an error.
pub fn read_at(file: &File, offset: u64, file_bytes: u64, depth: Depth) -> io::Result<Found> {
    let left = file_bytes.saturating_sub(offset);
    if left == 0 {
        return Ok(Found::End);
    }
    if left < HEADER_BYTES {
        return Ok(Found::Torn);
    }
    let mut header = [0; HEADER_BYTES as usize];
    file.read_exact_at(&mut header, offset)?;
    let [a, b, c, d, check @ ..] = header;
    let length = [a, b, c, d];
    let payload_bytes = u64::from(u32::from_be_bytes(length));
    if check != length_check(length) || payload_bytes > MAX_PAYLOAD_BYTES as u64 {
        let damaged = Found::Damaged { reason: "its length", next: None };
        return or_zeros(file, offset + HEADER_BYTES..file_bytes, damaged);
    }
    let next = offset + HEADER_BYTES + payload_bytes + TRAILER_BYTES;
    if next > file_bytes {
        return Ok(Found::Torn);
    }
    if depth == Depth::Length {
        return Ok(Found::Record { payload: Vec::new(), next });
    }
    let mut payload = vec![0; payload_bytes as usize];
    file.read_exact_at(&mut payload, offset + HEADER_BYTES)?;
    let mut checksum = [0; Hash32::LEN];
    file.read_exact_at(&mut checksum, next - TRAILER_BYTES)?;
    if sha256(&payload).as_bytes() != &checksum {
        let damaged = Found::Damaged { reason: "its payload", next: Some(next) };
        return or_zeros(file, next - TRAILER_BYTES..file_bytes, damaged);
    }
    Ok(Found::Record { payload, next })
}

/// An unsound record, or zeros where nothing else is in this rest of the file. No whole record can stand there: each ends in a hash.
fn or_zeros(file: &File, rest: Range<u64>, damaged: Found) -> io::Result<Found> {
    let mut block = [0; ZEROS_BLOCK_BYTES];
    let mut at = rest.start;
    while at < rest.end {
        let count = (rest.end - at).min(block.len() as u64);
        let bytes = block.get_mut(..count as usize).unwrap_or_default();
        file.read_exact_at(bytes, at)?;
        if bytes.iter().any(|byte| *byte != 0) {
            return Ok(damaged);
        }
        at += count;
    }
    Ok(Found::Zeros)
}

/// The whole records at the start of a file.
#[derive(Debug, Default)]
pub struct Records {
    /// Their payloads.
    pub payloads: Vec<Vec<u8>>,
    /// The offset after the last of them.
    pub end: u64,
    /// Whether zeros follow them to the end of the file, where others may have been.
    pub ends_in_zeros: bool,
}

/// The records of a file up to its end, a torn one, or zeros.
///
/// # Errors
/// When the file cannot be read. Damage that no crash explains is the inner result, in words.
pub fn read_all(file: &File) -> io::Result<Result<Records, String>> {
    let file_bytes = file.metadata()?.len();
    let mut records = Records::default();
    loop {
        match read_at(file, records.end, file_bytes, Depth::Payload)? {
            Found::Record { payload, next } => {
                records.payloads.push(payload);
                records.end = next;
            }
            Found::End | Found::Torn => return Ok(Ok(records)),
            Found::Zeros => return Ok(Ok(Records { ends_in_zeros: true, ..records })),
            Found::Damaged { reason, .. } => {
                return Ok(Err(format!("{reason} at offset {} does not match its checksum", records.end)));
            }
        }
    }
}

fn length_check(length: [u8; 4]) -> [u8; 4] {
    let hash = sha256(&length).to_bytes();
    let [a, b, c, d, ..] = hash;
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::durable;
    use crate::fault::StoreFault;
    use std::io::Write as _;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn a_framed_payload_is_read_back() {
        let record = frame(b"payload").unwrap();
        let file = file_of(&record);
        let end = record.len() as u64;
        let found = read_at(&file, 0, end, Depth::Payload).unwrap();
        assert_eq!(found, Found::Record { payload: b"payload".to_vec(), next: end });
        assert_eq!(read_at(&file, end, end, Depth::Payload).unwrap(), Found::End);
    }

    #[test]
    fn every_cut_is_torn_and_every_flip_is_damage() {
        let record = frame(b"payload").unwrap();
        for cut in 1..record.len() {
            let file = file_of(&record[..cut]);
            assert_eq!(read_at(&file, 0, cut as u64, Depth::Payload).unwrap(), Found::Torn);
        }
        for flip in 0..record.len() {
            let mut bytes = record.clone();
            bytes[flip] ^= 1;
            let found = read_at(&file_of(&bytes), 0, bytes.len() as u64, Depth::Payload).unwrap();
            assert!(matches!(found, Found::Damaged { .. }), "byte {flip}: {found:?}");
        }
    }

    #[test]
    fn only_the_whole_records_that_were_read_are_written_anew() {
        let bytes = [frame(b"payload").unwrap(), frame(b"").unwrap()].concat();
        let path = std::path::Path::new("records");
        let write = |bytes: &[u8]| durable::write_anew(&file_of(bytes), path, 0..bytes.len() as u64, are_whole);
        write(&bytes).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(matches!(write(&other), Err(StoreFault::Damaged { .. })), "byte {at}");
        }
        let first = frame(b"payload").unwrap().len();
        for cut in (1..bytes.len()).filter(|cut| *cut != first) {
            assert!(!are_whole(&bytes[..cut]), "{cut}");
        }
    }

    #[test]
    fn zeros_to_the_end_of_the_file_are_told_from_zeros_before_other_bytes() {
        let record = frame(b"payload").unwrap();
        for written in 0..record.len() - TRAILER_BYTES as usize {
            for zeros in [64, 2 * ZEROS_BLOCK_BYTES] {
                let mut bytes = [&record[..written], &vec![0; zeros]].concat();
                let end = bytes.len() as u64;
                assert_eq!(read_at(&file_of(&bytes), 0, end, Depth::Payload).unwrap(), Found::Zeros, "{written}");
                *bytes.last_mut().unwrap() = 1;
                let found = read_at(&file_of(&bytes), 0, end, Depth::Payload).unwrap();
                assert!(matches!(found, Found::Damaged { .. }), "{written}: {found:?}");
            }
        }
        for (zeros, ends_in_zeros) in [(0, false), (7, false), (8, true), (100, true)] {
            let records = read_all(&file_of(&[&record[..], &vec![0; zeros]].concat())).unwrap().unwrap();
            assert_eq!((records.payloads.len(), records.ends_in_zeros), (1, ends_in_zeros), "{zeros}");
        }
        let bytes = [&record[..], &[0; 100], &record].concat();
        let damaged = read_at(&file_of(&bytes), record.len() as u64, bytes.len() as u64, Depth::Payload).unwrap();
        assert!(matches!(damaged, Found::Damaged { .. }), "{damaged:?}");
    }

    #[test]
    fn a_payload_over_the_limit_is_not_framed() {
        assert!(frame(&vec![0; MAX_PAYLOAD_BYTES + 1]).is_none());
    }
}
