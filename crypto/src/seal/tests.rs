mod oracle;
mod vectors;

use rand::RngCore as _;
use rand::rngs::OsRng;

use super::*;
use crate::sign::SigningKey;
use classical::ClassicalSecretKey;

#[test]
fn sealed_bytes_open_with_the_right_key_and_context_only() {
    let key = SealingSecretKey::generate(&mut OsRng);
    let sealed = seal(&key.public_key(), b"info", b"aad", b"secret", &mut OsRng).unwrap();
    assert_eq!(sealed.len(), OVERHEAD + b"secret".len());
    assert_eq!(open(&key, b"info", b"aad", &sealed).unwrap().as_slice(), b"secret");
    assert!(open(&key, b"other", b"aad", &sealed).is_err());
    assert!(open(&key, b"info", b"other", &sealed).is_err());
    let stranger = SealingSecretKey::generate(&mut OsRng);
    assert!(open(&stranger, b"info", b"aad", &sealed).is_err());
    let again = seal(&key.public_key(), b"info", b"aad", b"secret", &mut OsRng).unwrap();
    assert!(sealed.iter().zip(&again).filter(|(one, other)| one == other).count() < 100, "fresh randomness each time");
}

/// One bit of every byte, and all of those of the X25519 half and behind it: RFC 7748 ignores the top bit of a coordinate, but X-Wing
/// hashes the encapsulation as it came.
#[test]
fn flipped_bits_and_every_truncation_are_refused() {
    let key = SealingSecretKey::generate(&mut OsRng);
    let sealed = seal(&key.public_key(), b"", b"", b"x", &mut OsRng).unwrap();
    let first_of_all = (Encapsulation::LEN - 32) * 8;
    let some = (0..first_of_all / 8).map(|byte| byte * 8 + byte % 8);
    for bit in some.chain(first_of_all..sealed.len() * 8) {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&key, b"", b"", &flipped).is_err(), "bit {bit}");
    }
    for len in 0..sealed.len() {
        assert!(open(&key, b"", b"", &sealed[..len]).is_err());
    }
    assert!(open(&key, b"", b"", &[sealed.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn both_sides_of_an_encapsulation_get_the_same_secret() {
    let key = SealingSecretKey::generate(&mut OsRng);
    let (encapsulation, secret) = encapsulate(&key.public_key(), b"info", &mut OsRng).unwrap();
    assert_eq!(decapsulate(&key, b"info", &encapsulation).unwrap(), secret);
    assert_ne!(decapsulate(&key, b"else", &encapsulation).unwrap(), secret);
    let mut other = encapsulation.to_bytes();
    other[0] ^= 1;
    assert_ne!(decapsulate(&key, b"info", &Encapsulation::from_bytes(other)).unwrap(), secret);
}

#[test]
fn only_as_many_bytes_as_a_key_has_are_one() {
    for len in [0, 32, 1184, SealingPublicKey::LEN - 1, SealingPublicKey::LEN + 1] {
        assert_eq!(SealingPublicKey::from_slice(&vec![0; len]), None);
        assert!("0".repeat(2 * len).parse::<SealingPublicKey>().is_err());
    }
    assert_eq!(Encapsulation::from_slice(&[0; 32]), None);
    let key = SealingSecretKey::generate(&mut OsRng).public_key();
    assert_eq!(SealingPublicKey::from_slice(key.as_bytes()), Some(key.clone()));
    assert_eq!(key.to_string().parse::<SealingPublicKey>().unwrap(), key);
    assert_eq!(format!("{key:?}").chars().count(), 9);
}

/// FIPS 203, section 7.2: every coefficient of the ML-KEM half is below 3329, or nothing is sealed.
#[test]
fn keys_whose_coefficients_are_not_reduced_are_refused() {
    let key = SealingSecretKey::generate(&mut OsRng).public_key();
    assert!(key.is_usable());
    for place in [0, 1, 2, 255, 256, 500, 766, 767] {
        for value in [0, 3328, 3329, 3330, 4095] {
            let altered = with_coefficient(&key, place, value);
            assert_eq!(altered.is_usable(), value < 3329, "coefficient {place} is {value}");
            assert_eq!(altered.is_usable(), oracle::is_valid(altered.as_bytes()));
            assert_eq!(seal(&altered, b"", b"", b"x", &mut OsRng).is_ok(), value < 3329);
            assert_eq!(encapsulate(&altered, b"", &mut OsRng).is_ok(), value < 3329);
        }
    }
    // Whatever the seed of the matrix is, it is one.
    let mut other_matrix = key.to_bytes();
    OsRng.fill_bytes(&mut other_matrix[1152..1184]);
    assert!(SealingPublicKey::from_bytes(other_matrix).is_usable());
}

/// The key with a coefficient of 12 bits, of 768, in the place of another.
fn with_coefficient(key: &SealingPublicKey, place: usize, value: u16) -> SealingPublicKey {
    let mut bytes = key.to_bytes();
    let pair = &mut bytes[place / 2 * 3..][..3];
    if place.is_multiple_of(2) {
        pair[0] = value as u8;
        pair[1] = (pair[1] & 0xf0) | (value >> 8) as u8;
    } else {
        pair[1] = (pair[1] & 0x0f) | ((value & 0x0f) << 4) as u8;
        pair[2] = (value >> 4) as u8;
    }
    SealingPublicKey::from_bytes(bytes)
}

#[test]
fn points_of_low_order_are_refused_in_keys_and_encapsulations() {
    let key = SealingSecretKey::generate(&mut OsRng);
    let (encapsulation, _) = encapsulate(&key.public_key(), b"", &mut OsRng).unwrap();
    let (mut low, mut others) = (0, 0);
    for point in points() {
        let mut public = key.public_key().to_bytes();
        public[1184..].copy_from_slice(&point);
        let public = SealingPublicKey::from_bytes(public);
        let mut sent = encapsulation.to_bytes();
        sent[1088..].copy_from_slice(&point);
        let sent = Encapsulation::from_bytes(sent);
        // A scalar that is a multiple of 8, as every clamped one is, and of nothing else.
        let agrees_on_zero = x25519_dalek::x25519([9; 32], point) == [0; 32];
        assert_eq!(public.is_usable(), !agrees_on_zero, "{}", hex::encode(point));
        assert_eq!(seal(&public, b"", b"", b"x", &mut OsRng).is_ok(), !agrees_on_zero);
        assert_eq!(decapsulate(&key, b"", &sent).is_ok(), !agrees_on_zero);
        *(if agrees_on_zero { &mut low } else { &mut others }) += 1;
    }
    assert_eq!((low, others), (14, 108));
}

/// Coordinates with and without the top bit: the least ones, those at p and above it, and the two of order 8 with their neighbours.
fn points() -> Vec<[u8; 32]> {
    let near = |point: [u8; 32], by: i8| {
        let mut point = point;
        point[0] = point[0].wrapping_add_signed(by);
        point
    };
    let of_order_8 = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ];
    let mut points: Vec<_> = (0..20).map(|by| near([0; 32], by)).collect();
    let mut most = [0xff; 32];
    most[31] = 0x7f;
    points.extend((0..35).map(|by| near(most, -by)));
    for text in of_order_8 {
        let point = crate::hash::decode_hex(text).unwrap();
        points.extend([-1, 0, 1].map(|by| near(point, by)));
    }
    let with_top_bit = points.clone().into_iter().map(|mut point| {
        point[31] |= 0x80;
        point
    });
    points.extend(with_top_bit);
    points
}

/// Whoever computes logarithms gets the X25519 secret from the key that was published, and with it must not get the new key.
#[test]
fn a_key_of_before_makes_a_new_one_only_with_the_signing_key_beside_it() {
    let classical = || ClassicalSecretKey::from_bytes(Zeroizing::new([2; 32]));
    let signing = |byte| SigningKey::from_seed(Zeroizing::new([byte; 32]));
    let key = SealingSecretKey::from_classical(classical(), &signing(1));
    assert_eq!(key.public_key(), SealingSecretKey::from_classical(classical(), &signing(1)).public_key());
    assert_ne!(key.public_key(), SealingSecretKey::from_classical(classical(), &signing(3)).public_key());
    assert_eq!(key.classical().unwrap().public_key(), classical().public_key());
    assert_eq!(key.public_key(), SealingSecretKey::from_bytes(key.to_bytes()).public_key());
    // Of HKDF, written out elsewhere.
    let seed = "ef45ead74ce58b63902c035a03b670568c4774f245cb7cdb5d55dbde17c12c50";
    assert_eq!(hex::encode(key.to_bytes()), seed);

    // The same 32 bytes are no key of both suites.
    let of_the_same_bytes = SealingSecretKey::from_bytes(classical().to_bytes());
    assert_ne!(of_the_same_bytes.public_key(), key.public_key());
    assert!(of_the_same_bytes.classical().is_none());
    let halves = key.public_key().to_bytes();
    assert!(!halves.windows(32).any(|bytes| bytes == classical().public_key().to_bytes()));
}
