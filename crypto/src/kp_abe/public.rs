//! The public key of a personal domain.

use super::LAYOUT;
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::pairing::Gt;
use crate::policy::AuthorityName;

/// A domain's public key.
///
/// Layout: `u8 1 ‖ u16 len ‖ name ‖ E^α (576)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainPublic {
    pub(super) name: AuthorityName,
    pub(super) e_alpha: Gt,
}

impl DomainPublic {
    /// The domain's name.
    #[must_use]
    pub fn name(&self) -> &AuthorityName {
        &self.name
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        put_short_bytes(&mut bytes, self.name.as_str().as_bytes());
        bytes.extend_from_slice(&self.e_alpha.to_bytes());
        bytes
    }

    /// Decodes; the element is checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "domain key")?;
        let key = Self { name: decoder.authority_name()?, e_alpha: decoder.gt("E^alpha")? };
        decoder.finish()?;
        Ok(key)
    }
}
