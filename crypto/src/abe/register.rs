//! What an authority must not forget: its attributes, and the version of each that is in force.
//!
//! Whoever is issued an older version than the one in force opens nothing new, or is given back what was taken from everybody. So the
//! register lies beside the secret, and its versions only rise.

use std::collections::BTreeMap;

use super::LAYOUT;
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::policy::AttributeName;

/// Most attributes in a register.
pub const MAX_REGISTERED: usize = 10_000;

/// Why a register stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// A version below the one in force.
    #[error("{attribute} is at version {in_force} already, and versions only rise; {asked} is below it")]
    Backwards {
        /// The attribute.
        attribute: AttributeName,
        /// Its version.
        in_force: u32,
        /// The version that was asked for.
        asked: u32,
    },
    /// No room.
    #[error("an authority has at most {MAX_REGISTERED} attributes")]
    Full,
}

/// The attributes of one authority.
///
/// Layout: `u8 1 ‖ u16 count ‖ (u32 version ‖ u16 len ‖ name)*`, the names in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeRegister(BTreeMap<AttributeName, u32>);

impl AttributeRegister {
    /// Without attributes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The version in force, of an attribute that there is.
    #[must_use]
    pub fn version(&self, attribute: &AttributeName) -> Option<u32> {
        self.0.get(attribute).copied()
    }

    /// Adds an attribute, or raises its version.
    ///
    /// # Errors
    /// When a higher version is in force, or there is no room.
    pub fn raise(&mut self, attribute: &AttributeName, version: u32) -> Result<(), RegisterError> {
        match self.version(attribute) {
            Some(in_force) if in_force > version => {
                Err(RegisterError::Backwards { attribute: attribute.clone(), in_force, asked: version })
            }
            None if self.0.len() >= MAX_REGISTERED => Err(RegisterError::Full),
            _ => {
                self.0.insert(attribute.clone(), version);
                Ok(())
            }
        }
    }

    /// Attributes with their versions, in ascending order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&AttributeName, u32)> {
        self.0.iter().map(|(attribute, version)| (attribute, *version))
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&(self.0.len() as u16).to_be_bytes());
        for (attribute, version) in &self.0 {
            bytes.extend_from_slice(&version.to_be_bytes());
            put_short_bytes(&mut bytes, attribute.as_str().as_bytes());
        }
        bytes
    }

    /// Decodes.
    ///
    /// # Errors
    /// When the bytes are of another layout, or the names out of order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "register")?;
        let register = decoder.ascending(MAX_REGISTERED, "attributes", |decoder| {
            let version = decoder.u32("version")?;
            Ok((decoder.attribute_name()?, version))
        })?;
        decoder.finish()?;
        Ok(Self(register))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> AttributeName {
        text.parse().unwrap()
    }

    #[test]
    fn versions_rise_and_never_fall() {
        let mut register = AttributeRegister::new();
        assert_eq!(register.version(&name("A@X")), None);
        for version in [0, 0, 1, 5] {
            register.raise(&name("A@X"), version).unwrap();
            assert_eq!(register.version(&name("A@X")), Some(version));
        }
        let refused = RegisterError::Backwards { attribute: name("A@X"), in_force: 5, asked: 4 };
        assert_eq!(register.raise(&name("A@X"), 4), Err(refused));
        assert_eq!(register.version(&name("A@X")), Some(5));
    }

    #[test]
    fn a_register_decodes_strictly() {
        let mut register = AttributeRegister::new();
        for (attribute, version) in [("B@X", 1), ("A@X", 7)] {
            register.raise(&name(attribute), version).unwrap();
        }
        let bytes = register.to_bytes();
        assert_eq!(AttributeRegister::from_bytes(&bytes).as_ref(), Ok(&register));
        for len in 0..bytes.len() {
            assert!(AttributeRegister::from_bytes(&bytes[..len]).is_err(), "cut to {len}");
        }
        let (first, second) = bytes[3..].split_at((bytes.len() - 3) / 2);
        let swapped = [&bytes[..3], second, first].concat();
        assert_eq!(AttributeRegister::from_bytes(&swapped), Err(DecodeError::OutOfBounds { what: "attributes" }));
    }
}
