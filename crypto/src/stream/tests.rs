use rand::RngCore as _;
use rand::rngs::OsRng;

use super::*;
use crate::hash::sha256;

fn key(byte: u8) -> DataKey {
    DataKey::from_bytes(Zeroizing::new([byte; 32]))
}

fn payload(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

const LENGTHS: [usize; 7] =
    [0, 1, SEGMENT_LEN - 1, SEGMENT_LEN, SEGMENT_LEN + 1, 2 * SEGMENT_LEN, 3 * SEGMENT_LEN + 77];

#[test]
fn payloads_of_every_shape_come_back() {
    for len in LENGTHS {
        let plaintext = payload(len);
        let sealed = seal_all(&key(1), sha256(b"h"), &plaintext, &mut OsRng).unwrap();
        assert_eq!(sealed.len() as u64, sealed_len(len as u64));
        assert_eq!(plaintext_len(sealed.len() as u64).unwrap(), len as u64);
        let opened = open_all(&key(1), sha256(b"h"), &sealed).unwrap();
        assert_eq!(*opened, plaintext);
    }
}

#[test]
fn any_segment_opens_alone() {
    let plaintext = payload(3 * SEGMENT_LEN + 77);
    let sealed = seal_all(&key(1), sha256(b"h"), &plaintext, &mut OsRng).unwrap();
    let prefix = sealed[..PREFIX_LEN].try_into().unwrap();
    let opener = StreamOpener::new(&key(1), sha256(b"h"), prefix, sealed.len() as u64).unwrap();
    assert_eq!(opener.segment_count(), 4);
    for segment in (0..4).rev() {
        let range = opener.segment_range(segment).unwrap();
        let mut bytes = sealed[range.start as usize..range.end as usize].to_vec();
        let start = segment as usize * SEGMENT_LEN;
        let end = plaintext.len().min(start + SEGMENT_LEN);
        assert_eq!(opener.open_segment(segment, &mut bytes).unwrap(), &plaintext[start..end]);
        let mut bytes = sealed[range.start as usize..range.end as usize].to_vec();
        assert!(opener.open_segment((segment + 1) % 4, &mut bytes).is_err());
    }
    assert!(matches!(opener.segment_range(4), Err(StreamError::NoSuchSegment { segment: 4 })));
}

#[test]
fn truncated_swapped_and_extended_payloads_are_refused() {
    let sealed = seal_all(&key(1), sha256(b"h"), &payload(2 * SEGMENT_LEN + 5), &mut OsRng).unwrap();
    let refused = |bytes: &[u8]| open_all(&key(1), sha256(b"h"), bytes).is_err();
    let second = PREFIX_LEN + SEALED_SEGMENT_LEN;
    let third = second + SEALED_SEGMENT_LEN;
    for len in [0, 3, 7, 20, 23, second, second + 16, third, third + 16, sealed.len() - 1] {
        assert!(refused(&sealed[..len]), "cut to {len}");
    }
    let mut swapped = sealed.clone();
    swapped[PREFIX_LEN..third].rotate_left(SEALED_SEGMENT_LEN);
    assert!(refused(&swapped));
    let mut extended = sealed.clone();
    extended.push(0);
    assert!(refused(&extended));
    let mut repeated = sealed.clone();
    repeated.extend_from_slice(&sealed[third..]);
    assert!(refused(&repeated));
    let mut without_middle = sealed[..second].to_vec();
    without_middle.extend_from_slice(&sealed[third..]);
    assert!(refused(&without_middle));
}

#[test]
fn other_key_header_or_bit_is_refused() {
    let sealed = seal_all(&key(1), sha256(b"h"), b"hello", &mut OsRng).unwrap();
    assert!(open_all(&key(2), sha256(b"h"), &sealed).is_err());
    assert!(open_all(&key(1), sha256(b"g"), &sealed).is_err());
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(open_all(&key(1), sha256(b"h"), &flipped).is_err());
    }
}

#[test]
fn an_empty_last_segment_after_a_full_one_is_refused_by_both_halves() {
    let mut sealer = StreamSealer::new(&key(1), sha256(b"h"), &mut OsRng).unwrap();
    let mut bytes = sealer.prefix().to_vec();
    let mut first = payload(SEGMENT_LEN);
    sealer.seal_segment(&mut first).unwrap();
    bytes.extend_from_slice(&first);
    let mut empty = Vec::new();
    sealer.seal_as_for_test(1, &mut empty);
    bytes.extend_from_slice(&empty);
    assert!(open_all(&key(1), sha256(b"h"), &bytes).is_err());
    let mut reader = bytes.as_slice();
    assert!(open_stream(&key(1), sha256(b"h"), &mut reader, &mut Vec::new()).is_err());
    assert!(matches!(sealer.seal_last(&mut Vec::new()), Err(StreamError::SegmentRule)));
}

impl StreamSealer {
    /// Seals without the rules, as an attacker who has the key would.
    fn seal_as_for_test(&self, number: u32, segment: &mut Vec<u8>) {
        self.seal_as(number, true, segment).unwrap();
    }
}

#[test]
fn what_is_written_in_pieces_opens_like_what_is_sealed_at_once() {
    use std::io::Write as _;
    for len in LENGTHS {
        let plaintext = payload(len);
        for piece in [1_000, SEGMENT_LEN, SEGMENT_LEN + 1, 1 << 20] {
            let mut sealed = Vec::new();
            let mut writer = SealingWriter::new(&key(1), sha256(b"h"), &mut sealed, &mut OsRng).unwrap();
            for chunk in plaintext.chunks(piece) {
                writer.write_all(chunk).unwrap();
            }
            writer.finish().unwrap();
            assert_eq!(*open_all(&key(1), sha256(b"h"), &sealed).unwrap(), plaintext);
        }
    }
}
