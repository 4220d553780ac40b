//! What an organisation's rows follow from, so that whoever gets them can see that they do.
//!
//! The seed tells the secret in the rows and all that is random in them: to their owner, who needs the secret anyway, and to nobody else.

use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::make_rows::Exponents;
use crate::pairing::SecretScalar;
use crate::policy::Policy;
use crate::secret::Secret32;

/// Of the scalars that follow from a seed: number n is the hash of `seed (32) ‖ u32 n`.
const DOMAIN: &str = "MEDSHARE-V01-RW15-ROW-SEED";

/// The seed of one organisation's rows for one set.
#[derive(Debug, PartialEq, Eq, ZeroizeOnDrop)]
pub struct RowSeed(Secret32);

impl RowSeed {
    /// A fresh seed.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self(Secret32::generate(rng))
    }

    /// Takes a seed that came in a letter.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(Secret32::from_bytes(bytes))
    }

    /// The seed, to be sent to the owner in a sealed message.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.0.expose())
    }

    /// What rows for `policy` are made from.
    pub(super) fn exponents(&self, policy: &Policy) -> Exponents {
        let mut number = 0_u32;
        Exponents::draw(policy, || {
            let message = Zeroizing::new([self.0.expose().as_slice(), &number.to_be_bytes()].concat());
            number += 1;
            *SecretScalar::from_hash(DOMAIN, &message).expose()
        })
    }
}
