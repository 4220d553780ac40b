//! The authority for signing attributes.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use ff::Field as _;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::{LAYOUT, MAX_COLUMNS, MediatorKey, SignerKey};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::pairing::{G1, G1Table, G2, Scalar, SecretScalar, hash_to_scalar};
use crate::policy::AttributeName;
use crate::secret::Secret32;

const A0_DOMAIN: &str = "MEDSHARE-V01-MPR11-A0";
const A_DOMAIN: &str = "MEDSHARE-V01-MPR11-A";
const B_DOMAIN: &str = "MEDSHARE-V01-MPR11-B";
const BASE_DOMAIN: &str = "MEDSHARE-V01-MPR11-USER-BASE";
const ATTRIBUTE_DOMAIN: &str = "MEDSHARE-V01-MPR11-ATTRIBUTE";
const H_DOMAIN: &str = "MEDSHARE-V01-MPR11-H-BLS12381G2_XMD:SHA-256_SSWU_RO_";
const C_DOMAIN: &str = "MEDSHARE-V01-MPR11-C-BLS12381G1_XMD:SHA-256_SSWU_RO_";

/// h_0 … h_t: hashed, so that nobody knows their logarithms.
pub(super) fn h(index: usize) -> G2 {
    static POINTS: OnceLock<Vec<G2>> = OnceLock::new();
    let point = |index: usize| G2::hash(H_DOMAIN, &(index as u32).to_be_bytes());
    let points = POINTS.get_or_init(|| (0..=MAX_COLUMNS).map(point).collect());
    points.get(index).copied().unwrap_or_else(|| point(index))
}

/// C.
pub(super) fn c() -> G1 {
    G1::hash(C_DOMAIN, b"C")
}

/// u as a scalar.
pub(super) fn attribute_scalar(attribute: &AttributeName) -> Scalar {
    hash_to_scalar(ATTRIBUTE_DOMAIN, attribute.as_str().as_bytes())
}

/// The authority's secret: a seed, from which a0, a, b and the users' bases follow. Layout: 32 bytes.
#[derive(Debug)]
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

    /// The public key.
    #[must_use]
    pub fn public(&self) -> SignaturePublic {
        let mut public = SignaturePublic {
            a0: h(0) * self.a0.expose(),
            columns: (1..=MAX_COLUMNS).map(|j| (h(j) * self.a.expose(), h(j) * self.b.expose())).collect(),
        };
        G2::normalise_batch(public.columns.iter_mut().flat_map(|(a, b)| [a, b]));
        public
    }

    /// A user's keys: its own for `attributes`, and the mediator's for `mediator`. All keys of one user have the same base.
    /// An attribute that equals the mediator's is left out of the user's key.
    #[must_use]
    pub fn issue(
        &self,
        user: &[u8],
        attributes: &BTreeSet<AttributeName>,
        mediator: &AttributeName,
    ) -> (SignerKey, MediatorKey) {
        let mut message = Zeroizing::new(self.seed.expose().to_vec());
        put_short_bytes(&mut message, user);
        let base = SecretScalar::from_hash(BASE_DOMAIN, &message);
        let kb = G1Table::generator().mul(base.expose());
        let own = attributes.iter().filter(|attribute| *attribute != mediator);
        let signer = SignerKey {
            kb,
            k0: kb * self.a0.invert().expose(),
            attributes: own.map(|attribute| (attribute.clone(), self.attribute_key(kb, attribute))).collect(),
        };
        let mediator = MediatorKey { attribute: mediator.clone(), k: self.attribute_key(kb, mediator) };
        (signer, mediator)
    }

    /// Ku = Kb^{1/(a+b·u)}.
    fn attribute_key(&self, kb: G1, attribute: &AttributeName) -> G1 {
        let sum = *self.a.expose() + attribute_scalar(attribute) * self.b.expose();
        // Zero with probability 2^-255; such an attribute then has a key that signs nothing.
        let inverse: Option<Scalar> = sum.invert().into();
        kb * &inverse.unwrap_or(Scalar::ONE)
    }
}

/// The public key, with which anybody verifies.
///
/// Layout: `u8 1 ‖ A0 (96) ‖ (A_j (96) ‖ B_j (96)) for j = 1 … 32`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignaturePublic {
    pub(super) a0: G2,
    pub(super) columns: Vec<(G2, G2)>,
}

impl SignaturePublic {
    /// A_j and B_j for column j, from 0.
    pub(super) fn column(&self, j: usize) -> Option<(G2, G2)> {
        self.columns.get(j).copied()
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.a0.to_bytes());
        for (a, b) in &self.columns {
            bytes.extend_from_slice(&a.to_bytes());
            bytes.extend_from_slice(&b.to_bytes());
        }
        bytes
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "signature key")?;
        let a0 = decoder.g2("A0")?;
        let columns = (0..MAX_COLUMNS).map(|_| Ok((decoder.g2("A")?, decoder.g2("B")?))).collect::<Result<_, _>>()?;
        decoder.finish()?;
        Ok(Self { a0, columns })
    }
}
