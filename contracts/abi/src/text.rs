//! Text with a bound on its size.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::codec::{Decode, DecodeError, Encode, Reader, encode_length};

/// Printable text of at most `MAX` bytes of UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BoundedText<const MAX: usize>(String);

/// Why a text is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// It takes more bytes than the bound.
    TooLong {
        /// The bound in bytes.
        max: usize,
        /// The text's size in bytes.
        actual: usize,
    },
    /// It holds a control character, such as a line break.
    ControlCharacter,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { max, actual } => write!(f, "text of {actual} bytes; at most {max} are allowed: shorten it"),
            Self::ControlCharacter => f.write_str("text holds a control character, such as a line break: remove it"),
        }
    }
}

impl core::error::Error for TextError {}

impl<const MAX: usize> BoundedText<MAX> {
    /// Accepts a text within the bound and without control characters.
    ///
    /// # Errors
    /// When it is longer or holds one.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        if text.len() > MAX {
            return Err(TextError::TooLong { max: MAX, actual: text.len() });
        }
        if text.chars().any(char::is_control) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text))
    }

    /// As much of a text as the bound allows, without its control characters.
    #[must_use]
    pub fn cut(mut text: String) -> Self {
        text.retain(|character| !character.is_control());
        text.truncate(text.floor_char_boundary(MAX));
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const MAX: usize> Encode for BoundedText<MAX> {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_length(self.0.len(), out);
        out.extend_from_slice(self.0.as_bytes());
    }
}

impl<const MAX: usize> Decode for BoundedText<MAX> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let len = reader.length(MAX)?;
        let text = core::str::from_utf8(reader.take(len)?).map_err(|_| DecodeError::InvalidText)?;
        Self::new(text).map_err(|_| DecodeError::InvalidText)
    }
}
