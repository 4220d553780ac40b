//! The signer and its mediator.

use std::collections::BTreeMap;

use ff::Field as _;
use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{AttributeSignature, Claim, SignaturePublic};
use crate::pairing::{G1, G2, Scalar, SecretScalar};
use crate::policy::{AttributeName, SparseRow};

/// Why there is no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The signer's attributes do not satisfy the claim.
    #[error("your attributes do not satisfy {policy}")]
    NotSatisfied {
        /// The claim's text.
        policy: String,
    },
    /// The claim is for another mediator.
    #[error("the claim needs the mediator for {needed}, and this one is for {found}")]
    OtherMediator {
        /// The claim's.
        needed: AttributeName,
        /// The one asked.
        found: AttributeName,
    },
    /// The public key has fewer columns than the claim.
    #[error("the claim is too large for this public key")]
    TooLarge,
}

/// A user's signing key, without the attribute that the mediator holds. Secret.
///
/// Layout: `u8 1 ‖ Kb (48) ‖ K0 (48) ‖ u16 attributes ‖ (u16 len ‖ name ‖ Ku (48))*`, names ascending.
#[derive(PartialEq, Eq, ZeroizeOnDrop)]
pub struct SignerKey {
    pub(super) kb: Zeroizing<G1>,
    pub(super) k0: Zeroizing<G1>,
    // each wipes itself
    #[zeroize(skip)]
    pub(super) attributes: BTreeMap<AttributeName, Zeroizing<G1>>,
}

/// The mediator's key for one user. Secret.
///
/// Layout: `u8 2 ‖ u16 len ‖ name ‖ K (48)`.
#[derive(PartialEq, Eq, ZeroizeOnDrop)]
pub struct MediatorKey {
    #[zeroize(skip)]
    pub(super) attribute: AttributeName,
    pub(super) k: Zeroizing<G1>,
}

impl core::fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SignerKey({:?})", self.attributes.keys())
    }
}

impl core::fmt::Debug for MediatorKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "MediatorKey({})", self.attribute)
    }
}

/// What the mediator needs. r0 is secret: send it over an authenticated, encrypted channel.
///
/// Layout: `u8 1 ‖ u16 len ‖ mediator ‖ u16 len ‖ policy Υ' ‖ r0 (32) ‖ message`.
#[derive(Debug)]
pub struct MediationRequest {
    /// The message.
    pub message: Vec<u8>,
    /// The claim.
    pub claim: Claim,
    pub(super) r0: SecretScalar,
}

/// The mediator's answer: `S_* = K_{u*}^{v_* r0}·Q^{r_*}` and its part of every P_j. P_j may be neutral here.
///
/// Layout: `u8 1 ‖ S_* (48) ‖ u16 columns ‖ (u8 0 | u8 1 ‖ P_j (96))*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediatedRow {
    pub(super) s: G1,
    pub(super) p: Vec<G2>,
}

/// A signature that lacks the mediator's row.
#[derive(Debug)]
pub struct PendingSignature {
    pub(super) y: G1,
    pub(super) w: G1,
    pub(super) s: Vec<G1>,
    pub(super) p: Vec<G2>,
}

/// Adds `(A_j B_j^u)^{M_j r}` to every P_j of the row's columns.
fn add_row(
    p: &mut [G2],
    public: &SignaturePublic,
    attribute: &Scalar,
    row: &SparseRow,
    r: &SecretScalar,
) -> Result<(), SignError> {
    for (j, entry) in row {
        let (a, b) = public.column(*j).ok_or(SignError::TooLarge)?;
        let slot = p.get_mut(*j).ok_or(SignError::TooLarge)?;
        *slot += (a + b * attribute) * &(r * entry);
    }
    Ok(())
}

impl SignerKey {
    /// The attributes that the holder can claim.
    pub fn attributes(&self) -> impl Iterator<Item = &AttributeName> {
        self.attributes.keys()
    }

    /// Makes all but the mediator's row.
    ///
    /// # Errors
    /// When the attributes do not satisfy the claim.
    pub fn begin(
        &self,
        message: &[u8],
        claim: Claim,
        public: &SignaturePublic,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(MediationRequest, PendingSignature), SignError> {
        let mediator = claim.mediator();
        let has = |name: &AttributeName| name == mediator || self.attributes.contains_key(name);
        let found = claim.policy().reconstruct(has);
        let found = found.ok_or_else(|| SignError::NotSatisfied { policy: claim.policy().to_string() })?;
        let weights: BTreeMap<usize, Scalar> = found.terms().iter().copied().collect();
        let q = claim.message_point(message);
        let r0 = SecretScalar::generate(rng);
        let leaves = claim.policy().leaves();
        let mut s = Vec::with_capacity(leaves.len());
        let mut p = vec![G2::identity(); claim.columns()];
        let own = leaves.iter().zip(claim.rows()).enumerate();
        for (index, (name, (attribute, row))) in own.take(leaves.len() - 1) {
            let r = SecretScalar::generate(rng);
            // Rows that are not used get Q^r alone, which looks the same, and takes the same time: Kb to the power of 0.
            let used = weights.get(&index).zip(self.attributes.get(*name));
            let (weight, key) = used.unwrap_or((&Scalar::ZERO, &self.kb));
            s.push(**key * &(&r0 * weight) + q * &r);
            add_row(&mut p, public, &attribute, row, &r)?;
        }
        let pending = PendingSignature { y: *self.kb * &r0, w: *self.k0 * &r0, s, p };
        let request = MediationRequest { message: message.to_vec(), claim, r0 };
        Ok((request, pending))
    }
}

impl MediatorKey {
    /// The attribute that this key is for.
    #[must_use]
    pub fn attribute(&self) -> &AttributeName {
        &self.attribute
    }

    /// Makes the last row. Before, the mediator checks that the user may still sign, and records it.
    ///
    /// # Errors
    /// When the claim is for another mediator.
    pub fn mediate(
        &self,
        request: &MediationRequest,
        public: &SignaturePublic,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<MediatedRow, SignError> {
        let claim = &request.claim;
        if *claim.mediator() != self.attribute {
            return Err(SignError::OtherMediator { needed: claim.mediator().clone(), found: self.attribute.clone() });
        }
        let r = SecretScalar::generate(rng);
        let q = claim.message_point(&request.message);
        // The last branch of an AND has weight 1 in every reconstruction.
        let s = *self.k * &request.r0 + q * &r;
        let mut p = vec![G2::identity(); claim.columns()];
        if let Some((attribute, row)) = claim.rows().last() {
            add_row(&mut p, public, &attribute, row, &r)?;
        }
        Ok(MediatedRow { s, p })
    }
}

impl PendingSignature {
    /// Adds the mediator's row.
    #[must_use]
    pub fn complete(self, row: MediatedRow) -> AttributeSignature {
        let mut s = self.s;
        s.push(row.s);
        let columns = self.p.into_iter().zip(row.p);
        let mut p: Vec<G2> = columns.map(|(own, mediated)| own + mediated).collect();
        G1::normalise_batch(s.iter_mut());
        G2::normalise_batch(p.iter_mut());
        AttributeSignature { y: self.y, w: self.w, s, p }
    }
}
