//! The node's part of opening.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::attribute_version::{AttributeVersion, of_an_attribute};
use super::row::Row;
use super::selection::SelectedRow;
use super::{Ciphertext, RowsError, SelectedRows, VerifiedRegistration};
use crate::encoding::{DecodeError, Decoder, secret_bytes};
use crate::pairing::{Fp12, G1, G2, Gt, PreparedG2, Scalar, SplitGt, multi_pairing};
use crate::policy::AttributeName;

/// A user's key for one attribute, useless without the user's z. Nodes hold it; deleting it revokes, so K' is wiped.
///
/// Layout: `u8 1 ‖ u32 generation ‖ u32 version ‖ u16 len ‖ name ‖ K' (96) ‖ KP' (48)`.
#[derive(Clone, PartialEq, Eq, zeroize::ZeroizeOnDrop)]
pub struct ProxyKey {
    #[zeroize(skip)]
    pub(super) of: AttributeVersion,
    pub(super) k: Zeroizing<G2>,
    #[zeroize(skip)]
    pub(super) kp: G1,
}

impl core::fmt::Debug for ProxyKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ProxyKey({} {})", self.of.attribute, self.of.version)
    }
}

impl ProxyKey {
    of_an_attribute!();

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret_bytes(self.len(), |bytes| self.put(bytes))
    }

    /// Appends [`ProxyKey::to_bytes`].
    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        self.of.put(bytes);
        bytes.extend_from_slice(&self.k.to_bytes());
        bytes.extend_from_slice(&self.kp.to_bytes());
    }

    /// Length of [`ProxyKey::to_bytes`].
    pub(super) fn len(&self) -> usize {
        self.of.len() + G2::LEN + G1::LEN
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout or a point is invalid.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let of = AttributeVersion::decode(&mut decoder, "proxy key")?;
        let key = Self { of, k: Zeroizing::new(decoder.g2("K'")?), kp: decoder.g1("KP'")? };
        decoder.finish()?;
        Ok(key)
    }
}

/// Why a node cannot transform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformError {
    /// The attributes for which there are keys do not satisfy the policy.
    #[error("the attributes do not satisfy the policy {policy}")]
    NotSatisfied {
        /// The policy's text.
        policy: String,
    },
    /// They would, but a key is of another version than the ciphertext.
    #[error(
        "the key for {attribute} is of version {key}, the ciphertext of version {ciphertext}; update the older one"
    )]
    OtherVersion {
        /// The attribute.
        attribute: AttributeName,
        /// The key's version.
        key: u32,
        /// The row's version.
        ciphertext: u32,
    },
    /// They would, but an authority has changed its keys since.
    #[error("the key for {attribute} is from before or after its authority changed keys; have it issued again")]
    OtherGeneration {
        /// The attribute.
        attribute: AttributeName,
    },
    /// The rows are altered, damaged, or hold points that are none. Nothing was computed with them.
    #[error(transparent)]
    Rows(#[from] RowsError),
}

/// What the node hands to the user: A and T.
///
/// Layout: A (576) ‖ T (576). T is checked to be in the group: without that a node learns z through elements of small order.
/// For A a canonical field element suffices, because the user's last equation `A·T^z = E^s` puts it into the group.
#[derive(Debug, Clone, Copy)]
pub struct Transform {
    pub(super) a: Fp12,
    pub(super) t: SplitGt,
}

impl Transform {
    /// Length of the encoding.
    pub const LEN: usize = 2 * Gt::LEN;

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.a.to_bytes(), self.t.element().to_bytes()].concat()
    }

    /// Decodes and checks.
    ///
    /// # Errors
    /// When the bytes are of another layout or T is not in the group.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let transform = Self { a: Fp12::from_bytes(&decoder.array("A")?)?, t: decoder.split_gt("T")? };
        decoder.finish()?;
        Ok(transform)
    }
}

struct PreparedKey {
    k: Zeroizing<PreparedG2>,
    kp: G1,
}

/// A user's proxy keys at a node, with the Miller lines of each.
pub struct ProxyKeys {
    hz: PreparedG2,
    /// Keys by attribute, generation and version.
    keys: BTreeMap<AttributeName, BTreeMap<(u32, u32), PreparedKey>>,
}

impl core::fmt::Debug for ProxyKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.keys.keys()).finish()
    }
}

