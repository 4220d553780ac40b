//! Names of attributes and of the authorities that issue them.

use core::fmt;
use core::str::FromStr;

use crate::encoding::{DecodeError, Decoder};
use crate::name::{self, DeceptiveName};

/// Longest name of an attribute with its authority, in bytes of UTF-8.
pub const MAX_NAME_LEN: usize = 128;

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing, or nothing on one side of the `@`.
    #[error("expected a name such as DOCTOR@HOSPITAL; a part of it is empty")]
    Empty,
    /// Longer than [`MAX_NAME_LEN`] bytes.
    #[error("a name may have at most {MAX_NAME_LEN} bytes, with its authority")]
    TooLong,
    /// Not exactly one `@` in an attribute's name.
    #[error("expected a name such as DOCTOR@HOSPITAL, with one @ before the authority")]
    NoAuthority,
    /// A character that names cannot have.
    #[error("a name has letters, digits and - _ . only; combining marks are none of these: write é as one character")]
    InvalidCharacter,
    /// Written so that another name looks the same.
    #[error("this cannot be a name: {0}")]
    Deceptive(DeceptiveName),
}

/// Whether `character` may be part of a name: letters and digits of any script, and `-_.`.
pub(super) fn is_name_character(character: char) -> bool {
    name::is_letter_or_digit(character) || matches!(character, '-' | '_' | '.')
}

fn check_part(part: &str) -> Result<(), InvalidName> {
    if part.is_empty() {
        return Err(InvalidName::Empty);
    }
    if part.len() > MAX_NAME_LEN {
        return Err(InvalidName::TooLong);
    }
    if !part.chars().all(is_name_character) {
        return Err(InvalidName::InvalidCharacter);
    }
    name::check(part).map_err(InvalidName::Deceptive)
}

/// The name of an authority, e.g. `HOSPITAL`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuthorityName(String);

impl AuthorityName {
    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AuthorityName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        check_part(text)?;
        Ok(Self(text.to_owned()))
    }
}

/// The name of an attribute with its authority, e.g. `DOCTOR@HOSPITAL`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeName {
    text: String,
    at: usize,
}

impl AttributeName {
    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is before the `@`.
    #[must_use]
    pub fn attribute(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// Who issues it: what is behind the `@`.
    #[must_use]
    pub fn authority(&self) -> AuthorityName {
        AuthorityName(self.text.get(self.at + 1..).unwrap_or_default().to_owned())
    }
}

impl FromStr for AttributeName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if text.is_empty() {
            return Err(InvalidName::Empty);
        }
        if text.len() > MAX_NAME_LEN {
            return Err(InvalidName::TooLong);
        }
        let (attribute, authority) = text.split_once('@').ok_or(InvalidName::NoAuthority)?;
        if authority.contains('@') {
            return Err(InvalidName::NoAuthority);
        }
        check_part(attribute)?;
        check_part(authority)?;
        Ok(Self { text: text.to_owned(), at: attribute.len() })
    }
}

macro_rules! show_as_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

show_as_text!(AuthorityName);
show_as_text!(AttributeName);

impl Decoder<'_> {
    pub(crate) fn authority_name(&mut self) -> Result<AuthorityName, DecodeError> {
        let what = "authority name";
        let text = self.text(MAX_NAME_LEN, what)?;
        text.parse().map_err(|_| DecodeError::InvalidText { what })
    }

    pub(crate) fn attribute_name(&mut self) -> Result<AttributeName, DecodeError> {
        let what = "attribute name";
        let text = self.text(MAX_NAME_LEN, what)?;
        text.parse().map_err(|_| DecodeError::InvalidText { what })
    }
}
