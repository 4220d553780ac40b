//! The check that all encryption schemes here share: Fujisaki–Okamoto (CRYPTO 1999), in the variant that derives the exponent.
//!
//! A random σ determines the exponent `s = H1(σ‖context)` of its own encryption; `C0 = σ ⊕ H2(κ)` with κ the scheme's group
//! element for s. Whoever recovers σ computes s again and compares.

use zeroize::Zeroizing;

use crate::encoding::secret_bytes;
use crate::hash::tagged_hash;
use crate::pairing::{Gt, SecretScalar};
use crate::secret::{AttributeSecret, Secret32};

/// H1 under the scheme's domain. σ has a fixed length and comes first, so this is injective.
pub(crate) fn exponent(domain: &'static str, sigma: &AttributeSecret, context: &[u8]) -> SecretScalar {
    let message = secret_bytes(32 + context.len(), |message| {
        message.extend_from_slice(sigma.expose());
        message.extend_from_slice(context);
    });
    SecretScalar::from_hash(domain, &message)
}

/// `σ ⊕ H2(κ)`, H2 under the scheme's domain.
pub(crate) fn mask(domain: &'static str, kappa: &Zeroizing<[u8; Gt::LEN]>, sigma: &AttributeSecret) -> [u8; 32] {
    *xor(domain, kappa, sigma.expose())
}

/// The σ of `C0`, before the check.
pub(crate) fn unmask(domain: &'static str, kappa: &Zeroizing<[u8; Gt::LEN]>, c0: &[u8; 32]) -> AttributeSecret {
    AttributeSecret(Secret32::from_bytes(xor(domain, kappa, c0)))
}

fn xor(domain: &'static str, kappa: &Zeroizing<[u8; Gt::LEN]>, with: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new(tagged_hash(domain, &[kappa.as_slice()]).to_bytes());
    bytes.iter_mut().zip(with).for_each(|(byte, other)| *byte ^= other);
    bytes
}
