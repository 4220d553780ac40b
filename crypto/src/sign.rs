//! Ed25519 signatures with a domain for every kind of message.
//!
//! Source: RFC 8032, through `ed25519-dalek`, always `verify_strict` (no cofactor, no small-order keys): consensus needs all
//! verifiers to agree on crafted signatures, so nothing here verifies in batches.
//!
//! What is signed is never a caller's bytes but a type that is [`Signable`]; the preimage is
//! `u8 len(DOMAIN) ‖ DOMAIN ‖ signing_bytes`. The only other message is the signature base of RFC 9421, which that standard
//! wants raw. The two cannot be confused: a domain is 1 to [`MAX_DOMAIN_LEN`] = 33 bytes long (checked at compile time), so
//! the first byte of the one is at most 0x21, while the first byte of a signature base is `"`, 0x22 (checked at run time).

use core::fmt;
use core::str::FromStr;

use ed25519_dalek::Signer as _;
use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::hash::{HexError, decode_hex};

/// Longest domain; one below the first byte of every RFC 9421 signature base.
pub const MAX_DOMAIN_LEN: usize = 33;

/// Start of the last line of an RFC 9421 signature base.
const HTTP_PARAMS_LINE: &str = "\"@signature-params\": ";

/// A message that may be signed.
pub trait Signable {
    /// Tells this kind of message from every other; 1 to [`MAX_DOMAIN_LEN`] bytes.
    const DOMAIN: &'static str;

    /// The canonical bytes of the message: injective, without the signature itself.
    fn signing_bytes(&self) -> Vec<u8>;
}

/// The signature does not belong to this key and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match the message and the key")]
pub struct SignatureError;

/// Why thirty-two bytes are no verifying key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyingKeyError {
    /// Not the canonical encoding of a curve point.
    #[error("the bytes are not the canonical form of an ed25519 public key")]
    NotCanonical,
    /// A point of small order, under which one signature fits many messages.
    #[error("the public key is of small order; anybody could sign for it")]
    SmallOrder,
    /// Not hexadecimal text of 32 bytes.
    #[error(transparent)]
    Hex(#[from] HexError),
}

/// The text is not the signature base of an HTTP message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpSignatureError {
    /// The text does not have the form of RFC 9421, section 2.5.
    #[error("expected a signature base whose last line is \"@signature-params\"")]
    NotASignatureBase,
    /// The signature does not match.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// An ed25519 secret key; wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::from_seed(seed)
    }

    /// The key of RFC 8032's 32-byte secret.
    #[must_use]
    pub fn from_seed(seed: Zeroizing<[u8; 32]>) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// The secret bytes, for key files and for engines that sign by themselves.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `message` under its domain.
    #[must_use]
    pub fn sign<T: Signable>(&self, message: &T) -> Signature {
        Signature(self.0.sign(&preimage(message)).to_bytes())
    }

    /// Signs the signature base of an HTTP message, RFC 9421 section 3.3.6.
    ///
    /// # Errors
    /// When `base` is not a signature base.
    pub fn sign_http_message(&self, base: &[u8]) -> Result<Signature, HttpSignatureError> {
        check_signature_base(base)?;
        Ok(Signature(self.0.sign(base).to_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {:?})", self.verifying_key())
    }
}

/// An ed25519 public key: canonical, on the curve, not of small order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifyingKey([u8; 32]);

impl VerifyingKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Checks and takes a public key.
    ///
    /// # Errors
    /// When the bytes are not canonical or the point is of small order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, VerifyingKeyError> {
        if !is_reduced(&bytes) {
            return Err(VerifyingKeyError::NotCanonical);
        }
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| VerifyingKeyError::NotCanonical)?;
        if key.is_weak() {
            return Err(VerifyingKeyError::SmallOrder);
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The bytes, borrowed.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks that this key's holder signed `message`.
    ///
    /// # Errors
    /// When it did not.
    pub fn verify<T: Signable>(&self, message: &T, signature: &Signature) -> Result<(), SignatureError> {
        self.verify_raw(&preimage(message), signature)
    }

    /// Checks the signature of an HTTP message, RFC 9421 section 3.3.6.
    ///
    /// # Errors
    /// When `base` is not a signature base, or the signature does not match.
    pub fn verify_http_message(&self, base: &[u8], signature: &Signature) -> Result<(), HttpSignatureError> {
        check_signature_base(base)?;
        Ok(self.verify_raw(base, signature)?)
    }

    fn verify_raw(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.0).map_err(|_| SignatureError)?;
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verify_strict(message, &signature).map_err(|_| SignatureError)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = hex::encode(self.0);
        write!(f, "{}…", text.get(..8).unwrap_or_default())
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for VerifyingKey {
    type Err = VerifyingKeyError;

    fn from_str(text: &str) -> Result<Self, VerifyingKeyError> {
        Self::from_bytes(decode_hex(text)?)
    }
}

/// Sixty-four bytes that claim to be a signature; whether they are shows only [`VerifyingKey::verify`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Length in bytes.
    pub const LEN: usize = 64;

    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 64] {
        self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = hex::encode(self.0);
        write!(f, "{}…", text.get(..8).unwrap_or_default())
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Signature {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        decode_hex(text).map(Self)
    }
}

/// `u8 len(DOMAIN) ‖ DOMAIN ‖ signing_bytes`.
fn preimage<T: Signable>(message: &T) -> Vec<u8> {
    const {
        assert!(!T::DOMAIN.is_empty() && T::DOMAIN.len() <= MAX_DOMAIN_LEN, "a signing domain is 1 to 33 bytes long");
    }
    let body = message.signing_bytes();
    let mut bytes = Vec::with_capacity(1 + T::DOMAIN.len() + body.len());
    bytes.push(T::DOMAIN.len() as u8);
    bytes.extend_from_slice(T::DOMAIN.as_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

/// RFC 9421, section 2.5: every line starts with a quoted component name, the last one is `"@signature-params"`.
fn check_signature_base(base: &[u8]) -> Result<(), HttpSignatureError> {
    let text = core::str::from_utf8(base).map_err(|_| HttpSignatureError::NotASignatureBase)?;
    let last = text.rsplit('\n').next().unwrap_or_default();
    if text.split('\n').all(|line| line.starts_with('"')) && last.starts_with(HTTP_PARAMS_LINE) {
        Ok(())
    } else {
        Err(HttpSignatureError::NotASignatureBase)
    }
}

/// Whether the y coordinate is below p = 2^255 − 19; the sign bit does not count.
fn is_reduced(bytes: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = bytes;
    let top = middle.iter().all(|byte| *byte == 0xff) && (high & 0x7f) == 0x7f;
    !(top && *low >= 0xed)
}

#[cfg(test)]
mod tests;
