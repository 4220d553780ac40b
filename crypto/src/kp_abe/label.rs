//! Labels: each is several, one for every time that a policy may name it.

use std::collections::BTreeMap;

use super::{LAYOUT, MAX_USES};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::pairing::G1;
use crate::policy::{AttributeName, Policy};

const LABEL_DOMAIN: &str = "MEDSHARE-V01-FABEO-KP-LABEL-BLS12381G1_XMD:SHA-256_SSWU_RO_";

/// H of label `u|use`.
pub(super) fn hash_label(label: &AttributeName, nth_use: usize) -> G1 {
    // Names have no `|`, so this is injective.
    G1::hash(LABEL_DOMAIN, format!("{label}|{nth_use}").as_bytes())
}

/// The leaves of a policy, each with how often its label came before.
pub(super) fn numbered_uses(policy: &Policy) -> Vec<(&AttributeName, usize)> {
    let mut uses: BTreeMap<&AttributeName, usize> = BTreeMap::new();
    let number = |label| {
        let count = uses.entry(label).or_default();
        *count += 1;
        (label, *count - 1)
    };
    policy.leaves().into_iter().map(number).collect()
}

/// The public values of one version of a label, one for each use.
///
/// Layout: `u8 1 ‖ u32 version ‖ u16 len ‖ label ‖ P_{u|0} … P_{u|3} (48 each)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelPublic {
    pub(super) label: AttributeName,
    pub(super) version: u32,
    pub(super) points: [G1; MAX_USES],
}

impl LabelPublic {
    /// The label.
    #[must_use]
    pub fn label(&self) -> &AttributeName {
        &self.label
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.version.to_be_bytes());
        put_short_bytes(&mut bytes, self.label.as_str().as_bytes());
        for point in &self.points {
            bytes.extend_from_slice(&point.to_bytes());
        }
        bytes
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "label key")?;
        let version = decoder.u32("version")?;
        let label = decoder.attribute_name()?;
        let points = decoder.uses("P_u")?;
        decoder.finish()?;
        Ok(Self { label, version, points })
    }
}

impl Decoder<'_> {
    /// One point for each use of a label.
    pub(super) fn uses(&mut self, what: &'static str) -> Result<[G1; MAX_USES], DecodeError> {
        let mut points = [G1::identity(); MAX_USES];
        for point in &mut points {
            *point = self.g1(what)?;
        }
        Ok(points)
    }
}
