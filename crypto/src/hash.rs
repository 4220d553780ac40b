//! SHA-256 and the one way in which this project hashes structured input.
//!
//! SHA-256 is FIPS 180-4. [`tagged_hash`] is ours: the domain and every part carry their length, so that two different
//! lists of parts, or one list under two domains, never have the same preimage.

use core::fmt;
use core::str::FromStr;
use std::io::Read;

use sha2::{Digest, Sha256};

/// A SHA-256 value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash32([u8; 32]);

impl Hash32 {
    /// Length in bytes.
    pub const LEN: usize = 32;
    /// Thirty-two zero bytes: "no predecessor" in chains.
    pub const ZERO: Self = Self([0; 32]);

    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The bytes, by value.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = hex::encode(self.0);
        write!(f, "{}…", text.get(..8).unwrap_or_default())
    }
}

impl fmt::Display for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl AsRef<[u8]> for Hash32 {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Text that is not the lower- or upper-case hexadecimal form of the expected number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} hexadecimal digits")]
pub struct HexError {
    /// Digits that would have been right.
    pub expected: usize,
}

/// Decodes exactly `N` bytes of hexadecimal text.
pub(crate) fn decode_hex<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| HexError { expected: 2 * N })?;
    Ok(bytes)
}

impl FromStr for Hash32 {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        decode_hex(text).map(Self)
    }
}

/// SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Hash32 {
    Hash32(Sha256::digest(bytes).into())
}

/// Hashes what is read through it, so that a file of any size is hashed in little memory.
#[derive(Debug, Clone)]
pub struct Sha256Reader<R> {
    reader: R,
    hasher: Sha256,
}

impl<R: Read> Sha256Reader<R> {
    /// Starts with nothing read.
    #[must_use]
    pub fn new(reader: R) -> Self {
        Self { reader, hasher: Sha256::new() }
    }

    /// SHA-256 of everything that was read.
    #[must_use]
    pub fn finish(self) -> Hash32 {
        Hash32(self.hasher.finalize().into())
    }
}

impl<R: Read> Read for Sha256Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// SHA-256 of the SHA-256 of `bytes`: what block headers are hashed with.
#[must_use]
pub fn double_sha256(bytes: &[u8]) -> Hash32 {
    Hash32(Sha256::digest(Sha256::digest(bytes)).into())
}

/// `SHA-256(u64 len(domain) ‖ domain ‖ u64 count ‖ (u64 len(part) ‖ part)*)`, integers big-endian: injective in `(domain, parts)`.
#[must_use]
pub fn tagged_hash(domain: &'static str, parts: &[&[u8]]) -> Hash32 {
    let mut hasher = Sha256::new();
    hasher.update((domain.len() as u64).to_be_bytes());
    hasher.update(domain);
    hasher.update((parts.len() as u64).to_be_bytes());
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    Hash32(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_agrees_with_fips_180_4_example() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc").to_string(), expected);
        assert_eq!(expected.parse::<Hash32>().unwrap(), sha256(b"abc"));
        assert_eq!(double_sha256(b"abc"), sha256(sha256(b"abc").as_bytes()));
    }

    #[test]
    fn moving_a_byte_between_parts_changes_a_tagged_hash() {
        let one = tagged_hash("d", &[b"ab", b"c"]);
        assert_ne!(one, tagged_hash("d", &[b"a", b"bc"]));
        assert_ne!(one, tagged_hash("d", &[b"ab", b"c", b""]));
        assert_ne!(one, tagged_hash("da", &[b"b", b"c"]));
    }

    #[test]
    fn debug_is_short_and_display_is_whole() {
        let hash = sha256(b"abc");
        assert_eq!(format!("{hash:?}"), "ba7816bf…");
        assert_eq!(hash.to_string().len(), 64);
        assert!("ba78".parse::<Hash32>().is_err());
        assert!("zz".repeat(32).parse::<Hash32>().is_err());
    }
}
