//! What builds before sealed, for tests of what reads it: to X25519 keys, to which nothing is sealed any more.

use core::convert::Infallible;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeS, Serializable as _, setup_sender_with_rng};
use medshare_crypto::abe::UserSecret;
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::seal::classical::ClassicalSecretKey;
use medshare_crypto::secret::Secret32;
use medshare_crypto::sign::{Signable, SigningKey};
use medshare_genesis::keys::RequestorKeys;
use rand_core::{OsRng, RngCore as _};

/// The system's randomness, in the terms of `hpke`.
struct Randomness;

impl TryRng for Randomness {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(OsRng.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(OsRng.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        OsRng.fill_bytes(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Randomness {}

/// The keys of a requestor whose key file a build before made.
pub fn keys() -> RequestorKeys {
    let signing = SigningKey::generate(&mut OsRng);
    let of_before = ClassicalSecretKey::from_bytes((*Secret32::generate(&mut OsRng).expose()).into());
    let sealing = SealingSecretKey::from_classical(of_before, &signing);
    RequestorKeys { signing, sealing, attributes: UserSecret::generate(&mut OsRng) }
}

fn public(keys: &RequestorKeys) -> [u8; 32] {
    keys.sealing.classical().unwrap().public_key().to_bytes()
}

/// Sealed to the key of before of these keys.
pub fn seal(keys: &RequestorKeys, info: &[u8], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&public(keys)).unwrap();
    let (encapsulation, mut context) =
        setup_sender_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(&OpModeS::Base, &key, info, &mut Randomness)
            .unwrap();
    [encapsulation.to_bytes().as_slice(), &context.seal(plaintext, aad).unwrap()].concat()
}

/// What the sender of a letter signed.
struct Envelope(Vec<u8>);

impl Signable for Envelope {
    const DOMAIN: &'static str = "medshare/letter/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        self.0.clone()
    }
}

/// A letter of somebody to the holder of these keys.
pub fn letter(from: &SigningKey, to: &RequestorKeys, contents: &[u8]) -> Vec<u8> {
    let (sender, receiver) = (from.verifying_key().to_bytes(), public(to));
    let sealed = seal(to, &[b"medshare/letter/v1".as_slice(), &sender, &receiver].concat(), &[], contents);
    let signature = from.sign(&Envelope([receiver.as_slice(), &sealed].concat())).to_bytes();
    let length = u32::try_from(sealed.len()).unwrap().to_be_bytes();
    [&[1][..], &sender, &receiver, &length, &sealed, &signature].concat()
}
