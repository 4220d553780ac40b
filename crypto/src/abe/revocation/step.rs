//! From which version of an attribute an update leads to which.

use crate::abe::attribute_version::AttributeVersion;
use crate::abe::{AttributePublic, RowsError};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::pairing::G2;
use crate::policy::AttributeName;

/// Why an update does not apply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// The update is for another attribute, or none of it is there.
    #[error("the update is for {attribute}, which is not used here")]
    OtherAttribute {
        /// The update's attribute.
        attribute: AttributeName,
    },
    /// The authority changed its keys between what is here and the update: no update leads from the ones to the others.
    #[error(
        "the update and {attribute} here are of different keys of its authority, which changed them; keys are issued again, files rekeyed"
    )]
    OtherGeneration {
        /// The update's attribute.
        attribute: AttributeName,
    },
    /// The update starts at another version.
    #[error("the update starts from version {from}, and version {found} is here")]
    OtherVersion {
        /// The update's start.
        from: u32,
        /// What was found.
        found: u32,
    },
    /// The update is for another user's key.
    #[error("the update is for another user's key")]
    OtherUser,
    /// The rows are altered, damaged, or hold a point that is none.
    #[error(transparent)]
    Rows(#[from] RowsError),
}

/// Why an update is not what its authority's public keys say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongUpdate {
    /// A version is not among the public keys.
    #[error("the public file does not have version {version} of {attribute}; fetch it from the authority again")]
    Unpublished {
        /// The attribute.
        attribute: AttributeName,
        /// The version.
        version: u32,
    },
    /// The public keys are of another generation than the update.
    #[error("the update and the public file are of different keys of the authority of {attribute}, which changed them")]
    OtherGeneration {
        /// The attribute.
        attribute: AttributeName,
    },
    /// It leads elsewhere, and would destroy what it is applied to.
    #[error(
        "the update does not lead from version {from} to version {to} of {attribute}: it is not by that authority, or damaged"
    )]
    LeadsElsewhere {
        /// The attribute.
        attribute: AttributeName,
        /// The update's start.
        from: u32,
        /// The update's end.
        to: u32,
    },
}

/// Which versions an update leads from and to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) attribute: AttributeName,
    pub(super) generation: u32,
    pub(super) from: u32,
    pub(super) to: u32,
}

impl Step {
    /// Appends `u8 layout ‖ u32 generation ‖ u32 from ‖ u32 to ‖ u16 len ‖ name`, with which every update begins.
    pub(super) fn put(&self, layout: u8, bytes: &mut Vec<u8>) {
        bytes.push(layout);
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&self.from.to_be_bytes());
        bytes.extend_from_slice(&self.to.to_be_bytes());
        put_short_bytes(bytes, self.attribute.as_str().as_bytes());
    }

    /// Length of what [`Step::put`] appends.
    pub(super) fn len(&self) -> usize {
        1 + 12 + 2 + self.attribute.as_str().len()
    }

    /// Reads what [`Step::put`] appended; `what` is the kind of update, for errors.
    pub(super) fn decode(layout: u8, decoder: &mut Decoder<'_>, what: &'static str) -> Result<Self, DecodeError> {
        decoder.tag(layout, what)?;
        Ok(Self {
            generation: decoder.u32("generation")?,
            from: decoder.u32("first version")?,
            to: decoder.u32("last version")?,
            attribute: decoder.attribute_name()?,
        })
    }

    /// P_u at both versions.
    pub(super) fn published(&self, keys: &[AttributePublic]) -> Result<(G2, G2), WrongUpdate> {
        let mut generations = keys.iter().filter(|key| key.of.attribute == self.attribute).map(|key| key.of.generation);
        if generations.next().is_some_and(|first| first != self.generation)
            && generations.all(|other| other != self.generation)
        {
            return Err(WrongUpdate::OtherGeneration { attribute: self.attribute.clone() });
        }
        let point = |version| {
            let (attribute, generation) = (self.attribute.clone(), self.generation);
            let of = AttributeVersion { attribute, generation, version };
            let found = keys.iter().find(|key| key.of == of).map(|key| key.point);
            found.ok_or_else(|| WrongUpdate::Unpublished { attribute: self.attribute.clone(), version })
        };
        Ok((point(self.from)?, point(self.to)?))
    }

    pub(super) fn leads_elsewhere(&self) -> WrongUpdate {
        WrongUpdate::LeadsElsewhere { attribute: self.attribute.clone(), from: self.from, to: self.to }
    }

    /// Whether something of this attribute is what the update is for.
    pub(super) fn check_attribute(&self, attribute: &AttributeName) -> Result<(), UpdateError> {
        if *attribute != self.attribute {
            return Err(UpdateError::OtherAttribute { attribute: self.attribute.clone() });
        }
        Ok(())
    }

    /// Whether something of this generation and version is what the update starts from.
    pub(super) fn check(&self, generation: u32, version: u32) -> Result<(), UpdateError> {
        if generation != self.generation {
            return Err(UpdateError::OtherGeneration { attribute: self.attribute.clone() });
        }
        if version != self.from {
            return Err(UpdateError::OtherVersion { from: self.from, found: version });
        }
        Ok(())
    }
}
