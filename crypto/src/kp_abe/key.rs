//! Keys with policies, and opening.

use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::label::numbered_uses;
use super::{EXPONENT_DOMAIN, KpCiphertext, LAYOUT, MASK_DOMAIN};
use crate::encoding::{DecodeError, Decoder, put_short_bytes, secret_bytes};
use crate::fujisaki_okamoto::{exponent, unmask};
use crate::pairing::{G1, G2, PreparedG2, multi_pairing};
use crate::policy::{AttributeName, Policy};
use crate::secret::AttributeSecret;

/// Why a ciphertext does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KpOpenError {
    /// The labels do not satisfy the key's policy.
    #[error("the record's labels do not satisfy the key's policy {policy}")]
    NotSatisfied {
        /// The policy's text.
        policy: String,
    },
    /// They would, but a label is at another version.
    #[error("{label} is at version {ciphertext} in the record and {key} in the key")]
    OtherVersion {
        /// The label.
        label: AttributeName,
        /// The key's version.
        key: u32,
        /// The ciphertext's version.
        ciphertext: u32,
    },
    /// Another domain, another context, or altered bytes: it does not say which.
    #[error("the record does not open with this key")]
    Wrong,
}

#[derive(PartialEq, Eq, ZeroizeOnDrop)]
pub(super) struct KeyRow {
    #[zeroize(skip)]
    pub(super) version: u32,
    pub(super) k: Zeroizing<G1>,
}

/// A key: opens what its policy allows.
///
/// Layout: `u8 1 ‖ id (32) ‖ u16 len ‖ policy ‖ g2^r (96) ‖ (u32 version ‖ K_i (48))*`, one row for each leaf. Secret.
#[derive(PartialEq, Eq, ZeroizeOnDrop)]
pub struct KpKey {
    #[zeroize(skip)]
    pub(super) policy: Policy,
    #[zeroize(skip)]
    pub(super) id: [u8; 32],
    pub(super) g2_r: Zeroizing<G2>,
    pub(super) rows: Vec<KeyRow>,
}

impl core::fmt::Debug for KpKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "KpKey({})", self.policy)
    }
}

impl KpKey {
    /// What the key opens.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Tells this key from others of its domain.
    #[must_use]
    pub fn id(&self) -> [u8; 32] {
        self.id
    }

    /// `κ = e(ΠK_i^c, g2^s) / e(ΠC_{ρ(i)}^c, g2^r)`, then the check.
    ///
    /// # Errors
    /// When the labels do not satisfy, versions differ, or the check fails.
    pub fn open(&self, ciphertext: &KpCiphertext, context: &[u8]) -> Result<AttributeSecret, KpOpenError> {
        let (keys, elements) = self.weighted(ciphertext)?;
        let (g2_s, g2_r) = (PreparedG2::new(&ciphertext.g2_s), Zeroizing::new(PreparedG2::new(&self.g2_r)));
        let kappa = Zeroizing::new(multi_pairing(&[(*keys, &g2_s), (-elements, &*g2_r)]));
        let kappa = Zeroizing::new(kappa.to_bytes());
        let sigma = unmask(MASK_DOMAIN, &kappa, &ciphertext.c0);
        let s = exponent(EXPONENT_DOMAIN, &sigma, context);
        if G2::generator() * &s == ciphertext.g2_s { Ok(sigma) } else { Err(KpOpenError::Wrong) }
    }

    /// ΠK_i^c and ΠC_{ρ(i)}^c.
    fn weighted(&self, ciphertext: &KpCiphertext) -> Result<(Zeroizing<G1>, G1), KpOpenError> {
        let labels = &ciphertext.labels;
        let reconstruction = self
            .policy
            .reconstruct(|label| labels.contains_key(label))
            .ok_or_else(|| KpOpenError::NotSatisfied { policy: self.policy.to_string() })?;
        let uses = numbered_uses(&self.policy);
        let (mut keys, mut elements) = (Zeroizing::new(G1::identity()), Vec::new());
        for (index, coefficient) in reconstruction.terms() {
            let row = self.rows.get(*index);
            let (Some(row), Some((label, nth_use))) = (row, uses.get(*index)) else {
                return Err(KpOpenError::Wrong);
            };
            let of_label = labels.get(*label).ok_or(KpOpenError::Wrong)?;
            if of_label.version != row.version {
                return Err(KpOpenError::OtherVersion {
                    label: (*label).clone(),
                    key: row.version,
                    ciphertext: of_label.version,
                });
            }
            let point = of_label.points.get(*nth_use).ok_or(KpOpenError::Wrong)?;
            *keys += G1::linear_combination(&[(*row.k, *coefficient)]);
            elements.push((*point, *coefficient));
        }
        Ok((keys, G1::linear_combination(&elements)))
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let policy = self.policy.to_string();
        let len = 1 + self.id.len() + 2 + policy.len() + G2::LEN + (4 + G1::LEN) * self.rows.len();
        secret_bytes(len, |bytes| {
            bytes.push(LAYOUT);
            bytes.extend_from_slice(&self.id);
            put_short_bytes(bytes, policy.as_bytes());
            bytes.extend_from_slice(&self.g2_r.to_bytes());
            for row in &self.rows {
                bytes.extend_from_slice(&row.version.to_be_bytes());
                bytes.extend_from_slice(&row.k.to_bytes());
            }
        })
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "key")?;
        let id = decoder.array("id")?;
        let policy = decoder.policy()?;
        let g2_r = Zeroizing::new(decoder.g2("g2^r")?);
        // Of its final size at once: rows that moved would leave their K behind.
        let mut rows = Vec::with_capacity(policy.leaf_count());
        for _ in 0..policy.leaf_count() {
            rows.push(KeyRow { version: decoder.u32("version")?, k: Zeroizing::new(decoder.g1("K")?) });
        }
        decoder.finish()?;
        Ok(Self { policy, id, g2_r, rows })
    }
}
