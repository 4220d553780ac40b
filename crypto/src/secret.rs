//! Thirty-two secret bytes: wiped when dropped, never printed, never copied by habit.

use core::fmt;

use rand_core::{CryptoRng, RngCore};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Thirty-two secret bytes. Comparison is in constant time; there is no `Clone` and no readable `Debug`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret32([u8; 32]);

impl Secret32 {
    /// Fresh random bytes.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut secret = Self([0; 32]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    /// Takes over bytes that are wiped at the caller's side when it drops them.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(*bytes)
    }

    /// The bytes. Named so that a reader of calling code sees that a secret leaves its type.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Secret32 {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret32 {}

impl fmt::Debug for Secret32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret32(…)")
    }
}

/// σ of the attribute-based schemes: what a satisfied policy yields, from which the data key is derived.
#[derive(Debug, PartialEq, Eq, ZeroizeOnDrop)]
pub struct AttributeSecret(pub(crate) Secret32);

impl AttributeSecret {
    /// Takes over a secret that came out of another scheme or out of storage.
    #[must_use]
    pub fn from_secret(secret: Secret32) -> Self {
        Self(secret)
    }

    /// The bytes of σ.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let secret = Secret32::from_bytes(Zeroizing::new([0xab; 32]));
        assert_eq!(format!("{secret:?}"), "Secret32(…)");
        assert!(!format!("{:?}", AttributeSecret::from_secret(secret)).contains("ab"));
    }
}
