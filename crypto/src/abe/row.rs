//! One row: bytes until somebody computes with it, then points that were checked.
//!
//! Layout: `u32 generation ‖ u32 version ‖ C1 (576) ‖ C2 (48) ‖ C3 (48) ‖ C4 (96)`.

use crate::encoding::{DecodeError, Decoder};
use crate::pairing::{G1, G2, Gt};

/// Length of a row's encoding in bytes.
pub(super) const ROW_LEN: usize = 8 + Gt::LEN + 2 * G1::LEN + G2::LEN;
/// Where C4 begins.
pub(super) const C4_AT: usize = ROW_LEN - G2::LEN;

/// A row whose points are in their groups, and none of them neutral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) generation: u32,
    pub(super) version: u32,
    pub(super) c1: Gt,
    pub(super) c2: G1,
    pub(super) c3: G1,
    pub(super) c4: G2,
}

impl Row {
    /// Generation and version of a row whose points nobody has looked at.
    pub(super) fn stamp(bytes: &[u8; ROW_LEN]) -> (u32, u32) {
        let [a, b, c, d, e, f, g, h, ..] = *bytes;
        (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
    }

    /// Reads a row and checks its points.
    ///
    /// # Errors
    /// Names the point that is not in its group, not in canonical form, or neutral.
    pub(super) fn from_bytes(bytes: &[u8; ROW_LEN]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        Ok(Self {
            generation: decoder.u32("generation")?,
            version: decoder.u32("version")?,
            c1: decoder.gt("C1")?,
            c2: decoder.g1("C2")?,
            c3: decoder.g1("C3")?,
            c4: decoder.g2("C4")?,
        })
    }

    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&self.version.to_be_bytes());
        bytes.extend_from_slice(&self.c1.to_bytes());
        bytes.extend_from_slice(&self.c2.to_bytes());
        bytes.extend_from_slice(&self.c3.to_bytes());
        bytes.extend_from_slice(&self.c4.to_bytes());
    }

    /// The row of two organisations together; `None` where they cancel each other out, which only happens to one made from the other.
    pub(super) fn times(&self, other: &Self) -> Option<Self> {
        let joined = self.joined(other);
        let Self { c1, c2, c3, c4, .. } = &joined;
        let is_neutral = c1.is_one() || c2.is_identity() || c3.is_identity() || c4.is_identity();
        (!is_neutral).then_some(joined)
    }

    fn joined(&self, other: &Self) -> Self {
        let (c1, c2) = (self.c1 * other.c1, self.c2 + other.c2);
        let (c3, c4) = (self.c3 + other.c3, self.c4 + other.c4);
        Self { c1, c2, c3, c4, ..*self }
    }

    /// The product of rows, each to the power of a number that is not secret; it bears the stamp of `like`.
    pub(super) fn product(rows: &[(&Self, u64)], like: &Self) -> Self {
        let (c1, c2, c3, c4) = (Gt::one(), G1::identity(), G1::identity(), G2::identity());
        let mut product = Self { c1, c2, c3, c4, ..*like };
        // One chain of squarings for all of them.
        for bit in (0..u64::BITS).rev() {
            product = product.joined(&product);
            for (row, _) in rows.iter().filter(|(_, power)| power >> bit & 1 == 1) {
                product = product.joined(row);
            }
        }
        product
    }
}
