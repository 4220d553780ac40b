//! The random oracles of the scheme, each with its domain.

use crate::fujisaki_okamoto::exponent;
use crate::pairing::{G2, SecretScalar};
use crate::policy::AttributeName;
use crate::secret::AttributeSecret;

const GID_DOMAIN: &str = "MEDSHARE-V01-RW15-GID-BLS12381G2_XMD:SHA-256_SSWU_RO_";
const ATTRIBUTE_DOMAIN: &str = "MEDSHARE-V01-RW15-ATTRIBUTE-BLS12381G2_XMD:SHA-256_SSWU_RO_";
const DATA_DOMAIN: &str = "MEDSHARE-V01-RW15-FO-DATA";
const AUTHENTICATION_DOMAIN: &str = "MEDSHARE-V01-RW15-FO-AUTH";
/// Domain of H2.
pub(super) const MASK_DOMAIN: &str = "medshare/abe/mask/v1";

/// H: identities of users to G2.
pub(super) fn hash_gid(gid: &[u8]) -> G2 {
    G2::hash(GID_DOMAIN, gid)
}

/// F: names of attributes to G2.
pub(super) fn hash_attribute(attribute: &AttributeName) -> G2 {
    G2::hash(ATTRIBUTE_DOMAIN, attribute.as_str().as_bytes())
}

/// What a σ is for. Each use has its own H1, so that a ciphertext of one never opens as one of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// A data key follows from it.
    Data,
    /// It answers a challenge.
    Authentication,
}

/// H1: `s` from σ and its context.
pub(super) fn fo_exponent(label: Label, sigma: &AttributeSecret, context: &[u8]) -> SecretScalar {
    let domain = match label {
        Label::Data => DATA_DOMAIN,
        Label::Authentication => AUTHENTICATION_DOMAIN,
    };
    exponent(domain, sigma, context)
}
