//! The signature's elements and bytes.

use super::{LAYOUT, MAX_COLUMNS, MAX_ROWS};
use crate::encoding::{DecodeError, Decoder};
use crate::pairing::{G1, G2};

/// An attribute-based signature.
///
/// Layout: `u8 1 ‖ u16 rows ‖ u16 columns ‖ Y (48) ‖ W (48) ‖ S_i (48)* ‖ P_j (96)*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeSignature {
    pub(super) y: G1,
    pub(super) w: G1,
    pub(super) s: Vec<G1>,
    pub(super) p: Vec<G2>,
}

impl AttributeSignature {
    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&(self.s.len() as u16).to_be_bytes());
        bytes.extend_from_slice(&(self.p.len() as u16).to_be_bytes());
        for point in [&self.y, &self.w].into_iter().chain(&self.s) {
            bytes.extend_from_slice(&point.to_bytes());
        }
        for point in &self.p {
            bytes.extend_from_slice(&point.to_bytes());
        }
        bytes
    }

    /// Decodes; every point is checked, none is neutral.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "signature")?;
        let rows = decoder.count(MAX_ROWS, "rows")?;
        let columns = decoder.count(MAX_COLUMNS, "columns")?;
        let signature = Self {
            y: decoder.g1("Y")?,
            w: decoder.g1("W")?,
            s: (0..rows).map(|_| decoder.g1("S")).collect::<Result<_, _>>()?,
            p: (0..columns).map(|_| decoder.g2("P")).collect::<Result<_, _>>()?,
        };
        decoder.finish()?;
        Ok(signature)
    }
}
