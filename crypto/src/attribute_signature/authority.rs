//! The authority for signing attributes.

use std::collections::BTreeSet;

use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::public::{SignaturePublic, attribute_scalar, h, mediator_scalar};
use super::{MAX_COLUMNS, MediatorKey, SignerKey};
use crate::encoding::{put_short_bytes, secret_bytes};
use crate::pairing::{G1, G1Table, G2, Scalar, SecretScalar};
use crate::policy::AttributeName;
use crate::secret::Secret32;

const A0_DOMAIN: &str = "MEDSHARE-V01-MPR11-A0";
const A_DOMAIN: &str = "MEDSHARE-V01-MPR11-A";
const B_DOMAIN: &str = "MEDSHARE-V01-MPR11-B";
const BASE_DOMAIN: &str = "MEDSHARE-V01-MPR11-USER-BASE";

/// The authority's secret: a seed, from which a0, a, b and the users' bases follow. Layout: 32 bytes.
#[derive(Debug, ZeroizeOnDrop)]
pub struct SignatureAuthority {
    seed: Secret32,
    a0: SecretScalar,
    a: SecretScalar,
    b: SecretScalar,
}

impl SignatureAuthority {
    /// A fresh authority.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self::from_seed(Secret32::generate(rng))
    }

    fn from_seed(seed: Secret32) -> Self {
        let derived = |domain| SecretScalar::from_hash(domain, seed.expose());
        Self { a0: derived(A0_DOMAIN), a: derived(A_DOMAIN), b: derived(B_DOMAIN), seed }
    }

    /// The secret, for key files.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.seed.expose())
    }

    /// Reads [`SignatureAuthority::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self::from_seed(Secret32::from_bytes(bytes))
    }

    /// The public key, which names `mediators`: those whose part counts.
    #[must_use]
    pub fn public(&self, mediators: BTreeSet<AttributeName>) -> SignaturePublic {
        let mut public = SignaturePublic {
            a0: h(0) * self.a0.expose(),
            columns: (1..=MAX_COLUMNS).map(|j| (h(j) * self.a.expose(), h(j) * self.b.expose())).collect(),
            mediators,
        };
        G2::normalise_batch(public.columns.iter_mut().flat_map(|(a, b)| [a, b]));
        public
    }

    /// A user's keys: its own for `attributes`, and the mediator's for `mediator`. All keys of one user have the same base.
    #[must_use]
    pub fn issue(
        &self,
        user: &[u8],
        attributes: &BTreeSet<AttributeName>,
        mediator: &AttributeName,
    ) -> (SignerKey, MediatorKey) {
        let message = secret_bytes(32 + 2 + user.len(), |message| {
            message.extend_from_slice(self.seed.expose());
            put_short_bytes(message, user);
        });
        let base = SecretScalar::from_hash(BASE_DOMAIN, &message);
        let kb = Zeroizing::new(G1Table::generator().mul(base.expose()));
        let of = |attribute: &AttributeName| (attribute.clone(), self.key(&kb, &attribute_scalar(attribute)));
        let (k0, attributes) = (Zeroizing::new(*kb * &self.a0.invert()), attributes.iter().map(of).collect());
        let mediator = MediatorKey { attribute: mediator.clone(), k: self.key(&kb, &mediator_scalar(mediator)) };
        (SignerKey { kb, k0, attributes }, mediator)
    }

    /// Ku = Kb^{1/(a+b·u)}.
    fn key(&self, kb: &G1, u: &Scalar) -> Zeroizing<G1> {
        // The sum is zero with probability 2^-255; such an attribute then has a key that signs nothing.
        let sum = &self.a - &(&self.b * &-*u);
        Zeroizing::new(*kb * &sum.invert())
    }
}
