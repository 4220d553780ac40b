//! Integers modulo the group order r.

use core::fmt;
use core::ops::{AddAssign, Mul, Sub};

pub use blstrs::Scalar;
use ff::Field;
use rand_core::{CryptoRng, RngCore};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::encoding::{DecodeError, Decoder};

/// A scalar that must not be seen; wiped when dropped. What is made of bytes, a hash or at random is not zero; a product or difference may be.
pub struct SecretScalar(Scalar);

impl SecretScalar {
    /// A fresh random scalar.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self(random_scalar(rng))
    }

    /// The empty sum.
    pub(crate) fn zero() -> Self {
        Self(Scalar::ZERO)
    }

    /// Takes over a scalar; `None` when it is zero.
    #[must_use]
    pub fn new(scalar: Scalar) -> Option<Self> {
        (!bool::from(scalar.is_zero())).then_some(Self(scalar))
    }

    /// The scalar that `hash_to_scalar` gives; zero, which comes with probability 2^-255, becomes one.
    #[must_use]
    pub fn from_hash(domain: &'static str, message: &[u8]) -> Self {
        Self::new(hash_to_scalar(domain, message)).unwrap_or(Self(Scalar::ONE))
    }

    /// 1 / self; of zero, one.
    #[must_use]
    pub fn invert(&self) -> Self {
        Self(Option::from(self.0.invert()).unwrap_or(Scalar::ONE))
    }

    /// The value, for arithmetic.
    #[must_use]
    pub fn expose(&self) -> &Scalar {
        &self.0
    }

    /// Big-endian bytes, for key files.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(encode_scalar(&self.0))
    }

    /// Reads [`SecretScalar::to_bytes`].
    ///
    /// # Errors
    /// When the bytes are not below r, or zero.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        let what = "secret scalar";
        let scalar = Option::from(Scalar::from_bytes_be(bytes));
        scalar.and_then(Self::new).ok_or(DecodeError::InvalidElement { what })
    }
}

impl Zeroize for SecretScalar {
    fn zeroize(&mut self) {
        wipe(&mut self.0);
    }
}

impl Drop for SecretScalar {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for SecretScalar {}

impl AddAssign<&Scalar> for SecretScalar {
    fn add_assign(&mut self, other: &Scalar) {
        self.0 += other;
    }
}

impl Mul<&Scalar> for &SecretScalar {
    type Output = SecretScalar;
    fn mul(self, factor: &Scalar) -> SecretScalar {
        SecretScalar(self.0 * factor)
    }
}

impl Mul for &SecretScalar {
    type Output = SecretScalar;
    fn mul(self, factor: Self) -> SecretScalar {
        self * &factor.0
    }
}

impl Sub for &SecretScalar {
    type Output = SecretScalar;
    fn sub(self, other: Self) -> SecretScalar {
        SecretScalar(self.0 - other.0)
    }
}

/// Several scalars that must not be seen, such as the shares of a secret; wiped when dropped.
pub struct SecretScalars(Vec<Scalar>);

impl SecretScalars {
    /// Takes over scalars.
    pub(crate) fn new(scalars: Vec<Scalar>) -> Self {
        Self(scalars)
    }
}

impl core::ops::Deref for SecretScalars {
    type Target = [Scalar];

    fn deref(&self) -> &[Scalar] {
        &self.0
    }
}

impl Zeroize for SecretScalars {
    fn zeroize(&mut self) {
        self.0.iter_mut().for_each(wipe);
    }
}

impl Drop for SecretScalars {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for SecretScalars {}

impl fmt::Debug for SecretScalars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretScalars(…)")
    }
}

#[expect(unsafe_code, reason = "a volatile write is what the compiler may not remove")]
fn wipe(scalar: &mut Scalar) {
    // SAFETY: `scalar` is a valid, aligned, initialised `Scalar`, and zero is a valid value of it.
    unsafe { core::ptr::write_volatile(scalar, Scalar::ZERO) };
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
}

impl fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretScalar(…)")
    }
}

/// A uniform scalar that is not zero.
pub fn random_scalar(rng: &mut (impl CryptoRng + RngCore)) -> Scalar {
    loop {
        let scalar = Scalar::random(&mut *rng);
        if !bool::from(scalar.is_zero()) {
            return scalar;
        }
    }
}

/// RFC 9380 `hash_to_field` into the scalars: `expand_message_xmd` with SHA-256 to 48 bytes, reduced modulo r.
#[must_use]
#[expect(unsafe_code, reason = "blst's functions take pointers")]
pub fn hash_to_scalar(domain: &'static str, message: &[u8]) -> Scalar {
    const EXPANDED_LEN: usize = 48;
    let mut wide = Zeroizing::new([0; EXPANDED_LEN]);
    let mut reduced = blst::blst_scalar::default();
    // SAFETY: every pointer comes from a live slice or value of the length that is passed with it.
    unsafe {
        blst::blst_expand_message_xmd(
            wide.as_mut_ptr(),
            EXPANDED_LEN,
            message.as_ptr(),
            message.len(),
            domain.as_ptr(),
            domain.len(),
        );
        blst::blst_scalar_from_be_bytes(&raw mut reduced, wide.as_ptr(), EXPANDED_LEN);
    }
    // The value was reduced, so the canonical check that this repeats cannot fail.
    Option::from(Scalar::from_bytes_le(&reduced.b)).unwrap_or(Scalar::ZERO)
}

/// Thirty-two big-endian bytes.
#[must_use]
pub fn encode_scalar(scalar: &Scalar) -> [u8; 32] {
    scalar.to_bytes_be()
}

/// Reads [`encode_scalar`]; zero is allowed, values from r upwards are not.
///
/// # Errors
/// When the bytes are not canonical.
pub fn decode_scalar(bytes: &[u8; 32]) -> Result<Scalar, DecodeError> {
    Option::from(Scalar::from_bytes_be(bytes)).ok_or(DecodeError::InvalidElement { what: "scalar" })
}

impl Decoder<'_> {
    /// A canonical scalar.
    pub(crate) fn scalar(&mut self, what: &'static str) -> Result<Scalar, DecodeError> {
        decode_scalar(&self.array(what)?).map_err(|_| DecodeError::InvalidElement { what })
    }

    /// A canonical scalar that is secret, and not zero.
    pub(crate) fn secret_scalar(&mut self, what: &'static str) -> Result<SecretScalar, DecodeError> {
        let bytes = Zeroizing::new(self.array(what)?);
        SecretScalar::from_bytes(&bytes).map_err(|_| DecodeError::InvalidElement { what })
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::*;
    use crate::pairing::{G1, G2, Gt, PreparedG2, multi_pairing};

    #[test]
    fn what_is_wiped_is_zero() {
        let mut scalar = SecretScalar::generate(&mut OsRng);
        assert_ne!(*scalar.expose(), Scalar::ZERO);
        scalar.zeroize();
        assert_eq!(*scalar.expose(), Scalar::ZERO);
        let mut scalars = SecretScalars::new(vec![Scalar::ONE; 3]);
        scalars.zeroize();
        assert_eq!(*scalars, [Scalar::ZERO; 3]);
        let (mut g1, mut g2, mut gt) = (G1::generator(), G2::generator(), Gt::generator());
        g1.zeroize();
        g2.zeroize();
        gt.zeroize();
        assert!(g1 == G1::default() && g2 == G2::default() && gt == Gt::default());
        let mut lines = PreparedG2::new(&G2::generator());
        lines.zeroize();
        assert!(multi_pairing(&[(G1::generator(), &lines)]) == Gt::default());
    }
}
