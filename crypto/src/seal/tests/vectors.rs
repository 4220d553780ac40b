//! Vectors of others: X-Wing's own, and HPKE's for X-Wing with HKDF-SHA256.

use hpke::{Deserializable as _, Kem as _};
use rand_core::{CryptoRng, RngCore};

use super::oracle::{self, Schedule};
use super::*;
use crate::hash::{decode_hex, sha256};

/// `spec/test-vectors.json` of draft-connolly-cfrg-xwing-kem (its repository, commit 9b6ce9e): seed, encapsulation seed, shared secret,
/// and the SHA-256 of public key and ciphertext, which are long.
const XWING: [[&str; 5]; 3] = [
    [
        "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
        "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2",
        "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384",
        "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb",
        "17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33",
    ],
    [
        "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
        "17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdefaee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d",
        "f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150",
        "c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916",
        "1661ea86d608a1924ba30840cb0a65f13ae051e3aec9cf0f064efc0bc92f2154",
    ],
    [
        "ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9",
        "22a96188d032675c8ac850933c7aff1533b94c834adbb69c6115bad4692d8619f90b0cdf8a7b9c264029ac185b70b83f2801f2f4b3f70c593ea3aeeb613a7f1b",
        "953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f",
        "6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95",
        "d3ca5578500344b5896cffc4fd740c9311946b82951df155e6fd86a7966b43c6",
    ],
];

/// Randomness that is given.
struct Given<'a>(&'a [u8]);

impl RngCore for Given<'_> {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        let (head, rest) = self.0.split_at(bytes.len());
        bytes.copy_from_slice(head);
        self.0 = rest;
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Given<'_> {}

/// What the KEM under this module makes of a seed and a ciphertext.
fn shared_secret(key: &SealingSecretKey, encapsulation: &Encapsulation) -> [u8; 32] {
    let key = <XWing as hpke::Kem>::PrivateKey::from_bytes(key.to_bytes().as_slice()).unwrap();
    let encapsulation = <XWing as hpke::Kem>::EncappedKey::from_bytes(encapsulation.as_bytes()).unwrap();
    XWing::decap(&key, None, &encapsulation).unwrap().0.into()
}

#[test]
fn the_vectors_of_x_wing_hold() {
    for [seed, encapsulation_seed, secret, public_hash, ciphertext_hash] in XWING {
        let seed: [u8; 32] = decode_hex(seed).unwrap();
        let encapsulation_seed: [u8; 64] = decode_hex(encapsulation_seed).unwrap();
        let key = SealingSecretKey::from_bytes(Zeroizing::new(seed));
        assert_eq!(sha256(key.public_key().as_bytes()).to_string(), public_hash);
        let (encapsulation, exported) =
            encapsulate(&key.public_key(), b"info", &mut Given(&encapsulation_seed)).unwrap();
        assert_eq!(sha256(encapsulation.as_bytes()).to_string(), ciphertext_hash);
        assert_eq!(hex::encode(shared_secret(&key, &encapsulation)), secret);
        assert_eq!(decapsulate(&key, b"info", &encapsulation).unwrap(), exported);
        // And of what this is compared with elsewhere.
        assert_eq!(oracle::public_key(&seed), key.public_key().to_bytes());
        let (of_oracle, secret_of_oracle) = oracle::encapsulate(key.public_key().as_bytes(), &encapsulation_seed);
        assert_eq!((of_oracle, hex::encode(secret_of_oracle)), (encapsulation.to_bytes(), secret.to_owned()));
        assert_eq!(hex::encode(oracle::decapsulate(&seed, encapsulation.as_bytes())), secret);
    }
}

/// `test-vectors.json` of draft-ietf-hpke-pq (repository hpkewg/hpke-pq, commit 74dafaa): mode 0, KEM 0x647a, KDF 0x0001, AEAD
/// 0x0003. No published vector has our AEAD 0x0002, so what the KEM gives is checked here with ours, and the key schedule and the
/// exporter with the oracle, to which `seal` is held for 0x0002.
#[test]
fn the_hpke_vector_of_x_wing_holds() {
    let seed: [u8; 32] = decode_hex("3ec47fa82dd5689d27c6190e724c74ec8f608df3331ce331929e37b829676630").unwrap();
    let encapsulation_seed = hex::decode("2a1c0a3745fe8a48fb62034d300f54dfe1974a5b2e169e580a8789cb1cf5fd190fc00f3fd899594e01a8b15334b9f3fa03d8de44da86e19f5776850fb689e6c8").unwrap();
    let info = b"4f6465206f6e2061204772656369616e2055726e";
    let key = SealingSecretKey::from_bytes(Zeroizing::new(seed));
    let public_hash = "ad8aaf3f00d8a39bfeec2947a7d5dde68be08bba19bd301a348a45dc5fcc8341";
    assert_eq!(sha256(key.public_key().as_bytes()).to_string(), public_hash);
    let (encapsulation, _) = encapsulate(&key.public_key(), info, &mut Given(&encapsulation_seed)).unwrap();
    let encapsulation_hash = "95c0a5fca31ea59f29bbc66255ad6637b5a476b3212886af11afdc8930aeb772";
    assert_eq!(sha256(encapsulation.as_bytes()).to_string(), encapsulation_hash);
    let secret = shared_secret(&key, &encapsulation);
    assert_eq!(hex::encode(secret), "58200ed1f137bd95a921bb47f6aaecf2395b26f7fd24efd3a5ffae4849e8dea3");

    let schedule = Schedule::new(&secret, info, 0x0003);
    let expected = "131c2ebb469b909a40915914afd7ff5e638888ac7195dcaaaef8f9a84f0e4030";
    assert_eq!(hex::encode(schedule.key), expected);
    assert_eq!(hex::encode(schedule.nonce), "2b7a68f19e6cdbd43dda3c6d");
    let exported = "5a78d37f40e078c17ef43fa40963f1ff7dcdee56e366da9099dc181c3eccaee5";
    assert_eq!(hex::encode(schedule.exported(b"pseudorandom0")), exported);
}
