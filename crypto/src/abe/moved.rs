//! Rows that moved to another version since their ciphertext was signed.
//!
//! When whoever stores a ciphertext moves it ([`super::CiphertextUpdate`]), C4 and version of some rows change, and nothing else. They are kept beside the
//! ciphertext, which stays what its owner signed. Nobody signs them: who can write to the store can alter them, and spoil the file with it. Answers
//! to other rows he does not get: C4 meets KP' only, and every other point of a row is the owner's.

use std::collections::BTreeMap;

use super::row::{C4_AT, ROW_LEN};
use super::{Ciphertext, RowsError};
use crate::encoding::{DecodeError, Decoder};
use crate::pairing::G2;
use crate::policy::MAX_LEAVES;

/// What moves with a row: where its version stands.
const VERSION: core::ops::Range<usize> = 4..8;

/// Version and C4 of rows, by number from 0. No point has been looked at.
///
/// Layout: `u16 count ‖ (u16 row ‖ u32 version ‖ C4 (96))*`, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MovedRows(BTreeMap<u16, ([u8; 4], [u8; G2::LEN])>);

impl MovedRows {
    /// Length in bytes of the longest.
    pub(crate) const MAX_LEN: usize = 2 + MAX_LEAVES * (2 + 4 + G2::LEN);

    /// Whether none has moved.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Encodes.
    #[must_use]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = (self.0.len() as u16).to_be_bytes().to_vec();
        for (number, (version, c4)) in &self.0 {
            bytes.extend_from_slice(&number.to_be_bytes());
            bytes.extend_from_slice(version);
            bytes.extend_from_slice(c4);
        }
        bytes
    }

    /// Reads what [`MovedRows::to_bytes`] wrote; looks at the layout only.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let what = "moved rows";
        let rows = decoder.ascending(MAX_LEAVES, what, |decoder| {
            Ok((decoder.u16(what)?, (decoder.array(what)?, decoder.array(what)?)))
        });
        rows.map(Self)
    }
}

/// Version and C4 of a row.
fn parts(row: &[u8; ROW_LEN]) -> Option<([u8; 4], [u8; G2::LEN])> {
    Some((row.get(VERSION)?.try_into().ok()?, row.get(C4_AT..)?.try_into().ok()?))
}

impl Ciphertext {
    /// The ciphertext with rows as they moved.
    ///
    /// # Errors
    /// When the rows that were signed are not those that the head names, or one that moved is none of them.
    pub(crate) fn moved(&self, moved: &MovedRows) -> Result<Self, RowsError> {
        self.read()?;
        let mut rows = self.rows.raw().to_vec();
        for (number, (version, c4)) in &moved.0 {
            let row = rows.get_mut(usize::from(*number)).ok_or(RowsError::Altered)?;
            for (place, new) in row.iter_mut().skip(VERSION.start).zip(version) {
                *place = *new;
            }
            for (place, new) in row.iter_mut().skip(C4_AT).zip(c4) {
                *place = *new;
            }
        }
        Ok(self.with_rows(self.rows.with(&rows)))
    }

    /// What of this ciphertext moved since `signed`, of which it was made.
    #[must_use]
    pub(crate) fn moved_since(&self, signed: &Self) -> MovedRows {
        let both = (0..).zip(signed.rows.raw().iter().zip(self.rows.raw()));
        let moved = both.filter(|(_, (before, now))| before != now);
        MovedRows(moved.filter_map(|(number, (_, row))| Some((number, parts(row)?))).collect())
    }
}
