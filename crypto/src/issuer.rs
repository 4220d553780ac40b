//! Who issues keys under a name: an authority, or the owner of a domain. All its secrets follow from one seed.

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::pairing::{Scalar, SecretScalar, hash_to_scalar};
use crate::policy::{AttributeName, AuthorityName};
use crate::secret::Secret32;

/// A name and the seed of what is issued under it.
#[derive(Debug)]
pub(crate) struct Issuer {
    name: AuthorityName,
    seed: Secret32,
}

impl Issuer {
    pub(crate) fn generate(name: AuthorityName, rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self { name, seed: Secret32::generate(rng) }
    }

    pub(crate) fn name(&self) -> &AuthorityName {
        &self.name
    }

    /// Whether the attribute or label is issued under this name.
    pub(crate) fn owns(&self, attribute: &AttributeName) -> bool {
        attribute.authority() == self.name
    }

    /// The seed, hashed to a scalar under `domain`.
    pub(crate) fn secret(&self, domain: &'static str) -> SecretScalar {
        SecretScalar::from_hash(domain, self.seed.expose())
    }

    /// PRF(inputs): the seed and the inputs, each behind its length, hashed to a scalar under `domain`.
    pub(crate) fn prf(&self, domain: &'static str, inputs: &[&[u8]]) -> Scalar {
        let mut message = Zeroizing::new(self.seed.expose().to_vec());
        for input in inputs {
            put_short_bytes(&mut message, input);
        }
        hash_to_scalar(domain, &message)
    }

    /// Appends `seed (32) ‖ u16 len ‖ name`.
    pub(crate) fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.seed.expose());
        put_short_bytes(bytes, self.name.as_str().as_bytes());
    }

    /// Reads what [`Issuer::put`] wrote.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let seed = Secret32::from_bytes(Zeroizing::new(decoder.array("seed")?));
        Ok(Self { name: decoder.authority_name()?, seed })
    }
}
