//! The bytes of a ciphertext.
//!
//! ```text
//! u8 2 ‖ δ (32) ‖ C0 (32) ‖ hash of policy and rows (32)     the head: all that a user reads, of one length whatever the policy
//! u16 len ‖ policy ‖ row*                                    rows as in [`Rows`]
//! ```
//!
//! Whatever signs or names a ciphertext does so to its head, so that neither costs more with a longer policy; the hash in it stands for the
//! rows. Who changes or computes with rows compares them with it ([`Rows::read`]). A user need not: for rows that were
//! altered a node answers nothing, or what does not open.
//!
//! Layout 1, of before there was a head, had rows first: `u8 1 ‖ u16 len ‖ policy ‖ row* ‖ δ ‖ C0`. It is read, and written again as it was until
//! its rows change.

use super::row::ROW_LEN;
use super::{Ciphertext, Rows};
use crate::encoding::{DecodeError, Decoder};
use crate::hash::Hash32;
use crate::pairing::encode_scalar;
use crate::policy::{MAX_LEAVES, MAX_TEXT_LEN};

/// Length of a head in bytes.
const HEAD_LEN: usize = 1 + 32 + 32 + 32;
/// What stands behind the rows in layout 1.
const OLD_TAIL_LEN: usize = 32 + 32;

/// In which order a ciphertext's parts stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Layout 1.
    RowsFirst,
    /// Layout 2.
    HeadFirst,
}

impl Layout {
    const fn number(self) -> u8 {
        match self {
            Self::RowsFirst => 1,
            Self::HeadFirst => 2,
        }
    }
}

impl Ciphertext {
    /// Length in bytes of the longest.
    pub const MAX_LEN: usize = HEAD_LEN + 2 + MAX_TEXT_LEN + MAX_LEAVES * ROW_LEN;

    /// What names the ciphertext: its head, or all of it where there is none.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        match self.layout {
            Layout::RowsFirst => self.to_bytes(),
            Layout::HeadFirst => {
                let (delta, hash) = (encode_scalar(&self.delta), self.rows.hash());
                [[self.layout.number()].as_slice(), &delta, &self.c0, hash.as_bytes()].concat()
            }
        }
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.behind(&[])
    }

    /// Encodes behind `front`, in one buffer.
    pub(crate) fn behind(&self, front: &[u8]) -> Vec<u8> {
        let (mut bytes, rows) = self.in_two(front);
        bytes.extend_from_slice(rows);
        bytes
    }

    /// The same in two parts, of which the second is rows that lie here, so that whoever writes them does not copy them before.
    pub(crate) fn in_two(&self, front: &[u8]) -> (Vec<u8>, &[u8]) {
        match self.layout {
            Layout::HeadFirst => {
                let mut bytes = [front, &self.head()].concat();
                self.rows.put_policy(&mut bytes);
                (bytes, self.rows.whole())
            }
            Layout::RowsFirst => {
                let mut bytes = [front, &[self.layout.number()]].concat();
                self.rows.put_unhashed(&mut bytes);
                bytes.extend_from_slice(&encode_scalar(&self.delta));
                bytes.extend_from_slice(&self.c0);
                (bytes, &[])
            }
        }
    }

    /// Decodes; of policy and rows it looks at the layout only. δ is checked to be a scalar.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::read_behind(0, bytes.to_vec())
    }

    /// [`Ciphertext::from_bytes`] of bytes from `front` on, all of which it keeps, so that long ones are not copied.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn read_behind(front: usize, mut bytes: Vec<u8>) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes.get(front..).unwrap_or_default());
        let tag = decoder.u8("ciphertext")?;
        if tag == Layout::HeadFirst.number() {
            let (delta, c0) = (decoder.scalar("delta")?, decoder.array("C0")?);
            let hash = Hash32::from_bytes(decoder.array("hash of the rows")?);
            return Ok(Self {
                rows: Rows::behind(front + HEAD_LEN, bytes, Some(hash))?,
                delta,
                c0,
                layout: Layout::HeadFirst,
            });
        }
        if tag != Layout::RowsFirst.number() {
            return Err(DecodeError::UnknownTag { what: "ciphertext" });
        }
        let cut = DecodeError::Truncated { what: "C0" };
        let end = bytes.len().checked_sub(OLD_TAIL_LEN).ok_or(cut)?;
        let mut tail = Decoder::new(bytes.get(end..).ok_or(cut)?);
        let (delta, c0) = (tail.scalar("delta")?, tail.array("C0")?);
        bytes.truncate(end);
        Ok(Self { rows: Rows::behind(front + 1, bytes, None)?, delta, c0, layout: Layout::RowsFirst })
    }
}
