//! Strict reading of this crate's byte layouts: every length checked, nothing left over.
//!
//! Integers are big-endian; a text or byte string of variable length is preceded by its length as `u16` or `u32`.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// Why bytes were not the encoding of what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Fewer bytes than the layout needs.
    #[error("the bytes end too early: {what} is cut off")]
    Truncated {
        /// The field that is cut off.
        what: &'static str,
    },
    /// Bytes after the end of the layout.
    #[error("{count} bytes too many after the end")]
    TrailingBytes {
        /// How many bytes are left over.
        count: usize,
    },
    /// A version or type tag that this software does not know.
    #[error("{what} is of an unknown kind or version")]
    UnknownTag {
        /// What the tag belongs to.
        what: &'static str,
    },
    /// Not an element of the group, not in canonical form, or the neutral element where it must not be.
    #[error("{what} is not a valid group element")]
    InvalidElement {
        /// The field.
        what: &'static str,
    },
    /// A number, length or count outside its bounds.
    #[error("{what} is out of bounds")]
    OutOfBounds {
        /// The field.
        what: &'static str,
    },
    /// Text that is not UTF-8, or not in the form its field demands.
    #[error("{what} is not well-formed text")]
    InvalidText {
        /// The field.
        what: &'static str,
    },
}

/// Reads a layout from front to back.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn bytes(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::Truncated { what })?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        self.bytes(N, what)?.try_into().map_err(|_| DecodeError::Truncated { what })
    }

    pub(crate) fn u8(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        Ok(u8::from_be_bytes(self.array(what)?))
    }

    pub(crate) fn u16(&mut self, what: &'static str) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(self.array(what)?))
    }

    pub(crate) fn u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(self.array(what)?))
    }

    /// A count of elements, refused above `max` before anything is allocated for it.
    pub(crate) fn count(&mut self, max: usize, what: &'static str) -> Result<usize, DecodeError> {
        let count = usize::from(self.u16(what)?);
        if count > max {
            return Err(DecodeError::OutOfBounds { what });
        }
        Ok(count)
    }

    /// `u16` count, at most `max`, then that many entries whose keys ascend.
    pub(crate) fn ascending<K: Ord, V>(
        &mut self,
        max: usize,
        what: &'static str,
        entry: impl Fn(&mut Self) -> Result<(K, V), DecodeError>,
    ) -> Result<BTreeMap<K, V>, DecodeError> {
        let mut entries = BTreeMap::new();
        for _ in 0..self.count(max, what)? {
            let (key, value) = entry(self)?;
            if entries.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(DecodeError::OutOfBounds { what });
            }
            entries.insert(key, value);
        }
        Ok(entries)
    }

    /// `u16` length, then that many bytes, at most `max`.
    pub(crate) fn short_bytes(&mut self, max: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let len = self.count(max, what)?;
        self.bytes(len, what)
    }

    /// `u16` length, then that many bytes of UTF-8, at most `max`.
    pub(crate) fn text(&mut self, max: usize, what: &'static str) -> Result<&'a str, DecodeError> {
        core::str::from_utf8(self.short_bytes(max, what)?).map_err(|_| DecodeError::InvalidText { what })
    }

    /// One byte that must have the expected value.
    pub(crate) fn tag(&mut self, expected: u8, what: &'static str) -> Result<(), DecodeError> {
        if self.u8(what)? == expected { Ok(()) } else { Err(DecodeError::UnknownTag { what }) }
    }

    /// Everything that is left, for a nested layout that checks its own end.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(DecodeError::TrailingBytes { count }),
        }
    }
}

/// At most `len` secret bytes, which `fill` appends. The buffer is of that size at once: one that grew would leave what was in it behind.
pub(crate) fn secret_bytes(len: usize, fill: impl FnOnce(&mut Vec<u8>)) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(len));
    fill(&mut bytes);
    debug_assert!(bytes.len() <= len, "{} bytes in a buffer of {len}", bytes.len());
    bytes
}

/// Appends `u16` length and bytes. Lengths are bounded far below `u16::MAX` by the types that call this; a longer input
/// is cut at the bound, and the strict decoder then refuses it.
pub(crate) fn put_short_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(bytes.get(..usize::from(len)).unwrap_or(bytes));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoder_refuses_cut_and_extended_bytes() {
        let mut out = Vec::new();
        put_short_bytes(&mut out, b"name");
        let mut whole = Decoder::new(&out);
        assert_eq!(whole.text(10, "name").unwrap(), "name");
        whole.finish().unwrap();

        let cut = out.get(..5).unwrap();
        assert_eq!(Decoder::new(cut).text(10, "name"), Err(DecodeError::Truncated { what: "name" }));
        assert_eq!(Decoder::new(&out).text(3, "name"), Err(DecodeError::OutOfBounds { what: "name" }));
        out.push(0);
        let mut extended = Decoder::new(&out);
        extended.text(10, "name").unwrap();
        assert_eq!(extended.finish(), Err(DecodeError::TrailingBytes { count: 1 }));
    }
}
