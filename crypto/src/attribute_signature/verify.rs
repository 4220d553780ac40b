//! Verification: one product of pairings for any number of signatures.

use super::public::h;
use super::{AttributeSignature, Claim, SignaturePublic};
use crate::hash::{Hash32, tagged_hash};
use crate::pairing::{G1, G2, PreparedG2, Scalar, multi_pairing};

/// The signature does not show what it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not show that somebody with these attributes signed this message")]
pub struct AttributeSignatureError;

impl AttributeSignature {
    /// Checks that somebody satisfying the claim signed `message`.
    ///
    /// # Errors
    /// When the signature does not show it.
    pub fn verify(
        &self,
        message: &[u8],
        claim: &Claim,
        public: &SignaturePublic,
    ) -> Result<(), AttributeSignatureError> {
        verify_batch(&[(self, message, claim)], public)
    }
}

/// Checks many signatures at once; a wrong one among them makes the whole batch wrong.
///
/// # Errors
/// When one of the signatures does not hold.
pub fn verify_batch(
    batch: &[(&AttributeSignature, &[u8], &Claim)],
    public: &SignaturePublic,
) -> Result<(), AttributeSignatureError> {
    if holds(batch, public, &batch_digest(batch, public)) { Ok(()) } else { Err(AttributeSignatureError) }
}

/// Whether the sum of all equations holds, with the weights of `digest`.
pub(super) fn holds(batch: &[(&AttributeSignature, &[u8], &Claim)], public: &SignaturePublic, digest: &Hash32) -> bool {
    let mut terms: Vec<(G1, G2)> = Vec::new();
    for (index, (signature, message, claim)) in batch.iter().enumerate() {
        let weigh = |equation: usize| weight(digest, index, equation);
        if add_terms(&mut terms, signature, message, claim, public, weigh).is_none() {
            return false;
        }
    }
    let prepared: Vec<(G1, PreparedG2)> = terms.into_iter().map(|(p, q)| (p, PreparedG2::new(&q))).collect();
    let pairs: Vec<(G1, &PreparedG2)> = prepared.iter().map(|(p, q)| (*p, q)).collect();
    multi_pairing(&pairs).is_one()
}

/// The equations of one signature, each to the power of its weight; `None` when the authority does not know the mediator, the shapes do not fit, or Y = 1.
fn add_terms(
    terms: &mut Vec<(G1, G2)>,
    signature: &AttributeSignature,
    message: &[u8],
    claim: &Claim,
    public: &SignaturePublic,
    weigh: impl Fn(usize) -> Scalar,
) -> Option<()> {
    let columns = claim.columns();
    if !public.mediators.contains(claim.mediator()) {
        return None;
    }
    let fits = signature.s.len() == claim.policy().leaf_count() && signature.p.len() == columns;
    if !fits || signature.y.is_identity() {
        return None;
    }
    let weights: Vec<Scalar> = (0..columns).map(&weigh).collect();
    let first = *weights.first()?;
    let extra = weigh(columns);
    // e(W, A0)^d = e(Y, h0)^d
    terms.push((signature.w * &extra, public.a0));
    terms.push((-(signature.y * &extra), h(0)));
    // e(Y, h1)^{d_1} · e(Q, Π P_j^{d_j}), on the other side
    terms.push((-(signature.y * &first), h(1)));
    let p: Vec<(G2, Scalar)> = signature.p.iter().copied().zip(weights.iter().copied()).collect();
    let q = claim.message_point(message);
    terms.push((-q, G2::linear_combination(&p)));
    // Π_i e(S_i, Π_j (A_j B_j^{u_i})^{M_ij d_j})
    for ((attribute, row), s) in claim.rows().zip(&signature.s) {
        let mut point = G2::identity();
        for (j, entry) in row {
            let (a, b) = public.column(*j)?;
            point += (a + b * &attribute) * &(*entry * weights.get(*j)?);
        }
        terms.push((*s, point));
    }
    Some(())
}

/// Over everything that is verified, and what it is verified with: whoever chose any of it behind the weights could make the sum hold.
pub(super) fn batch_digest(batch: &[(&AttributeSignature, &[u8], &Claim)], public: &SignaturePublic) -> Hash32 {
    let key = public.to_bytes();
    let encoded: Vec<[Vec<u8>; 4]> = batch
        .iter()
        .map(|(signature, message, claim)| {
            [
                signature.to_bytes(),
                message.to_vec(),
                claim.policy().to_string().into_bytes(),
                claim.mediator().as_str().as_bytes().to_vec(),
            ]
        })
        .collect();
    let parts: Vec<&[u8]> = core::iter::once(&key).chain(encoded.iter().flatten()).map(Vec::as_slice).collect();
    tagged_hash("medshare/attribute-signature/batch/v2", &parts)
}

/// 128 bits, fixed by everything that is verified.
pub(super) fn weight(digest: &Hash32, signature: usize, equation: usize) -> Scalar {
    let position = [(signature as u64).to_be_bytes(), (equation as u64).to_be_bytes()].concat();
    let hash = tagged_hash("medshare/attribute-signature/weight/v1", &[digest.as_bytes(), &position]);
    let [high, low, ..] = hash.as_bytes().as_chunks::<8>().0 else {
        return Scalar::from(1);
    };
    let two_to_64 = Scalar::from(1 << 32) * Scalar::from(1 << 32);
    Scalar::from(u64::from_be_bytes(*high)) * two_to_64 + Scalar::from(u64::from_be_bytes(*low))
}
