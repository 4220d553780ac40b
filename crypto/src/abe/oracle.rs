//! The random oracles of the scheme, each with its domain.

use crate::hash::tagged_hash;
use crate::pairing::{G2, Gt, Scalar, hash_to_scalar};
use crate::policy::AttributeName;
use crate::secret::AttributeSecret;

const GID_DOMAIN: &str = "MEDSHARE-V01-RW15-GID-BLS12381G2_XMD:SHA-256_SSWU_RO_";
const ATTRIBUTE_DOMAIN: &str = "MEDSHARE-V01-RW15-ATTRIBUTE-BLS12381G2_XMD:SHA-256_SSWU_RO_";
const EXPONENT_DOMAIN: &str = "MEDSHARE-V01-RW15-FO-EXPONENT";
const MASK_DOMAIN: &str = "medshare/abe/mask/v1";

/// H: identities of users to G2.
pub(super) fn hash_gid(gid: &[u8]) -> G2 {
    G2::hash(GID_DOMAIN, gid)
}

/// F: names of attributes to G2.
pub(super) fn hash_attribute(attribute: &AttributeName) -> G2 {
    G2::hash(ATTRIBUTE_DOMAIN, attribute.as_str().as_bytes())
}

/// What a σ is for. It enters H1, so that a ciphertext of one use never opens as one of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Label {
    /// A data key follows from it.
    Data = 1,
    /// It answers a challenge.
    Authentication = 2,
}

/// H1: `s` from σ, its label and its context.
pub(super) fn fo_exponent(label: Label, sigma: &AttributeSecret, context: &[u8]) -> Scalar {
    // σ and the label have a fixed length and come first, so this is injective.
    let mut message = zeroize::Zeroizing::new(sigma.expose().to_vec());
    message.push(label as u8);
    message.extend_from_slice(context);
    hash_to_scalar(EXPONENT_DOMAIN, &message)
}

/// H2: the mask of σ from κ.
pub(super) fn mask(kappa: &[u8; Gt::LEN]) -> [u8; 32] {
    tagged_hash(MASK_DOMAIN, &[kappa]).to_bytes()
}

/// a ⊕ b.
pub(super) fn xor(mut a: [u8; 32], b: &[u8; 32]) -> [u8; 32] {
    a.iter_mut().zip(b).for_each(|(x, y)| *x ^= y);
    a
}
