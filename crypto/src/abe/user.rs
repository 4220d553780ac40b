//! The user: one secret, z, that never leaves its machine.

use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::oracle::{Label, MASK_DOMAIN, fo_exponent, hash_gid};
use super::registration::{proof_context, relations};
use super::{Ciphertext, MAX_GID_LEN, Registration, RegistrationError, Transform};
use crate::dleq::DleqProof;
use crate::encoding::DecodeError;
use crate::fujisaki_okamoto;
use crate::pairing::{Fp12, G2, GtTable, Scalar, SecretScalar};
use crate::secret::AttributeSecret;

/// The transform does not open the ciphertext for this user and context. It does not say why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ciphertext does not open: it is not for this key and purpose, or the node's answer is wrong")]
pub struct RecoverError;

/// A user's z.
#[derive(Debug, ZeroizeOnDrop)]
pub struct UserSecret {
    z: SecretScalar,
}

impl UserSecret {
    /// A fresh secret.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self { z: SecretScalar::generate(rng) }
    }

    /// The secret's bytes, for key files.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.z.to_bytes()
    }

    /// Reads [`UserSecret::to_bytes`].
    ///
    /// # Errors
    /// When the bytes are not a canonical scalar other than zero.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        SecretScalar::from_bytes(bytes).map(|z| Self { z })
    }

    /// Registers this secret under `gid`: `Z = g2^{1/z}`, `HZ = H(gid)^{1/z}`, proof of the same exponent.
    ///
    /// # Errors
    /// When the identity is empty or too long.
    pub fn registration(
        &self,
        gid: &[u8],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Registration, RegistrationError> {
        if gid.is_empty() || gid.len() > MAX_GID_LEN {
            return Err(RegistrationError::GidLength);
        }
        let inverse = self.z.invert();
        let z = G2::generator() * &inverse;
        let hz = hash_gid(gid) * &inverse;
        let [first, second] = relations(gid, z, hz);
        let context = proof_context(gid);
        let proof = DleqProof::new(&context, &first, &second, inverse.expose(), rng);
        Ok(Registration { gid: gid.to_vec(), z, hz, proof })
    }

    /// `κ = A·T^z`, `σ = C0 ⊕ H2(κ)`, accepted iff `E^{H1(σ‖context)} = κ`: two exponentiations, whatever the policy.
    ///
    /// # Errors
    /// One error for every cause.
    pub fn recover(
        &self,
        ciphertext: &Ciphertext,
        transform: &Transform,
        context: &[u8],
    ) -> Result<AttributeSecret, RecoverError> {
        unmask(ciphertext, &self.kappa(transform), context)
    }

    /// `κ = A·T^z`.
    pub(super) fn kappa(&self, transform: &Transform) -> Zeroizing<Fp12> {
        let factor = Zeroizing::new(transform.t.pow(self.exponent()));
        Zeroizing::new(&transform.a * &factor)
    }

    pub(super) fn exponent(&self) -> &Scalar {
        self.z.expose()
    }
}

/// `σ = C0 ⊕ H2(κ)`, accepted iff `E^{H1(σ‖context)} = κ`.
pub(super) fn unmask(
    ciphertext: &Ciphertext,
    kappa: &Zeroizing<Fp12>,
    context: &[u8],
) -> Result<AttributeSecret, RecoverError> {
    unmask_for(Label::Data, ciphertext, kappa, context)
}

pub(super) fn unmask_for(
    label: Label,
    ciphertext: &Ciphertext,
    kappa: &Zeroizing<Fp12>,
    context: &[u8],
) -> Result<AttributeSecret, RecoverError> {
    let mask = Zeroizing::new(kappa.to_bytes());
    let sigma = fujisaki_okamoto::unmask(MASK_DOMAIN, &mask, &ciphertext.c0);
    let s = fo_exponent(label, &sigma, context);
    if GtTable::generator().power_is(s.expose(), kappa) { Ok(sigma) } else { Err(RecoverError) }
}
