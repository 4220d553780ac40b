//! Encrypting under labels.

use std::collections::BTreeMap;

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::{DomainPublic, EXPONENT_DOMAIN, LAYOUT, LabelPublic, MASK_DOMAIN, MAX_LABELS, MAX_USES};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::fujisaki_okamoto::{exponent, mask};
use crate::pairing::{G1, G2};
use crate::policy::AttributeName;
use crate::secret::{AttributeSecret, Secret32};

/// Why labels cannot be encrypted under.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KpEncryptError {
    /// None, or more than [`MAX_LABELS`].
    #[error("a record has 1 to {MAX_LABELS} labels")]
    LabelCount,
    /// A label of another domain, or the same twice.
    #[error("{label} is of another domain, or given twice")]
    Label {
        /// The label.
        label: AttributeName,
    },
}

/// The elements of one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LabelElements {
    pub(super) version: u32,
    pub(super) points: [G1; MAX_USES],
}

/// An encrypted σ with labels.
///
/// Layout: `u8 1 ‖ g2^s (96) ‖ C0 (32) ‖ u16 labels ‖ (u16 len ‖ label ‖ u32 version ‖ 4 × C_u (48))*`, labels ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpCiphertext {
    pub(super) g2_s: G2,
    pub(super) c0: [u8; 32],
    pub(super) labels: BTreeMap<AttributeName, LabelElements>,
}

/// Encrypts a fresh σ under `labels`.
///
/// # Errors
/// When there are no labels, too many, foreign or repeated ones.
pub fn encrypt(
    domain: &DomainPublic,
    labels: &[LabelPublic],
    context: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(KpCiphertext, AttributeSecret), KpEncryptError> {
    if labels.is_empty() || labels.len() > MAX_LABELS {
        return Err(KpEncryptError::LabelCount);
    }
    let sigma = AttributeSecret(Secret32::generate(rng));
    let s = exponent(EXPONENT_DOMAIN, &sigma, context);
    let mut elements = BTreeMap::new();
    for public in labels {
        let of_label = LabelElements { version: public.version, points: public.points.map(|point| point * &s) };
        let foreign = public.label.authority() != *domain.name();
        if foreign || elements.insert(public.label.clone(), of_label).is_some() {
            let label = public.label.clone();
            return Err(KpEncryptError::Label { label });
        }
    }
    let kappa = Zeroizing::new(domain.e_alpha.pow(s.expose()));
    let kappa = Zeroizing::new(kappa.to_bytes());
    let ciphertext =
        KpCiphertext { g2_s: G2::generator() * &s, c0: mask(MASK_DOMAIN, &kappa, &sigma), labels: elements };
    Ok((ciphertext, sigma))
}

impl KpCiphertext {
    /// The labels.
    pub fn labels(&self) -> impl Iterator<Item = &AttributeName> {
        self.labels.keys()
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.g2_s.to_bytes());
        bytes.extend_from_slice(&self.c0);
        bytes.extend_from_slice(&(self.labels.len() as u16).to_be_bytes());
        for (label, elements) in &self.labels {
            put_short_bytes(&mut bytes, label.as_str().as_bytes());
            bytes.extend_from_slice(&elements.version.to_be_bytes());
            for point in &elements.points {
                bytes.extend_from_slice(&point.to_bytes());
            }
        }
        bytes
    }

    /// Decodes; every element is checked, labels must ascend.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "ciphertext")?;
        let g2_s = decoder.g2("g2^s")?;
        let c0 = decoder.array("C0")?;
        let labels = decoder.ascending(MAX_LABELS, "labels", |decoder| {
            let label = decoder.attribute_name()?;
            Ok((label, LabelElements { version: decoder.u32("version")?, points: decoder.uses("C_u")? }))
        })?;
        decoder.finish()?;
        Ok(Self { g2_s, c0, labels })
    }
}
