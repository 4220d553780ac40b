//! One version of an attribute, in one generation of its authority's keys: what keys are for.

use super::LAYOUT;
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::policy::{AttributeName, MAX_LEAVES};

/// Which version of an attribute a key, or a row, is for. Of one attribute the later version is the greater.
///
/// Layout: `u8 1 ‖ u32 generation ‖ u32 version ‖ u16 len ‖ name`, at the head of keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttributeVersion {
    /// The attribute.
    pub attribute: AttributeName,
    /// How often its authority has changed its keys.
    pub generation: u32,
    /// How often the attribute was raised under these.
    pub version: u32,
}

impl AttributeVersion {
    /// Appends the head of a key.
    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&self.version.to_be_bytes());
        put_short_bytes(bytes, self.attribute.as_str().as_bytes());
    }

    /// Length of what [`AttributeVersion::put`] appends.
    pub(super) fn len(&self) -> usize {
        1 + 8 + 2 + self.attribute.as_str().len()
    }

    /// Encodes, one after the other.
    #[must_use]
    pub fn all_to_bytes(versions: &[Self]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(versions.iter().map(Self::len).sum());
        versions.iter().for_each(|of| of.put(&mut bytes));
        bytes
    }

    /// Reads [`AttributeVersion::all_to_bytes`].
    ///
    /// # Errors
    /// When the bytes are of another layout, or there is none, or more than a policy can have.
    pub fn all_from_bytes(bytes: &[u8]) -> Result<Vec<Self>, DecodeError> {
        let what = "version of an attribute";
        let (mut decoder, mut versions) = (Decoder::new(bytes), Vec::new());
        while !decoder.is_at_end() {
            versions.push(Self::decode(&mut decoder, what)?);
        }
        let is_a_number = (1..=MAX_LEAVES).contains(&versions.len());
        if is_a_number { Ok(versions) } else { Err(DecodeError::OutOfBounds { what }) }
    }

    /// Of which attribute and version a public key is, whose point nobody has looked at.
    ///
    /// # Errors
    /// When the bytes do not begin as a key does.
    pub fn of_public_key(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode(&mut Decoder::new(bytes), "attribute key")
    }

    /// Reads the head of a key, of which `what` tells the kind.
    pub(super) fn decode(decoder: &mut Decoder<'_>, what: &'static str) -> Result<Self, DecodeError> {
        decoder.tag(LAYOUT, what)?;
        Ok(Self {
            generation: decoder.u32("generation")?,
            version: decoder.u32("version")?,
            attribute: decoder.attribute_name()?,
        })
    }
}

/// What a key of an attribute's version says of itself.
macro_rules! of_an_attribute {
    () => {
        /// The attribute.
        #[must_use]
        pub fn attribute(&self) -> &AttributeName {
            &self.of.attribute
        }

        /// The attribute's version.
        #[must_use]
        pub fn version(&self) -> u32 {
            self.of.version
        }
    };
}
pub(super) use of_an_attribute;
