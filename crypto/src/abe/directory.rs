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
    /// One version of an attribute has two keys, and one of them is not its authority's.
    #[error(
        "version {version} of {attribute} has two keys, of which its authority made one: fetch its public file again"
    )]
    TwoKeys {
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

pub(super) struct AttributePoint {
    pub(super) version: u32,
    pub(super) point: G2,
}

/// Public keys of authorities and attributes. Where they come from must be authentic: the ledger, or signed files.
#[derive(Default)]
pub struct PublicKeys {
    pub(super) authorities: BTreeMap<AuthorityName, AuthorityTables>,
    pub(super) attributes: BTreeMap<AttributeName, AttributePoint>,
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

    /// Adds an attribute, or replaces an earlier version of it: one that is added later does not bring an earlier one back.
    ///
    /// # Errors
    /// When its authority is not known, or of another generation; when another key of this version was added.
    pub fn add_attribute(&mut self, key: &AttributePublic) -> Result<(), DirectoryError> {
        let authority = key.of.attribute.authority();
        let Some(tables) = self.authorities.get(&authority) else {
            return Err(DirectoryError::UnknownAuthority { authority });
        };
        if tables.generation != key.of.generation {
            return Err(DirectoryError::OtherGeneration { attribute: key.of.attribute.clone() });
        }
        let known = self.attributes.get(&key.of.attribute);
        if known.is_some_and(|known| known.version == key.of.version && known.point != key.point) {
            return Err(DirectoryError::TwoKeys { attribute: key.of.attribute.clone(), version: key.of.version });
        }
        if known.is_none_or(|known| known.version < key.of.version) {
            let point = AttributePoint { version: key.of.version, point: key.point };
            self.attributes.insert(key.of.attribute.clone(), point);
        }
        Ok(())
    }

    /// What is known of an attribute and its authority.
    pub(super) fn of(&self, attribute: &AttributeName) -> Result<(&AuthorityTables, &AttributePoint), EncryptError> {
        let authority = attribute.authority();
        let Some(tables) = self.authorities.get(&authority) else {
            return Err(EncryptError::UnknownAuthority { authority });
        };
        let point = self.attributes.get(attribute);
        let point = point.ok_or_else(|| EncryptError::UnknownAttribute { attribute: attribute.clone() })?;
        Ok((tables, point))
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
