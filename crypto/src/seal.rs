//! Encryption to one holder of a public key: HPKE, RFC 9180.
//!
//! Base mode, DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, AES-256-GCM 0x0002, through the `hpke` crate. IND-CCA2 of
//! the receiver's side under the gap Diffie–Hellman assumption; the sender is anonymous, so who sent it must be signed apart.
//!
//! Layout of a sealed message: `enc (32) ‖ ciphertext ‖ tag (16)`. It shows the plaintext's length and nothing else.

use core::fmt;
use core::str::FromStr;

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _};
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::hash::{HexError, decode_hex};
use crate::secret::Secret32;

/// Context of the HPKE exporter for [`encapsulate`].
const EXPORT_CONTEXT: &[u8] = b"medshare/seal/encapsulated-secret/v1";

type KemSecretKey = <X25519HkdfSha256 as hpke::Kem>::PrivateKey;
type KemPublicKey = <X25519HkdfSha256 as hpke::Kem>::PublicKey;
type KemEncapsulation = <X25519HkdfSha256 as hpke::Kem>::EncappedKey;

/// The receiver's public key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receiver's public key is not usable")]
pub struct SealError;

/// Opening failed. It does not say why: a wrong key, other bytes, another context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed message cannot be opened with this key")]
pub struct OpenError;

/// An X25519 secret key; wiped when dropped.
pub struct SealingSecretKey(Secret32);

impl zeroize::ZeroizeOnDrop for SealingSecretKey {}

impl SealingSecretKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self(Secret32::generate(rng))
    }

    /// The key of these secret bytes; any 32 bytes are one (RFC 7748 clamps them).
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(Secret32::from_bytes(bytes))
    }

    /// The secret bytes, for key files.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.0.expose())
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> SealingPublicKey {
        // 32 bytes always are a secret key of this KEM, so the neutral default is never returned.
        self.kem_key()
            .map(|key| SealingPublicKey(X25519HkdfSha256::sk_to_pk(&key).to_bytes().into()))
            .unwrap_or(SealingPublicKey([0; 32]))
    }

    fn kem_key(&self) -> Option<KemSecretKey> {
        KemSecretKey::from_bytes(self.0.expose()).ok()
    }
}

impl fmt::Debug for SealingSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingSecretKey(…)")
    }
}

/// An X25519 public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealingPublicKey([u8; 32]);

impl SealingPublicKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Takes the bytes; low-order points are refused when something is sealed to them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for SealingPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = hex::encode(self.0);
        write!(f, "{}…", text.get(..8).unwrap_or_default())
    }
}

impl fmt::Display for SealingPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for SealingPublicKey {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        decode_hex(text).map(Self)
    }
}

/// The sender's half of a key agreement: what the receiver needs to get the same secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Encapsulation([u8; 32]);

impl Encapsulation {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Takes the bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.0
    }
}

/// Seals `plaintext` to `receiver`; `info` names the protocol and its parties, `aad` what belongs to the message.
///
/// # Errors
/// When the receiver's key is a low-order point.
pub fn seal(
    receiver: &SealingPublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Vec<u8>, SealError> {
    let (enc, mut context) = sender(receiver, info, rng)?;
    let ciphertext = context.seal(plaintext, aad).map_err(|_| SealError)?;
    let mut sealed = enc.to_bytes().to_vec();
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Opens what [`seal`] made for the same `info` and `aad`.
///
/// # Errors
/// One error for every cause.
pub fn open(
    receiver: &SealingSecretKey,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (enc, ciphertext) = sealed.split_first_chunk::<{ Encapsulation::LEN }>().ok_or(OpenError)?;
    let mut context = recipient(receiver, info, &Encapsulation(*enc))?;
    let plaintext = context.open(ciphertext, aad).map_err(|_| OpenError)?;
    Ok(Zeroizing::new(plaintext))
}

/// Agrees on a fresh secret with the holder of `receiver`, through the HPKE exporter.
///
/// # Errors
/// When the receiver's key is a low-order point.
pub fn encapsulate(
    receiver: &SealingPublicKey,
    info: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Encapsulation, Secret32), SealError> {
    let (enc, context) = sender(receiver, info, rng)?;
    let mut secret = Zeroizing::new([0; 32]);
    context.export(EXPORT_CONTEXT, secret.as_mut_slice()).map_err(|_| SealError)?;
    Ok((Encapsulation(enc.to_bytes().into()), Secret32::from_bytes(secret)))
}

/// The secret of [`encapsulate`]. A wrong key or encapsulation gives another secret, not an error: what is encrypted with it must be authenticated.
///
/// # Errors
/// When the encapsulation is a low-order point.
pub fn decapsulate(
    receiver: &SealingSecretKey,
    info: &[u8],
    encapsulation: &Encapsulation,
) -> Result<Secret32, OpenError> {
    let context = recipient(receiver, info, encapsulation)?;
    let mut secret = Zeroizing::new([0; 32]);
    context.export(EXPORT_CONTEXT, secret.as_mut_slice()).map_err(|_| OpenError)?;
    Ok(Secret32::from_bytes(secret))
}

type SenderContext = hpke::aead::AeadCtxS<AesGcm256, HkdfSha256, X25519HkdfSha256>;
type RecipientContext = hpke::aead::AeadCtxR<AesGcm256, HkdfSha256, X25519HkdfSha256>;

fn sender(
    receiver: &SealingPublicKey,
    info: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(KemEncapsulation, SenderContext), SealError> {
    let key = KemPublicKey::from_bytes(&receiver.0).map_err(|_| SealError)?;
    hpke::setup_sender(&OpModeS::Base, &key, info, rng).map_err(|_| SealError)
}

fn recipient(
    receiver: &SealingSecretKey,
    info: &[u8],
    encapsulation: &Encapsulation,
) -> Result<RecipientContext, OpenError> {
    let key = receiver.kem_key().ok_or(OpenError)?;
    let enc = KemEncapsulation::from_bytes(&encapsulation.0).map_err(|_| OpenError)?;
    hpke::setup_receiver(&OpModeR::Base, &key, &enc, info).map_err(|_| OpenError)
}

#[cfg(test)]
mod tests;
