//! The keys of both sides: what the receiver keeps, what it publishes, what the sender sends.

use core::fmt;
use core::str::FromStr;
use std::sync::Arc;

use hkdf::Hkdf;
use hpke::kem::XWing;
use hpke::{Deserializable as _, Kem, Serializable as _};
use rand_core::{CryptoRng, RngCore};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::classical::ClassicalSecretKey;
use super::{low_order, suite};
use crate::encoding::secret_bytes;
use crate::hash::{Hash32, HexError, decode_hex, tagged_hash};
use crate::secret::Secret32;
use crate::sign::SigningKey;

/// Salt of the derivation of a seed from a key of before.
const FROM_CLASSICAL: &[u8] = b"medshare/seal/seed-from-classical/v1";
/// Domain of [`SealingPublicKey::fingerprint`].
const FINGERPRINT: &str = "medshare/sealing-key/v1";

/// An X-Wing decapsulation key, the seed of 32 bytes from which both of its halves are expanded; wiped when dropped.
///
/// One that was made from a key of before keeps that too, for what was sealed to it.
#[derive(zeroize::ZeroizeOnDrop)]
pub struct SealingSecretKey {
    seed: Secret32,
    #[zeroize(skip)]
    public: SealingPublicKey,
    #[zeroize(skip)]
    classical: Option<ClassicalSecretKey>,
}

impl SealingSecretKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self::of_seed(Secret32::generate(rng), None)
    }

    /// The key of this seed; any 32 bytes are one.
    #[must_use]
    pub fn from_bytes(seed: Zeroizing<[u8; 32]>) -> Self {
        Self::of_seed(Secret32::from_bytes(seed), None)
    }

    /// The key of somebody who has a key file of before: its seed is HKDF-SHA256 of both secrets in it, under a salt of its
    /// own, so that no 32 bytes are a key of both suites.
    ///
    /// **Both**, because the X25519 key was published: a quantum computer gets its secret from it, and with that would get a seed
    /// that came from it alone. The seed of an ed25519 key it does not get, whose scalar is a hash of it. Whoever gets the old
    /// file has the new key too: a file that leaked is replaced, not taken over.
    #[must_use]
    pub fn from_classical(classical: ClassicalSecretKey, signing: &SigningKey) -> Self {
        let secrets = secret_bytes(64, |bytes| {
            bytes.extend_from_slice(classical.secret().expose());
            bytes.extend_from_slice(signing.seed().as_slice());
        });
        let mut seed = Zeroizing::new([0; 32]);
        // 32 bytes are below HKDF's limit of 255 blocks, so expanding cannot fail.
        let expanded = Hkdf::<Sha256>::new(Some(FROM_CLASSICAL), &secrets).expand(&[], seed.as_mut_slice());
        debug_assert!(expanded.is_ok());
        Self::of_seed(Secret32::from_bytes(seed), Some(classical))
    }

    fn of_seed(seed: Secret32, classical: Option<ClassicalSecretKey>) -> Self {
        // 32 bytes always are a secret key of this KEM, so the neutral default is never published.
        let public = suite::public_key::<XWing>(&seed).map_or([0; SealingPublicKey::LEN], |key| key.to_bytes().into());
        Self { seed, public: SealingPublicKey::from_bytes(public), classical }
    }

    /// The seed, for key files. A key that has a [classical](Self::classical) one is kept by that one's bytes instead.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.seed.expose())
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> SealingPublicKey {
        self.public.clone()
    }

    /// The key of before that this one was made from; opens what was sealed to it, and nothing new is.
    #[must_use]
    pub fn classical(&self) -> Option<&ClassicalSecretKey> {
        self.classical.as_ref()
    }

    pub(super) fn seed(&self) -> &Secret32 {
        &self.seed
    }
}

impl fmt::Debug for SealingSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingSecretKey(…)")
    }
}

/// An X-Wing encapsulation key: `ML-KEM-768 (1184) ‖ X25519 (32)`. Clones share the bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealingPublicKey(Arc<[u8; Self::LEN]>);

impl SealingPublicKey {
    /// Length in bytes.
    pub const LEN: usize = 1216;

    /// Takes the bytes as they are; nothing is sealed to those that are not [usable](Self::is_usable).
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(Arc::new(bytes))
    }

    /// The key of these bytes, if they are as many as a key has.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The bytes, by value.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        *self.0
    }

    /// Whether something can be sealed to it: the coefficients of the ML-KEM half are below the modulus (FIPS 203, section 7.2), and
    /// the X25519 half is no point of low order. A function of the bytes alone, the same everywhere; takes microseconds.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let x25519 = self.0.last_chunk::<32>();
        <XWing as Kem>::PublicKey::from_bytes(self.0.as_slice()).is_ok()
            && x25519.is_some_and(|point| !low_order::is_low_order(point))
    }

    /// Stands for the key where 1,216 bytes are too many: a tagged hash of them.
    #[must_use]
    pub fn fingerprint(&self) -> Hash32 {
        tagged_hash(FINGERPRINT, &[self.0.as_slice()])
    }
}

impl fmt::Debug for SealingPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = hex::encode(self.0.first_chunk::<4>().unwrap_or(&[0; 4]));
        write!(f, "{text}…")
    }
}

impl fmt::Display for SealingPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0.as_slice()))
    }
}

impl FromStr for SealingPublicKey {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        decode_hex(text).map(Self::from_bytes)
    }
}

/// The sender's half of a key agreement, what the receiver needs to get the same secret: `ML-KEM-768 (1088) ‖ X25519 (32)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Encapsulation(Box<[u8; Self::LEN]>);

impl Encapsulation {
    /// Length in bytes.
    pub const LEN: usize = 1120;

    /// Takes the bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(Box::new(bytes))
    }

    /// The encapsulation of these bytes, if they are as many as one has.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The bytes, by value.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        *self.0
    }

    /// Whether its X25519 half is a point of low order, which no honest sender's is.
    pub(super) fn is_low_order(&self) -> bool {
        self.0.last_chunk::<32>().is_some_and(low_order::is_low_order)
    }
}

impl fmt::Debug for Encapsulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = hex::encode(self.0.first_chunk::<4>().unwrap_or(&[0; 4]));
        write!(f, "{text}…")
    }
}
