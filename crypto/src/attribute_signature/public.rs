//! What anybody needs who verifies: hashed points, attributes and mediators as scalars, the authority's public key with the mediators that it named.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::{MAX_COLUMNS, MAX_MEDIATORS, PUBLIC_LAYOUT};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::pairing::{G1, G2, Scalar, hash_to_scalar};
use crate::policy::AttributeName;

const ATTRIBUTE_DOMAIN: &str = "MEDSHARE-V01-MPR11-ATTRIBUTE";
const MEDIATOR_DOMAIN: &str = "MEDSHARE-V01-MPR11-MEDIATOR";
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

/// u* as a scalar. In a domain of its own: the key for an attribute of this name, which a signer may hold, is no mediator's key.
pub(super) fn mediator_scalar(mediator: &AttributeName) -> Scalar {
    hash_to_scalar(MEDIATOR_DOMAIN, mediator.as_str().as_bytes())
}

/// The public key, with which anybody verifies, and the mediators that the authority issues parts to: a signature with any other is none.
///
/// Layout: `u8 2 ‖ A0 (96) ‖ (A_j (96) ‖ B_j (96)) for j = 1 … 32 ‖ u16 count ‖ (u16 len ‖ mediator)*`, names ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignaturePublic {
    pub(super) a0: G2,
    pub(super) columns: Vec<(G2, G2)>,
    pub(super) mediators: BTreeSet<AttributeName>,
}

impl SignaturePublic {
    /// A_j and B_j for column j, from 0.
    pub(super) fn column(&self, j: usize) -> Option<(G2, G2)> {
        self.columns.get(j).copied()
    }

    /// The mediators whose part counts.
    #[must_use]
    pub fn mediators(&self) -> &BTreeSet<AttributeName> {
        &self.mediators
    }

    /// This key with other mediators, of which there are at most [`MAX_MEDIATORS`].
    #[must_use]
    pub fn with_mediators(self, mediators: BTreeSet<AttributeName>) -> Self {
        Self { mediators, ..self }
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![PUBLIC_LAYOUT];
        bytes.extend_from_slice(&self.a0.to_bytes());
        for (a, b) in &self.columns {
            bytes.extend_from_slice(&a.to_bytes());
            bytes.extend_from_slice(&b.to_bytes());
        }
        bytes.extend_from_slice(&(self.mediators.len() as u16).to_be_bytes());
        for mediator in &self.mediators {
            put_short_bytes(&mut bytes, mediator.as_str().as_bytes());
        }
        bytes
    }

    /// Decodes; the points are checked, names must ascend.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(PUBLIC_LAYOUT, "signature key")?;
        let a0 = decoder.g2("A0")?;
        let columns = (0..MAX_COLUMNS).map(|_| Ok((decoder.g2("A")?, decoder.g2("B")?))).collect::<Result<_, _>>()?;
        let mediators = decoder.ascending(MAX_MEDIATORS, "mediators", |decoder| Ok((decoder.attribute_name()?, ())))?;
        let mediators = mediators.into_keys().collect();
        decoder.finish()?;
        Ok(Self { a0, columns, mediators })
    }
}
