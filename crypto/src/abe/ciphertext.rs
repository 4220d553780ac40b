//! Encryption: rows, joined with a secret that only the owner knows.

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::oracle::{Label, MASK_DOMAIN, fo_exponent};
use super::{EncryptError, PublicKeys, RowShare, Rows, make_rows};
use crate::encoding::{DecodeError, Decoder};
use crate::fujisaki_okamoto::mask;
use crate::pairing::{GtTable, Scalar, encode_scalar};
use crate::policy::Policy;
use crate::secret::{AttributeSecret, Secret32};

/// An encrypted σ.
///
/// Layout: rows ‖ δ (32) ‖ C0 (32).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ciphertext {
    pub(super) rows: Rows,
    pub(super) delta: Scalar,
    pub(super) c0: [u8; 32],
}

/// Encrypts a fresh σ under `policy`, all by oneself. `context` says what σ is for; recovering needs the same.
///
/// # Errors
/// When a public key is missing.
pub fn encrypt(
    policy: &Policy,
    keys: &PublicKeys,
    context: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Ciphertext, AttributeSecret), EncryptError> {
    let (rows, share) = make_rows(policy, keys, rng)?;
    Ok(wrap(rows, vec![share], context, rng))
}

/// The owner's part of outsourced encryption: `δ = s − Σ s_j`, `C0 = σ ⊕ H2(E^s)`. One exponentiation, whatever the policy.
///
/// `rows` are the combined rows of the organisations whose shares these are. σ stays confidential while one of them is honest.
#[must_use]
pub fn wrap(
    rows: Rows,
    shares: Vec<RowShare>,
    context: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> (Ciphertext, AttributeSecret) {
    let sigma = AttributeSecret(Secret32::generate(rng));
    let ciphertext = wrap_secret(rows, &shares, &sigma, context);
    (ciphertext, sigma)
}

/// [`wrap`] for a σ that exists already.
pub(super) fn wrap_secret(rows: Rows, shares: &[RowShare], sigma: &AttributeSecret, context: &[u8]) -> Ciphertext {
    wrap_for(Label::Data, rows, shares, sigma, context)
}

pub(super) fn wrap_for(
    label: Label,
    rows: Rows,
    shares: &[RowShare],
    sigma: &AttributeSecret,
    context: &[u8],
) -> Ciphertext {
    let s = fo_exponent(label, sigma, context);
    let kappa = Zeroizing::new(GtTable::generator().pow(s.expose()));
    let kappa = Zeroizing::new(kappa.to_bytes());
    let delta = shares.iter().fold(*s.expose(), |rest, share| rest - share.0.expose());
    Ciphertext { rows, delta, c0: mask(MASK_DOMAIN, &kappa, sigma) }
}

impl Ciphertext {
    /// Who may open it.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.rows.policy
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.rows.to_bytes();
        bytes.extend_from_slice(&encode_scalar(&self.delta));
        bytes.extend_from_slice(&self.c0);
        bytes
    }

    /// Decodes; every element is checked.
    ///
    /// # Errors
    /// When the bytes are of another layout or an element is invalid.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let ciphertext = Self { rows: decoder.rows()?, delta: decoder.scalar("delta")?, c0: decoder.array("C0")? };
        decoder.finish()?;
        Ok(ciphertext)
    }
}
