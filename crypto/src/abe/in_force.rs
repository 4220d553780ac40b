//! Which versions of attributes are in force, as authorities publish them. No point is decoded for that, and no table built.
//!
//! Rows out of a pool go into a file only where they are of these versions ([`VersionsInForce::age`]): one comparison of short texts for each
//! attribute of the policy, and one line read for each in the authorities' files. That is not constant: it is microseconds an attribute.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use super::public::AuthorityPublic;
use super::{AttributeVersion, DirectoryError, EncryptError};
use crate::encoding::{DecodeError, Decoder};
use crate::pairing::G2;
use crate::policy::{AttributeName, AuthorityName, MAX_NAME_LEN};

/// Length of the longest head of an attribute's key, in bytes.
const MAX_HEAD_LEN: usize = 1 + 8 + 2 + MAX_NAME_LEN;

/// Why a public file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPublished {
    /// It is of another kind, or a line is none of those that such a file has.
    #[error("line {line} has no place in an authority's public file")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// A key is of another layout.
    #[error(transparent)]
    Key(#[from] DecodeError),
    /// An attribute is of another authority or generation than the file.
    #[error(transparent)]
    Attribute(#[from] DirectoryError),
    /// Another file has other keys of the same authority.
    #[error("two public files have different keys of {authority}")]
    Differ {
        /// The authority.
        authority: AuthorityName,
    },
}

/// How rows stand to what is in force, and in which attribute they differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Age {
    /// All are of the versions in force.
    InForce,
    /// Of a version of before.
    Earlier {
        /// Of which.
        of: AttributeVersion,
        /// What is in force.
        in_force: AttributeVersion,
    },
    /// Of a version that is not published yet.
    Later {
        /// Of which.
        of: AttributeVersion,
        /// What is in force.
        in_force: AttributeVersion,
    },
}

/// Versions in force. Where they come from must be authentic, as with [`PublicKeys`](super::PublicKeys).
#[derive(Debug, Default)]
pub struct VersionsInForce {
    /// Generations, and all that is published of each authority's own key.
    authorities: BTreeMap<AuthorityName, (u32, Vec<u8>)>,
    /// Generation and version.
    attributes: HashMap<AttributeName, (u32, u32)>,
}

impl VersionsInForce {
    /// What an authority's public file begins with; then come lines `authority: HEX` and `attribute: HEX`, of which the greatest version of an attribute counts.
    pub const FIRST_LINE: &str = "medshare-abe-public: 1";

    /// Takes what an authority's public file says. Of the keys in it, heads and lengths are looked at and nothing else.
    ///
    /// # Errors
    /// [`NotPublished`] says what is wrong; then nothing of the file counts.
    pub fn add_file(&mut self, text: &str) -> Result<(), NotPublished> {
        let mut lines = text.lines();
        if lines.next() != Some(Self::FIRST_LINE) {
            return Err(NotPublished::Line { line: 1 });
        }
        let (mut own, mut attributes) = (None, Vec::with_capacity(text.len() / (2 * G2::LEN)));
        for (line, number) in lines.zip(2..).filter(|(line, _)| !line.trim().is_empty()) {
            let wrong = NotPublished::Line { line: number };
            match line.split_once(": ").map(|(name, digits)| (name, digits.trim())) {
                Some(("attribute", digits)) => attributes.push(attribute_of(digits)?),
                Some(("authority", digits)) if own.is_none() => own = Some(hex::decode(digits).map_err(|_| wrong)?),
                _ => return Err(wrong),
            }
        }
        let own = own.ok_or(DecodeError::Truncated { what: "authority key" })?;
        let (name, generation) = AuthorityPublic::head(&own)?;
        if self.authorities.get(&name).is_some_and(|(_, other)| *other != own) {
            return Err(NotPublished::Differ { authority: name });
        }
        let of_it = format!("@{name}");
        for AttributeVersion { attribute, generation: found, .. } in &attributes {
            if !attribute.as_str().ends_with(&of_it) {
                return Err(DirectoryError::UnknownAuthority { authority: attribute.authority() }.into());
            }
            if *found != generation {
                return Err(DirectoryError::OtherGeneration { attribute: attribute.clone() }.into());
            }
        }
        self.authorities.insert(name, (generation, own));
        for of in attributes {
            let newest = self.attributes.entry(of.attribute).or_default();
            *newest = (*newest).max((of.generation, of.version));
        }
        Ok(())
    }

    /// The version of an attribute that is in force.
    ///
    /// # Errors
    /// When it is not published, or its authority is not known.
    pub fn of(&self, attribute: &AttributeName) -> Result<AttributeVersion, EncryptError> {
        let Some((generation, version)) = self.attributes.get(attribute).copied() else {
            let authority = attribute.authority();
            return Err(if self.authorities.contains_key(&authority) {
                EncryptError::UnknownAttribute { attribute: attribute.clone() }
            } else {
                EncryptError::UnknownAuthority { authority }
            });
        };
        Ok(AttributeVersion { attribute: attribute.clone(), generation, version })
    }

    /// How rows of these versions stand to those in force. One attribute that is later counts before one that is earlier.
    ///
    /// # Errors
    /// When an attribute is not published, or its authority is not known.
    pub fn age(&self, versions: &[AttributeVersion]) -> Result<Age, EncryptError> {
        let mut age = Age::InForce;
        for of in versions {
            // Most are; nothing is copied for them.
            if self.attributes.get(&of.attribute) == Some(&(of.generation, of.version)) {
                continue;
            }
            let in_force = self.of(&of.attribute)?;
            match of.cmp(&in_force) {
                Ordering::Equal => {}
                Ordering::Less => age = Age::Earlier { of: of.clone(), in_force },
                Ordering::Greater => return Ok(Age::Later { of: of.clone(), in_force }),
            }
        }
        Ok(age)
    }
}

/// The head of an attribute's key in hexadecimal digits. The point behind it stays digits.
fn attribute_of(digits: &str) -> Result<AttributeVersion, DecodeError> {
    let (mut buffer, what) = ([0; MAX_HEAD_LEN], "attribute key");
    let cut = DecodeError::Truncated { what };
    let len = (digits.len() / 2).checked_sub(G2::LEN).filter(|_| digits.len().is_multiple_of(2)).ok_or(cut)?;
    let head = buffer.get_mut(..len).ok_or(DecodeError::OutOfBounds { what })?;
    let of_head = digits.get(..2 * len).ok_or(DecodeError::InvalidText { what })?;
    hex::decode_to_slice(of_head, head).map_err(|_| DecodeError::InvalidText { what })?;
    let mut decoder = Decoder::new(head);
    let of = AttributeVersion::decode(&mut decoder, what)?;
    decoder.finish()?;
    Ok(of)
}

#[cfg(test)]
mod tests;
