//! Who issues keys under a name: an authority, or the owner of a domain. All its secrets follow from one seed.

use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::encoding::{DecodeError, Decoder, put_short_bytes, secret_bytes};
use crate::pairing::SecretScalar;
use crate::policy::{AttributeName, AuthorityName};
use crate::secret::Secret32;

/// A name and the seed of what is issued under it.
#[derive(Debug, ZeroizeOnDrop)]
pub(crate) struct Issuer {
    #[zeroize(skip)]
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

    /// The seed, for what follows from it and is no scalar.
    pub(crate) fn seed(&self) -> &Secret32 {
        &self.seed
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
    pub(crate) fn prf(&self, domain: &'static str, inputs: &[&[u8]]) -> SecretScalar {
        let len = 32 + inputs.iter().map(|input| 2 + input.len()).sum::<usize>();
        let message = secret_bytes(len, |message| {
            message.extend_from_slice(self.seed.expose());
            for input in inputs {
                put_short_bytes(message, input);
            }
        });
        SecretScalar::from_hash(domain, &message)
    }

    /// Length of what [`Issuer::put`] appends.
    pub(crate) fn len(&self) -> usize {
        32 + 2 + self.name.as_str().len()
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
