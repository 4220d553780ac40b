//! Sealing one GiB, beside the cipher alone.

use std::io::{Read, sink};

use medshare_crypto::hash::sha256;
use medshare_crypto::stream::{DataKey, SEGMENT_LEN, open_stream, seal_stream};
use rand::rngs::OsRng;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::measure::{Results, processor_seconds};

const GIB: u64 = 1 << 30;
/// A run takes a second: three, and one of opening.
const SEAL_RUNS: usize = 3;
const SEGMENTS: u64 = GIB / SEGMENT_LEN as u64;

/// Peak resident memory so far, in MB; 0 where the system does not tell.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn raw_seconds() -> f64 {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
    let mut segment = vec![0_u8; SEGMENT_LEN];
    let start = processor_seconds();
    for number in 0..SEGMENTS {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&number.to_be_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut segment);
        let _ = std::hint::black_box(tag.unwrap());
    }
    processor_seconds() - start
}

pub fn seal(results: &mut Results) {
    let key = DataKey::from_bytes(Zeroizing::new([7; 32]));
    let before = peak_mb();
    let (mut sealed, mut raw) = (f64::MAX, f64::MAX);
    for _ in 0..SEAL_RUNS {
        raw = raw.min(raw_seconds());
        let start = processor_seconds();
        let mut source = std::io::repeat(0).take(GIB);
        seal_stream(&key, sha256(b"h"), &mut source, &mut sink(), &mut OsRng).unwrap();
        sealed = sealed.min(processor_seconds() - start);
    }
    let mut small = Vec::new();
    let mut source = std::io::repeat(0).take(GIB / 8);
    results.add_of(1, "medshare", "seal_memory_growth", 0, peak_mb() - before, "MB");
    seal_stream(&key, sha256(b"h"), &mut source, &mut small, &mut OsRng).unwrap();
    let start = processor_seconds();
    open_stream(&key, sha256(b"h"), &mut small.as_slice(), &mut sink()).unwrap();
    let opened = 8.0 * (processor_seconds() - start);
    results.add_of(SEAL_RUNS, "medshare", "seal_1gib", 0, sealed * 1e3, "ms");
    results.add_of(1, "medshare", "open_1gib", 0, opened * 1e3, "ms");
    results.add_of(SEAL_RUNS, "floor", "seal_1gib", 0, raw * 1e3, "ms");
}
