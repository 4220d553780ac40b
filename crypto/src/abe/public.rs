//! What authorities publish: their keys, and a value for each version of an attribute.

use super::LAYOUT;
use super::attribute_version::{AttributeVersion, of_an_attribute};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::pairing::{G1, G2, Gt};
use crate::policy::{AttributeName, AuthorityName};

/// An authority's public key.
///
/// Layout: `u8 1 ‖ u32 generation ‖ u16 len ‖ name ‖ E^α (576) ‖ g1^y (48)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityPublic {
    pub(super) name: AuthorityName,
    pub(super) generation: u32,
    pub(super) e_alpha: Gt,
    pub(super) g1_y: G1,
}

impl AuthorityPublic {
    /// The authority's name.
    #[must_use]
    pub fn name(&self) -> &AuthorityName {
        &self.name
    }

    /// How often the authority has rotated its keys.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Name and generation of a key whose elements nobody has looked at; of them, only the length.
    pub(super) fn head(bytes: &[u8]) -> Result<(AuthorityName, u32), DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let head = Self::decode_head(&mut decoder)?;
        decoder.bytes(Gt::LEN + G1::LEN, "authority key")?;
        decoder.finish()?;
        Ok(head)
    }

    fn decode_head(decoder: &mut Decoder<'_>) -> Result<(AuthorityName, u32), DecodeError> {
        decoder.tag(LAYOUT, "authority key")?;
        let generation = decoder.u32("generation")?;
        Ok((decoder.authority_name()?, generation))
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        put_short_bytes(&mut bytes, self.name.as_str().as_bytes());
        bytes.extend_from_slice(&self.e_alpha.to_bytes());
        bytes.extend_from_slice(&self.g1_y.to_bytes());
        bytes
    }

    /// Decodes; both elements are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout or an element is invalid.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let (name, generation) = Self::decode_head(&mut decoder)?;
        let key = Self { generation, name, e_alpha: decoder.gt("E^alpha")?, g1_y: decoder.g1("g1^y")? };
        decoder.finish()?;
        Ok(key)
    }
}

/// The public value P_u of one version of an attribute.
///
/// Layout: `u8 1 ‖ u32 generation ‖ u32 version ‖ u16 len ‖ name ‖ P_u (96)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributePublic {
    pub(super) of: AttributeVersion,
    pub(super) point: G2,
}

impl AttributePublic {
    of_an_attribute!();

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.of.len() + G2::LEN);
        self.of.put(&mut bytes);
        bytes.extend_from_slice(&self.point.to_bytes());
        bytes
    }

    /// Decodes; the point is checked.
    ///
    /// # Errors
    /// When the bytes are of another layout or the point is invalid.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let of = AttributeVersion::decode(&mut decoder, "attribute key")?;
        let key = Self { of, point: decoder.g2("P_u")? };
        decoder.finish()?;
        Ok(key)
    }
}