impl ProxyKeys {
    /// Prepares the keys of one user. There may be several versions for an attribute: each serves ciphertexts of its own.
    #[must_use]
    pub fn new(user: &VerifiedRegistration, keys: &[ProxyKey]) -> Self {
        let mut prepared: BTreeMap<AttributeName, BTreeMap<(u32, u32), PreparedKey>> = BTreeMap::new();
        let points: Vec<G2> = keys.iter().map(|key| *key.k).chain([user.hz()]).collect();
        let points = Zeroizing::new(points);
        let mut lines = PreparedG2::batch(&points).into_iter();
        for (key, k) in keys.iter().zip(&mut lines) {
            let versions = prepared.entry(key.of.attribute.clone()).or_default();
            versions.insert((key.of.generation, key.of.version), PreparedKey { k: Zeroizing::new(k), kp: key.kp });
        }
        let hz = lines.next().unwrap_or_else(|| PreparedG2::new(&user.hz()));
        Self { hz, keys: prepared }
    }

    /// `A = E^δ·ΠC1^c`, `T = Π e(C2^c, K')·e(KP'^c, C4) · e(ΠC3^c, HZ)` over the rows that the attributes satisfy, after their points were checked:
    /// 2n + 1 Miller loops and one final exponentiation.
    ///
    /// # Errors
    /// When the attributes do not satisfy the policy, versions differ, or rows are not valid.
    pub fn transform(&self, ciphertext: &Ciphertext) -> Result<Transform, TransformError> {
        Ok(self.transform_selected(&self.select(ciphertext)?))
    }

    /// The rows that a transform uses, their points checked.
    ///
    /// # Errors
    /// As [`ProxyKeys::transform`].
    pub fn select(&self, ciphertext: &Ciphertext) -> Result<SelectedRows, TransformError> {
        let selected = ciphertext.select(|_, name, stamp| self.key_for(name, stamp).is_some())?;
        match selected {
            Some(selected) => Ok(selected),
            None => Err(self.why_not(ciphertext)?),
        }
    }

    /// The transform of rows that were selected with these keys.
    #[must_use]
    pub fn transform_selected(&self, selected: &SelectedRows) -> Transform {
        Transform { a: Fp12::from(selected.public_part()), t: SplitGt::new(self.pair(&selected.rows)) }
    }

    /// `Π e(C2^c, K')·e(KP'^c, C4) · e(ΠC3^c, HZ)` over rows for which there are keys.
    pub(super) fn pair<'a>(&self, selected: impl IntoIterator<Item = &'a SelectedRow>) -> Gt {
        let (mut c3, mut c4, mut kp, mut terms) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for SelectedRow { attribute, row, coefficient, .. } in selected {
            let Some(key) = self.key_for(attribute, (row.generation, row.version)) else { continue };
            c3.push((row.c3, *coefficient));
            terms.push((weigh(row.c2, coefficient), &*key.k));
            kp.push(weigh(key.kp, coefficient));
            c4.push(row.c4);
        }
        let c4 = PreparedG2::batch(&c4);
        terms.extend(kp.into_iter().zip(&c4));
        terms.push((G1::linear_combination(&c3), &self.hz));
        multi_pairing(&terms)
    }

    /// Whether there is a key for the row.
    pub(super) fn serves(&self, selected: &SelectedRow) -> bool {
        self.key_for(&selected.attribute, (selected.row.generation, selected.row.version)).is_some()
    }

    /// The key of a row's generation and version.
    fn key_for(&self, name: &AttributeName, stamp: (u32, u32)) -> Option<&PreparedKey> {
        self.keys.get(name)?.get(&stamp)
    }

    fn why_not(&self, ciphertext: &Ciphertext) -> Result<TransformError, RowsError> {
        let policy = ciphertext.policy()?;
        let not_satisfied = TransformError::NotSatisfied { policy: policy.to_string() };
        if policy.reconstruct(|name| self.keys.contains_key(name)).is_none() {
            return Ok(not_satisfied);
        }
        let mismatch = |(name, row): (&AttributeName, (u32, u32))| {
            if self.key_for(name, row).is_some() {
                return None;
            }
            let ((generation, key), _) = self.keys.get(name)?.last_key_value()?;
            let attribute = name.clone();
            Some(if *generation == row.0 {
                TransformError::OtherVersion { attribute, key: *key, ciphertext: row.1 }
            } else {
                TransformError::OtherGeneration { attribute }
            })
        };
        let stamps = ciphertext.rows.raw().iter().map(Row::stamp);
        Ok(policy.leaves().into_iter().zip(stamps).find_map(mismatch).unwrap_or(not_satisfied))
    }
}

/// Transforms with keys that are used once; nodes that keep a user's keys hold a [`ProxyKeys`].
///
/// # Errors
/// As [`ProxyKeys::transform`].
pub fn transform(
    ciphertext: &Ciphertext,
    user: &VerifiedRegistration,
    keys: &[ProxyKey],
) -> Result<Transform, TransformError> {
    ProxyKeys::new(user, keys).transform(ciphertext)
}

/// Coefficients are public.
fn weigh(point: G1, coefficient: &Scalar) -> G1 {
    G1::linear_combination(&[(point, *coefficient)])
}
