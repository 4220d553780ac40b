use rand::rngs::OsRng;

use super::*;
use crate::hash::sha256;

fn sample() -> String {
    KeyFile::encrypt("requestor", "ab12", b"the secret", b"correct horse", KdfCost::least(), &mut OsRng)
        .unwrap()
        .to_text()
        .to_string()
}

/// What an attacker can do who knows the format: alter the text and fix the checksum.
fn with_new_checksum(text: &str) -> String {
    let body = &text[..text.rfind("checksum: ").unwrap()];
    format!("{body}checksum: {}\n", sha256(body.as_bytes()))
}

#[test]
fn the_right_passphrase_opens_and_header_is_readable_without() {
    let file = KeyFile::parse(&sample()).unwrap();
    assert_eq!((file.kind(), file.public()), ("requestor", "ab12"));
    assert!(file.is_encrypted());
    let payload = file.open("requestor", Some(b"correct horse")).unwrap();
    assert_eq!(payload.as_slice(), b"the secret");
}

#[test]
fn wrong_passphrase_wrong_kind_and_damage_are_told_apart() {
    let text = sample();
    let file = KeyFile::parse(&text).unwrap();
    assert_eq!(file.open("requestor", Some(b"wrong")).unwrap_err(), KeyFileError::WrongPassphrase);
    assert_eq!(file.open("requestor", None).unwrap_err(), KeyFileError::PassphraseNeeded);
    assert!(matches!(file.open("authority", Some(b"correct horse")), Err(KeyFileError::WrongKind { .. })));
    let damaged = text.replacen("ab12", "ab13", 1);
    assert_eq!(KeyFile::parse(&damaged).unwrap_err(), KeyFileError::Damaged);
    assert_eq!(KeyFile::parse("{}").unwrap_err(), KeyFileError::NotAKeyFile);
    assert!(matches!(KeyFile::parse(&text.replacen(": 1", ": 2", 1)), Err(KeyFileError::UnknownVersion { .. })));
}

#[test]
fn a_changed_header_does_not_open_even_with_a_fixed_checksum() {
    for (from, to) in [("ab12", "ab13"), ("requestor", "authority"), ("m=19456", "m=19457")] {
        let forged = with_new_checksum(&sample().replacen(from, to, 1));
        let file = KeyFile::parse(&forged).unwrap();
        assert_eq!(file.open(file.kind(), Some(b"correct horse")).unwrap_err(), KeyFileError::WrongPassphrase);
    }
}

#[test]
fn a_file_cannot_ask_for_unbounded_memory() {
    let sample = sample();
    for parameters in ["m=1048577 t=2 p=1", "m=19456 t=33 p=1", "m=19456 t=2 p=17", "m=1048576 t=5 p=1", "m=0 t=0 p=0"]
    {
        let forged = with_new_checksum(&sample.replacen("m=19456 t=2 p=1", parameters, 1));
        assert_eq!(KeyFile::parse(&forged).unwrap_err(), KeyFileError::KdfOutOfBounds, "{parameters}");
    }
}

#[test]
fn a_file_whose_passphrase_is_cheap_to_guess_is_neither_opened_nor_written() {
    let sample = sample();
    for parameters in ["m=8 t=1 p=1", "m=64 t=1 p=1", "m=19455 t=2 p=1", "m=65536 t=1 p=1", "m=19456 t=2 p=0"] {
        let cheap = with_new_checksum(&sample.replacen("m=19456 t=2 p=1", parameters, 1));
        assert_eq!(KeyFile::parse(&cheap).unwrap_err(), KeyFileError::KdfOutOfBounds, "{parameters}");
    }
    for (memory_kib, passes) in [(64, 1), (19 * 1024 - 1, 2), (19 * 1024, 1)] {
        assert_eq!(KdfCost::new(memory_kib, passes, 1), Err(KeyFileError::KdfOutOfBounds));
    }
    assert_eq!(KdfCost::new(19 * 1024, 2, 1), Ok(KdfCost::least()));
    assert_eq!(KdfCost::new(64 * 1024, 3, 1), Ok(KdfCost::interactive()));
}

#[test]
fn every_flipped_bit_is_noticed() {
    let text = sample();
    let file = KeyFile::parse(&text).unwrap();
    let payload = file.open("requestor", Some(b"correct horse")).unwrap();
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(flipped) = String::from_utf8(bytes) else {
            continue;
        };
        // The last line end is decoration; a letter of the checksum that changes case is caught.
        if let Ok(file) = KeyFile::parse(&flipped) {
            assert_eq!(bit / 8, text.len() - 1);
            assert_eq!(file.open("requestor", Some(b"correct horse")).unwrap(), payload);
        }
    }
}

#[test]
fn plaintext_files_say_so() {
    let file = KeyFile::insecure_plaintext("node", "cd34", b"seed").unwrap();
    let text = file.to_text();
    assert!(text.contains("protection: insecure-plaintext"));
    let parsed = KeyFile::parse(&text).unwrap();
    assert!(!parsed.is_encrypted());
    assert_eq!(parsed.open("node", None).unwrap().as_slice(), b"seed");
    assert_eq!(KeyFile::insecure_plaintext("no\nde", "", b"").unwrap_err(), KeyFileError::InvalidField);
}
