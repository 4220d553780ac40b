//! The check that all encryption schemes here share: Fujisaki–Okamoto (CRYPTO 1999), in the variant that derives the exponent.
//!
//! A random σ determines the exponent `s = H1(σ‖context)` of its own encryption; `C0 = σ ⊕ H2(κ)` with κ the scheme's group
//! element for s. Whoever recovers σ computes s again and compares.

use zeroize::Zeroizing;

use crate::hash::tagged_hash;
use crate::pairing::{Gt, Scalar, hash_to_scalar};
use crate::secret::{AttributeSecret, Secret32};

/// H1 under the scheme's domain. σ has a fixed length and comes first, so this is injective.
pub(crate) fn exponent(domain: &'static str, sigma: &AttributeSecret, context: &[u8]) -> Scalar {
    let mut message = Zeroizing::new(Vec::with_capacity(32 + context.len()));
    message.extend_from_slice(sigma.expose());
    message.extend_from_slice(context);
    hash_to_scalar(domain, &message)
}

/// `σ ⊕ H2(κ)`, H2 under the scheme's domain.
pub(crate) fn mask(domain: &'static str, kappa: &[u8; Gt::LEN], sigma: &AttributeSecret) -> [u8; 32] {
    xor(tagged_hash(domain, &[kappa]).to_bytes(), sigma.expose())
}

/// The σ of `C0`, before the check.
pub(crate) fn unmask(domain: &'static str, kappa: &[u8; Gt::LEN], c0: &[u8; 32]) -> AttributeSecret {
    let sigma = xor(tagged_hash(domain, &[kappa]).to_bytes(), c0);
    AttributeSecret(Secret32::from_bytes(Zeroizing::new(sigma)))
}

fn xor(mut a: [u8; 32], b: &[u8; 32]) -> [u8; 32] {
    a.iter_mut().zip(b).for_each(|(x, y)| *x ^= y);
    a
}
