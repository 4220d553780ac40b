use super::*;
use crate::hash::decode_hex;

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

/// The vector of RFC 9180's authors (test-vectors.json, commit 5f503c5) for this suite: mode 0, KEM 0x0020, KDF 0x0001,
/// AEAD 0x0002, first encryption and an exported value.
#[test]
fn the_rfc_9180_vector_of_the_suite_of_before_opens_and_exports() {
    let secret = "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d";
    let public = "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c";
    let enc = "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256";
    let ciphertext = "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a";
    let exported = "04d3cb6cc116b28ffd22ad5bc276c60d31fec71ceb87ae24db811c64b7507339";
    let key = ClassicalSecretKey::from_bytes(Zeroizing::new(decode_hex(secret).unwrap()));
    assert_eq!(key.public_key().to_string(), public);
    let info = b"Ode on a Grecian Urn";
    let sealed = [bytes(enc), bytes(ciphertext)].concat();
    let plaintext = open(&key, info, b"Count-0", &sealed).unwrap();
    assert_eq!(plaintext.as_slice(), b"Beauty is truth, truth beauty");
    let context = suite::recipient::<X25519HkdfSha256>(&key.0, info, &bytes(enc)).unwrap();
    assert_eq!(hex::encode(suite::exported(&context, &[0]).unwrap().expose()), exported);

    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // RFC 7748 ignores the top bit of a coordinate, but HPKE hashes the encapsulation as it came.
        assert!(open(&key, info, b"Count-0", &flipped).is_err(), "bit {bit}");
    }
    for len in 0..sealed.len() {
        assert!(open(&key, info, b"Count-0", &sealed[..len]).is_err());
    }
    let low_order = [[0; 32].as_slice(), &sealed[32..]].concat();
    assert!(open(&key, info, b"Count-0", &low_order).is_err());
}
