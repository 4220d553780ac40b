//! Encryption to one holder of a public key: HPKE (RFC 9180) over X-Wing, so that what is recorded today stays closed to quantum computers.
//!
//! Base mode, X-Wing 0x647a (draft-connolly-cfrg-xwing-kem: ML-KEM-768 of FIPS 203 and X25519), HKDF-SHA256 0x0001, AES-256-GCM
//! 0x0002, through the `hpke` crate. IND-CCA2 of the receiver's side while **one** of two holds: module learning with errors as in
//! ML-KEM-768, or the strong Diffie–Hellman assumption on Curve25519 with SHA3-256 as a random oracle. The sender is anonymous, so who
//! sent it must be signed apart, and signatures here are classical: see `docs/crypto.md`.
//!
//! Layout of a sealed message: `enc (1120) ‖ ciphertext ‖ tag (16)`. It shows the plaintext's length and nothing else.
//!
//! What was sealed before is opened in [`classical`].

pub mod classical;
mod keys;
mod low_order;
mod suite;

use hpke::Serializable as _;
use hpke::kem::XWing;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

pub use keys::{Encapsulation, SealingPublicKey, SealingSecretKey};

use crate::secret::Secret32;
use suite::{RecipientContext, SenderContext};

/// How many bytes a sealed message is longer than what is in it.
pub const OVERHEAD: usize = Encapsulation::LEN + 16;

/// Context of the HPKE exporter for [`encapsulate`].
const EXPORT_CONTEXT: &[u8] = b"medshare/seal/encapsulated-secret/v2";

/// The receiver's public key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receiver's public key is not usable")]
pub struct SealError;

/// Opening failed. It does not say why: a wrong key, other bytes, another context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed message cannot be opened with this key")]
pub struct OpenError;

/// Seals `plaintext` to `receiver`; `info` names the protocol and its parties, `aad` what belongs to the message.
///
/// # Errors
/// When the receiver's key is not [usable](SealingPublicKey::is_usable).
pub fn seal(
    receiver: &SealingPublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Vec<u8>, SealError> {
    let (encapsulation, mut context) = sender(receiver, info, rng)?;
    let ciphertext = context.seal(plaintext, aad).map_err(|_| SealError)?;
    Ok([encapsulation.as_bytes().as_slice(), &ciphertext].concat())
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
    let (encapsulation, ciphertext) = sealed.split_first_chunk::<{ Encapsulation::LEN }>().ok_or(OpenError)?;
    suite::open(recipient(receiver, info, &Encapsulation::from_bytes(*encapsulation))?, aad, ciphertext)
}

/// Agrees on a fresh secret with the holder of `receiver`, through the HPKE exporter.
///
/// # Errors
/// When the receiver's key is not [usable](SealingPublicKey::is_usable).
pub fn encapsulate(
    receiver: &SealingPublicKey,
    info: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Encapsulation, Secret32), SealError> {
    let (encapsulation, context) = sender(receiver, info, rng)?;
    let mut secret = Zeroizing::new([0; 32]);
    context.export(EXPORT_CONTEXT, secret.as_mut_slice()).map_err(|_| SealError)?;
    Ok((encapsulation, Secret32::from_bytes(secret)))
}

/// The secret of [`encapsulate`]. A wrong key or encapsulation gives another secret, not an error: what is encrypted with it must be authenticated.
///
/// # Errors
/// When the X25519 half of the encapsulation is a point of low order.
pub fn decapsulate(
    receiver: &SealingSecretKey,
    info: &[u8],
    encapsulation: &Encapsulation,
) -> Result<Secret32, OpenError> {
    suite::exported(&recipient(receiver, info, encapsulation)?, EXPORT_CONTEXT)
}

fn sender(
    receiver: &SealingPublicKey,
    info: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Encapsulation, SenderContext<XWing>), SealError> {
    if !receiver.is_usable() {
        return Err(SealError);
    }
    let (encapsulation, context) = suite::sender::<XWing>(receiver.as_bytes(), info, rng)?;
    Ok((Encapsulation::from_bytes(encapsulation.to_bytes().into()), context))
}

fn recipient(
    receiver: &SealingSecretKey,
    info: &[u8],
    encapsulation: &Encapsulation,
) -> Result<RecipientContext<XWing>, OpenError> {
    if encapsulation.is_low_order() {
        return Err(OpenError);
    }
    suite::recipient::<XWing>(receiver.seed(), info, encapsulation.as_bytes())
}

#[cfg(test)]
mod tests;
