use rand::rngs::OsRng;

use super::*;

#[test]
fn sealed_bytes_open_with_the_right_key_and_context_only() {
    let key = SealingSecretKey::generate(&mut OsRng);
    let sealed = seal(&key.public_key(), b"info", b"aad", b"secret", &mut OsRng).unwrap();
    assert_eq!(open(&key, b"info", b"aad", &sealed).unwrap().as_slice(), b"secret");
    assert!(open(&key, b"other", b"aad", &sealed).is_err());
    assert!(open(&key, b"info", b"other", &sealed).is_err());
    let stranger = SealingSecretKey::generate(&mut OsRng);
    assert!(open(&stranger, b"info", b"aad", &sealed).is_err());
}

#[test]
fn every_flipped_bit_and_every_truncation_is_refused() {
    let key = SealingSecretKey::generate(&mut OsRng);
    let sealed = seal(&key.public_key(), b"", b"", b"x", &mut OsRng).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // RFC 7748 ignores the top bit of a coordinate, but HPKE hashes the encapsulation as it came.
        assert!(open(&key, b"", b"", &flipped).is_err(), "bit {bit}");
    }
    for len in 0..sealed.len() {
        assert!(open(&key, b"", b"", &sealed[..len]).is_err());
    }
}

#[test]
fn both_sides_of_an_encapsulation_get_the_same_secret() {
    let key = SealingSecretKey::generate(&mut OsRng);
    let (encapsulation, secret) = encapsulate(&key.public_key(), b"info", &mut OsRng).unwrap();
    assert_eq!(decapsulate(&key, b"info", &encapsulation).unwrap(), secret);
    assert_ne!(decapsulate(&key, b"else", &encapsulation).unwrap(), secret);
}

#[test]
fn low_order_receivers_are_refused() {
    let low = SealingPublicKey::from_bytes([0; SealingPublicKey::LEN]);
    assert!(seal(&low, b"", b"", b"x", &mut OsRng).is_err());
    let key = SealingSecretKey::generate(&mut OsRng);
    assert!(decapsulate(&key, b"", &Encapsulation::from_bytes([0; Encapsulation::LEN])).is_err());
}
