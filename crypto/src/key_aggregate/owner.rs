//! The owner's secret and the aggregate keys that it gives out.

use std::collections::BTreeSet;

use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{AggregateParameters, LAYOUT, MAX_CLASSES};
use crate::encoding::{DecodeError, Decoder, secret_bytes};
use crate::pairing::{G1, G1Table, G2, SecretScalar};

/// Why there is no key for a set of classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AggregateKeyError {
    /// The set is empty.
    #[error("a key for no class opens nothing")]
    NoClass,
    /// A class that the parameters do not have.
    #[error("there is no class {class}; the parameters have classes 1 to {classes}")]
    UnknownClass {
        /// The class.
        class: u16,
        /// How many there are.
        classes: u16,
    },
}

/// An owner's γ.
#[derive(Debug, ZeroizeOnDrop)]
pub struct AggregateOwner {
    gamma: SecretScalar,
}

/// An owner's v = g1^γ. Layout: 48 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AggregateOwnerPublic {
    pub(super) v: G1,
}

/// A key for a set of classes.
///
/// Layout: `u8 1 ‖ u16 count ‖ u16 class*, ascending ‖ K_S (96)`. K_S is secret; the set is not.
#[derive(PartialEq, Eq, ZeroizeOnDrop)]
pub struct AggregateKey {
    #[zeroize(skip)]
    pub(super) classes: BTreeSet<u16>,
    pub(super) k: Zeroizing<G2>,
}

impl core::fmt::Debug for AggregateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AggregateKey({:?})", self.classes)
    }
}

impl AggregateOwner {
    /// A fresh γ.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self { gamma: SecretScalar::generate(rng) }
    }

    /// The secret, for key files.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.gamma.to_bytes()
    }

    /// Reads [`AggregateOwner::to_bytes`].
    ///
    /// # Errors
    /// When the bytes are not a canonical scalar other than zero.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        SecretScalar::from_bytes(bytes).map(|gamma| Self { gamma })
    }

    /// v = g1^γ.
    #[must_use]
    pub fn public(&self) -> AggregateOwnerPublic {
        AggregateOwnerPublic { v: G1Table::generator().mul(self.gamma.expose()) }
    }

    /// `K_S = (Π_{j∈S} g2^{α^{n+1−j}})^γ`.
    ///
    /// # Errors
    /// When the set is empty or has unknown classes.
    pub fn aggregate_key(
        &self,
        parameters: &AggregateParameters,
        classes: &BTreeSet<u16>,
    ) -> Result<AggregateKey, AggregateKeyError> {
        if classes.is_empty() {
            return Err(AggregateKeyError::NoClass);
        }
        let n = usize::from(parameters.classes());
        let mut sum = G2::identity();
        for class in classes {
            let index = (n + 1).checked_sub(usize::from(*class));
            let known = index.filter(|index| *index <= n);
            let power = known.and_then(|index| parameters.g2_power(index));
            sum += power.ok_or(AggregateKeyError::UnknownClass { class: *class, classes: parameters.classes() })?;
        }
        Ok(AggregateKey { classes: classes.clone(), k: Zeroizing::new(sum * &self.gamma) })
    }
}

impl AggregateOwnerPublic {
    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; G1::LEN] {
        self.v.to_bytes()
    }

    /// Decodes; the point is checked.
    ///
    /// # Errors
    /// When it is invalid.
    pub fn from_bytes(bytes: &[u8; G1::LEN]) -> Result<Self, DecodeError> {
        G1::from_bytes(bytes).map(|v| Self { v })
    }
}

impl AggregateKey {
    /// What the key opens.
    #[must_use]
    pub fn classes(&self) -> &BTreeSet<u16> {
        &self.classes
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret_bytes(3 + 2 * self.classes.len() + G2::LEN, |bytes| {
            bytes.push(LAYOUT);
            bytes.extend_from_slice(&(self.classes.len() as u16).to_be_bytes());
            for class in &self.classes {
                bytes.extend_from_slice(&class.to_be_bytes());
            }
            bytes.extend_from_slice(&self.k.to_bytes());
        })
    }

    /// Decodes; the point is checked, classes must ascend.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "aggregate key")?;
        let classes =
            decoder.ascending(usize::from(MAX_CLASSES), "classes", |decoder| Ok((decoder.u16("class")?, ())))?;
        let classes = classes.into_keys().collect();
        let k = Zeroizing::new(decoder.g2("K_S")?);
        decoder.finish()?;
        Ok(Self { classes, k })
    }
}
