//! The whole suite again, of other people's parts: ML-KEM-768 and SHA-3 of libcrux, which are verified, X25519 of an older dalek, RFC 9180's
//! key schedule written out over HMAC, AES-256-GCM of ring.

use hmac::{Hmac, Mac as _};
use libcrux_ml_kem::mlkem768;
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use sha2::Sha256;

use super::*;

/// The KEM's identifier.
const XWING_ID: u16 = 0x647a;

/// Whether libcrux takes the ML-KEM half of a public key.
pub fn is_valid(public: &[u8; 1216]) -> bool {
    mlkem768::validate_public_key(&public.first_chunk::<1184>().unwrap().into())
}

fn expand(seed: &[u8; 32]) -> (mlkem768::MlKem768KeyPair, [u8; 32]) {
    let expanded: [u8; 96] = libcrux_sha3::shake256(seed);
    let ml_kem = mlkem768::generate_key_pair(*expanded.first_chunk::<64>().unwrap());
    (ml_kem, *expanded.last_chunk::<32>().unwrap())
}

pub fn public_key(seed: &[u8; 32]) -> [u8; 1216] {
    let (ml_kem, x25519) = expand(seed);
    let x25519 = x25519_dalek::x25519(x25519, x25519_dalek::X25519_BASEPOINT_BYTES);
    [ml_kem.pk().as_slice(), &x25519].concat().try_into().unwrap()
}

