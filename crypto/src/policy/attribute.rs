//! Names of attributes and of the authorities that issue them.
//!
//! Two rules. **Read** is every name that any build has made: keys, files, a genesis and registers go on being read, and what is in them can be
//! revoked. This rule has no tables of Unicode in it, since whoever reads must agree with whoever wrote: validators on the policies of a genesis, nodes
//! and agents on those in packages, people on each other's files. **Made** ([`AttributeName::typed`], [`Policy::typed`](super::Policy::typed)) are
//! names that look like no other ([`crate::name`]). That one refuses only, and only where a name is made or a policy typed: nobody has to agree with it.

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
    #[error(
        "a name has letters, digits and - _ . only; combining marks and forms of other letters (full-width, raised) are none of these: write é as one character, and plain letters"
    )]
    InvalidCharacter,
    /// Written so that another name looks the same.
    #[error("this cannot be a name: {0}")]
    Deceptive(DeceptiveName),
}

/// Whether `character` may be part of a name that is read: of ASCII letters, digits and `-_.`, else whatever is no blank and steers nothing. The list is
/// closed and stays as it is.
pub(super) fn is_read(character: char) -> bool {
    match character {
        '\0'..='\x7f' => character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'),
        '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{1680}' | '\u{180e}' => false,
        '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' => false,
        '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}' => false,
        _ => true,
    }
}

/// Whether `character` may be part of a name that is made: letters and digits of any script, and `-_.`.
pub(super) fn is_made(character: char) -> bool {
    is_read(character) && (name::is_letter_or_digit(character) || matches!(character, '-' | '_' | '.'))
}

fn check_part(part: &str) -> Result<(), InvalidName> {
    if part.is_empty() {
        return Err(InvalidName::Empty);
    }
    if part.len() > MAX_NAME_LEN {
        return Err(InvalidName::TooLong);
    }
    if part.chars().all(is_read) { Ok(()) } else { Err(InvalidName::InvalidCharacter) }
}

/// Refuses a part of a name that was read and would not be made.
fn check_made(part: &str) -> Result<(), InvalidName> {
    if !part.chars().all(is_made) {
        return Err(InvalidName::InvalidCharacter);
    }
    name::check(part).map_err(InvalidName::Deceptive)
}

/// The name of an authority, e.g. `HOSPITAL`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuthorityName(String);

impl AuthorityName {
    /// A name for an authority that is made.
    ///
    /// # Errors
    /// When it is no name, or written so that another looks the same.
    pub fn typed(text: &str) -> Result<Self, InvalidName> {
        let name: Self = text.parse()?;
        check_made(&name.0)?;
        Ok(name)
    }

    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Any name that was ever made.
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
    /// A name for an attribute that is made.
    ///
    /// # Errors
    /// When it is no name, or written so that another looks the same.
    pub fn typed(text: &str) -> Result<Self, InvalidName> {
        let name: Self = text.parse()?;
        name.check_made()?;
        Ok(name)
    }

    /// Whether such a name is still made: builds before allowed others, which are read.
    ///
    /// # Errors
    /// Says why not.
    pub fn check_made(&self) -> Result<(), InvalidName> {
        check_made(self.attribute())?;
        check_made(self.text.get(self.at + 1..).unwrap_or_default())
    }

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

/// Any name that was ever made.
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
