//! The public keys that an encryptor knows, with the tables that make them fast.

use std::collections::BTreeMap;

use super::{AttributePublic, AuthorityPublic, CheckedRows, EncryptError};
use crate::pairing::{G1Table, G2, GtTable};
use crate::policy::{AttributeName, AuthorityName};

/// Why a public key does not go with the others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// The attribute's authority was not added before.
    #[error("the key of authority {authority} is needed before those of its attributes")]
    UnknownAuthority {
        /// The authority.
        authority: AuthorityName,
    },
    /// The attribute's key is of another generation than its authority's.
    #[error("the key of {attribute} is from before or after its authority changed keys; fetch both again")]
    OtherGeneration {
        /// The attribute.
        attribute: AttributeName,
    },
    /// Of one version of the attribute there are two values, of which at most one is its authority's.
    #[error("there are two different keys of version {version} of {attribute}")]
    Differ {
        /// The attribute.
        attribute: AttributeName,
        /// The version.
        version: u32,
    },
}

pub(super) struct AuthorityTables {
    pub(super) generation: u32,
    pub(super) e_alpha: GtTable,
    pub(super) g1_y: G1Table,
}

/// The version of an attribute that is in force.
pub(super) struct AttributePoint<'k> {
    pub(super) version: u32,
    pub(super) point: &'k G2,
}

/// Public keys of authorities and attributes. Where they come from must be authentic: the ledger, or signed files.
#[derive(Default)]
pub struct PublicKeys {
    pub(super) authorities: BTreeMap<AuthorityName, AuthorityTables>,
    /// All versions of each, of which the greatest is in force.
    pub(super) attributes: BTreeMap<AttributeName, BTreeMap<u32, G2>>,
}

impl PublicKeys {
    /// Knows nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an authority, or replaces it; keys of its attributes under another generation are dropped.
    pub fn add_authority(&mut self, key: &AuthorityPublic) {
        let tables = AuthorityTables {
            generation: key.generation,
            e_alpha: GtTable::new(&key.e_alpha),
            g1_y: G1Table::new(&key.g1_y),
        };
        let replaced = self.authorities.insert(key.name.clone(), tables);
        if replaced.is_some_and(|old| old.generation != key.generation) {
            self.attributes.retain(|attribute, _| attribute.authority() != key.name);
        }
    }

    /// Adds a version of an attribute. The greatest is in force, in whatever order they are added ([`super::VersionsInForce`] goes by the same rule).
    ///
    /// # Errors
    /// When its authority is not known, or of another generation, or the version has another key already.
    pub fn add_attribute(&mut self, key: &AttributePublic) -> Result<(), DirectoryError> {
        let authority = key.of.attribute.authority();
        let Some(tables) = self.authorities.get(&authority) else {
            return Err(DirectoryError::UnknownAuthority { authority });
        };
        if tables.generation != key.of.generation {
            return Err(DirectoryError::OtherGeneration { attribute: key.of.attribute.clone() });
        }
        let (attribute, version) = (&key.of.attribute, key.of.version);
        let versions = self.attributes.entry(attribute.clone()).or_default();
        if *versions.entry(version).or_insert(key.point) != key.point {
            return Err(DirectoryError::Differ { attribute: attribute.clone(), version });
        }
        Ok(())
    }

    /// What is known of an attribute and its authority.
    pub(super) fn of(&self, attribute: &AttributeName) -> Result<(&AuthorityTables, AttributePoint<'_>), EncryptError> {
        let authority = attribute.authority();
        let Some(tables) = self.authorities.get(&authority) else {
            return Err(EncryptError::UnknownAuthority { authority });
        };
        let in_force = self.attributes.get(attribute).and_then(BTreeMap::last_key_value);
        let (version, point) =
            in_force.ok_or_else(|| EncryptError::UnknownAttribute { attribute: attribute.clone() })?;
        Ok((tables, AttributePoint { version: *version, point }))
    }

    /// Whether rows say that they were made with keys of these generations and versions.
    pub(super) fn are_of(&self, rows: &CheckedRows) -> Result<bool, EncryptError> {
        for (attribute, row) in rows.policy().leaves().into_iter().zip(rows.rows()) {
            let (tables, point) = self.of(attribute)?;
            if (tables.generation, point.version) != (row.generation, row.version) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl core::fmt::Debug for PublicKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.attributes.keys()).finish()
    }
}
