//! What was sealed before keys were hybrid: DHKEM(X25519, HKDF-SHA256) 0x0020. It is opened, and nothing new is sealed with it.
//!
//! Whoever recorded such messages reads them once he has a quantum computer, whatever is done now.
//!
//! Layout of a sealed message: `enc (32) ‖ ciphertext ‖ tag (16)`.

use core::fmt;

use hpke::Serializable as _;
use hpke::kem::X25519HkdfSha256;
use zeroize::Zeroizing;

use super::{OpenError, suite};
use crate::secret::Secret32;

/// An X25519 secret key of before; wiped when dropped.
#[derive(zeroize::ZeroizeOnDrop)]
pub struct ClassicalSecretKey(Secret32);

impl ClassicalSecretKey {
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

    /// The public half, to tell whom something is for.
    #[must_use]
    pub fn public_key(&self) -> ClassicalPublicKey {
        // 32 bytes always are a secret key of this KEM, so the neutral default is never returned.
        let public = suite::public_key::<X25519HkdfSha256>(&self.0);
        ClassicalPublicKey(public.map_or([0; ClassicalPublicKey::LEN], |key| key.to_bytes().into()))
    }

    pub(super) fn secret(&self) -> &Secret32 {
        &self.0
    }
}

impl fmt::Debug for ClassicalSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClassicalSecretKey(…)")
    }
}

/// An X25519 public key of before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassicalPublicKey([u8; 32]);

impl ClassicalPublicKey {
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

impl fmt::Debug for ClassicalPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = hex::encode(self.0);
        write!(f, "{}…", text.get(..8).unwrap_or_default())
    }
}

impl fmt::Display for ClassicalPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Opens what was sealed to a key of before for the same `info` and `aad`.
///
/// # Errors
/// One error for every cause.
pub fn open(
    receiver: &ClassicalSecretKey,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (enc, ciphertext) = sealed.split_first_chunk::<32>().ok_or(OpenError)?;
    suite::open(suite::recipient::<X25519HkdfSha256>(&receiver.0, info, enc)?, aad, ciphertext)
}

#[cfg(test)]
mod tests;
