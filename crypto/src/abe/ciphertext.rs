//! Encryption: rows, joined with a secret that only the owner knows.

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::ciphertext_bytes::Layout;
use super::oracle::{Label, MASK_DOMAIN, fo_exponent};
use super::{AttributeVersion, EncryptError, PublicKeys, RowShare, Rows, RowsError, make_rows};
use crate::fujisaki_okamoto::mask;
use crate::hash::Hash32;
use crate::pairing::{GtTable, Scalar};
use crate::policy::Policy;
use crate::secret::{AttributeSecret, Secret32};

/// An encrypted σ. Its rows are bytes: users need δ and C0 only, and who computes with rows checks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ciphertext {
    pub(super) rows: Rows,
    pub(super) delta: Scalar,
    pub(super) c0: [u8; 32],
    pub(super) layout: Layout,
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
    Ciphertext { rows, delta, c0: mask(MASK_DOMAIN, &kappa, sigma), layout: Layout::HeadFirst }
}

impl Ciphertext {
    /// Who may open it.
    ///
    /// # Errors
    /// When the policy's text is damaged.
    pub fn policy(&self) -> Result<Policy, RowsError> {
        self.rows.policy()
    }

    /// Of which versions of its attributes it is: [`Rows::versions`].
    ///
    /// # Errors
    /// [`RowsError`] says what does not fit.
    pub fn versions(&self) -> Result<Vec<AttributeVersion>, RowsError> {
        self.rows.versions()
    }

    /// [`Policy::hash`], without reading the policy.
    #[must_use]
    pub fn policy_hash(&self) -> Hash32 {
        self.rows.policy_hash()
    }

    /// The policy, with the certainty that the rows are those that the head names, one for each attribute. Their points are left alone.
    ///
    /// # Errors
    /// [`RowsError`] says what does not fit.
    pub fn read(&self) -> Result<Policy, RowsError> {
        self.rows.read()
    }

    /// Other rows for the same secret.
    pub(super) fn with_rows(&self, rows: Rows) -> Self {
        Self { rows, layout: Layout::HeadFirst, ..*self }
    }
}