fn combine(ml_kem: &[u8; 32], x25519: &[u8; 32], sent: &[u8; 32], public: &[u8; 32]) -> [u8; 32] {
    libcrux_sha3::sha256(&[ml_kem, x25519, sent, public, br"\.//^\".as_slice()].concat())
}

/// Ciphertext and shared secret of 64 bytes of randomness.
pub fn encapsulate(public: &[u8; 1216], randomness: &[u8; 64]) -> ([u8; 1120], [u8; 32]) {
    let (of_ml_kem, of_x25519) = (*randomness.first_chunk::<32>().unwrap(), *randomness.last_chunk::<32>().unwrap());
    let (ml_kem, ml_kem_secret) = mlkem768::encapsulate(&public.first_chunk::<1184>().unwrap().into(), of_ml_kem);
    let receiver = public.last_chunk::<32>().unwrap();
    let sent = x25519_dalek::x25519(of_x25519, x25519_dalek::X25519_BASEPOINT_BYTES);
    let secret = combine(&ml_kem_secret, &x25519_dalek::x25519(of_x25519, *receiver), &sent, receiver);
    ([ml_kem.as_slice().as_slice(), &sent].concat().try_into().unwrap(), secret)
}

pub fn decapsulate(seed: &[u8; 32], encapsulation: &[u8; 1120]) -> [u8; 32] {
    let (ml_kem, x25519) = expand(seed);
    let sent = encapsulation.last_chunk::<32>().unwrap();
    let ml_kem_secret =
        mlkem768::decapsulate(ml_kem.private_key(), &encapsulation.first_chunk::<1088>().unwrap().into());
    let receiver = x25519_dalek::x25519(x25519, x25519_dalek::X25519_BASEPOINT_BYTES);
    combine(&ml_kem_secret, &x25519_dalek::x25519(x25519, *sent), sent, &receiver)
}

/// RFC 9180, section 5.1, in base mode with HKDF-SHA256.
pub struct Schedule {
    suite: Vec<u8>,
    pub key: [u8; 32],
    pub nonce: [u8; 12],
    exporter: [u8; 32],
}

impl Schedule {
    pub fn new(shared_secret: &[u8; 32], info: &[u8], aead: u16) -> Self {
        let [kem, kdf, aead] = [XWING_ID, 1, aead].map(u16::to_be_bytes);
        let suite = [b"HPKE".as_slice(), &kem, &kdf, &aead].concat();
        let psk_id_hash = extract(&[], &suite, b"psk_id_hash", b"");
        let info_hash = extract(&[], &suite, b"info_hash", info);
        let context = [[0].as_slice(), &psk_id_hash, &info_hash].concat();
        let secret = extract(shared_secret, &suite, b"secret", b"");
        Self {
            key: expand_label(&secret, &suite, b"key", &context),
            nonce: expand_label(&secret, &suite, b"base_nonce", &context),
            exporter: expand_label(&secret, &suite, b"exp", &context),
            suite,
        }
    }

    pub fn exported(&self, context: &[u8]) -> [u8; 32] {
        expand_label(&self.exporter, &self.suite, b"sec", context)
    }

    fn aead(&self) -> (LessSafeKey, Nonce) {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.key).unwrap());
        (key, Nonce::assume_unique_for_key(self.nonce))
    }
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn extract(salt: &[u8], suite: &[u8], label: &[u8], ikm: &[u8]) -> [u8; 32] {
    hmac_sha256(salt, &[b"HPKE-v1", suite, label, ikm].concat())
}

/// At most one block of HKDF.
fn expand_label<const N: usize>(prk: &[u8; 32], suite: &[u8], label: &[u8], context: &[u8]) -> [u8; N] {
    let len = (N as u16).to_be_bytes();
    let block = hmac_sha256(prk, &[&len, b"HPKE-v1".as_slice(), suite, label, context, &[1]].concat());
    block[..N].try_into().unwrap()
}

/// Keys, ciphertexts and secrets of both sides, for seeds and randomness at their ends and in between.
#[test]
fn the_suite_and_the_oracle_open_what_the_other_sealed() {
    let mut rng = StdRng::seed_from_u64(0x647a);
    let mut random = || {
        let mut bytes = [0; 96];
        rng.fill_bytes(&mut bytes);
        bytes
    };
    let inputs: Vec<_> = [[0; 96], [0xff; 96]].into_iter().chain((0..30).map(|_| random())).collect();
    for input in inputs {
        let (seed, randomness) = (*input.first_chunk::<32>().unwrap(), *input.last_chunk::<64>().unwrap());
        let key = SealingSecretKey::from_bytes(Zeroizing::new(seed));
        let public = key.public_key();
        assert_eq!(public.to_bytes(), public_key(&seed));
        assert!(public.is_usable() && is_valid(public.as_bytes()));

        let sealed = seal(&public, b"info", b"aad", b"secret", &mut OsRng).unwrap();
        let (encapsulation, ciphertext) = sealed.split_first_chunk::<1120>().unwrap();
        let schedule = Schedule::new(&decapsulate(&seed, encapsulation), b"info", 2);
        let (aead, nonce) = schedule.aead();
        let mut opened = ciphertext.to_vec();
        assert_eq!(aead.open_in_place(nonce, Aad::from(b"aad"), &mut opened).unwrap(), b"secret");

        let (encapsulation, secret) = encapsulate(public.as_bytes(), &randomness);
        let schedule = Schedule::new(&secret, b"info", 2);
        let (aead, nonce) = schedule.aead();
        let mut sealed = b"secret".to_vec();
        aead.seal_in_place_append_tag(nonce, Aad::from(b"aad"), &mut sealed).unwrap();
        let sealed = [encapsulation.as_slice(), &sealed].concat();
        assert_eq!(open(&key, b"info", b"aad", &sealed).unwrap().as_slice(), b"secret");
    }
}

/// FIPS 203 rejects implicitly: whatever ciphertext comes has a secret, and both have the same for it.
#[test]
fn ciphertexts_that_nobody_made_have_the_secret_that_the_oracle_gives_them() {
    let mut rng = StdRng::seed_from_u64(0x647b);
    let seed = [7; 32];
    let key = SealingSecretKey::from_bytes(Zeroizing::new(seed));
    let (honest, _) = encapsulate(key.public_key().as_bytes(), &[5; 64]);
    let mut ciphertexts = vec![[0xff; 1120], honest];
    for half in [0..1088, 1088..1120] {
        for byte in [1, 0x7f, 0x80] {
            let mut ciphertext = honest;
            ciphertext[half.clone()].fill(byte);
            ciphertexts.push(ciphertext);
        }
    }
    for _ in 0..20 {
        let mut ciphertext = honest;
        rng.fill_bytes(&mut ciphertext);
        ciphertexts.push(ciphertext);
        let mut flipped = honest;
        flipped[rng.next_u32() as usize % 1120] ^= 1 << (rng.next_u32() % 8);
        ciphertexts.push(flipped);
    }
    for ciphertext in ciphertexts {
        let ours = super::decapsulate(&key, b"info", &Encapsulation::from_bytes(ciphertext)).unwrap();
        let schedule = Schedule::new(&decapsulate(&seed, &ciphertext), b"info", 2);
        assert_eq!(*ours.expose(), schedule.exported(EXPORT_CONTEXT));
    }
}
