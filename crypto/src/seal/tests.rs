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
    let low = SealingPublicKey::from_bytes([0; 32]);
    assert!(seal(&low, b"", b"", b"x", &mut OsRng).is_err());
    let key = SealingSecretKey::generate(&mut OsRng);
    assert!(decapsulate(&key, b"", &Encapsulation::from_bytes([0; 32])).is_err());
}

/// The vector of RFC 9180's authors (test-vectors.json, commit 5f503c5) for this suite: mode 0, KEM 0x0020, KDF 0x0001,
/// AEAD 0x0002, first encryption and an exported value.
#[test]
fn the_rfc_9180_vector_of_this_suite_opens_and_exports() {
    let bytes = |text: &str| hex::decode(text).unwrap();
    let secret = "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d";
    let public = "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c";
    let enc = "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256";
    let ciphertext = "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a";
    let exported = "04d3cb6cc116b28ffd22ad5bc276c60d31fec71ceb87ae24db811c64b7507339";
    let key = SealingSecretKey::from_bytes(Zeroizing::new(decode_hex(secret).unwrap()));
    assert_eq!(key.public_key().to_string(), public);
    let info = b"Ode on a Grecian Urn";
    let sealed = [bytes(enc), bytes(ciphertext)].concat();
    let plaintext = open(&key, info, b"Count-0", &sealed).unwrap();
    assert_eq!(plaintext.as_slice(), b"Beauty is truth, truth beauty");
    let encapsulation = Encapsulation::from_bytes(decode_hex(enc).unwrap());
    let context = recipient(&key, info, &encapsulation).unwrap();
    let mut value = [0; 32];
    context.export(&[0], &mut value).unwrap();
    assert_eq!(hex::encode(value), exported);
}
