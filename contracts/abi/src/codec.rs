//! Canonical bytes of what host and guest exchange.
//!
//! Numbers are fixed-width and big-endian, `bool` and `Option` take one byte of 0 or 1, lists and texts carry a `u32` length
//! and have a bound, structures are their fields in order of declaration. Every value has one encoding: whatever decodes
//! encodes to the same bytes again. The codec is our own so that a guest carries no dependency into consensus.

use alloc::vec::Vec;
use core::fmt;

/// Why bytes are not the canonical encoding of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes end before the value does.
    Truncated,
    /// Bytes are left over behind the value.
    TrailingBytes,
    /// A code that stands for nothing.
    UnknownCode,
    /// A list or text is longer than its bound.
    TooLong,
    /// A text is not UTF-8 or holds control characters.
    InvalidText,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "contract value: the bytes end too early",
            Self::TrailingBytes => "contract value: bytes are left over behind its end",
            Self::UnknownCode => "contract value: a code that stands for nothing",
            Self::TooLong => "contract value: a list or text exceeds its bound",
            Self::InvalidText => "contract value: a text is not UTF-8 or holds control characters",
        })
    }
}

impl core::error::Error for DecodeError {}

/// A value with canonical bytes.
pub trait Encode {
    /// Appends the value's bytes to `out`.
    fn encode(&self, out: &mut Vec<u8>);

    /// The value's bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }
}

/// A value that can be read from its canonical bytes.
pub trait Decode: Sized {
    /// Reads one value from the front of `reader`.
    ///
    /// # Errors
    /// When the bytes at the front are not the canonical encoding of a value.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Reads one value that takes up all of `bytes`.
    ///
    /// # Errors
    /// When `bytes` are not exactly the canonical encoding of one value.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let value = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}

/// The bytes that are still to be decoded.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the front of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Takes the next `len` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] when fewer are left.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.rest.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// Takes the next `N` bytes as an array.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] when fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    /// Takes a `u32` length that may not exceed `max`.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond `max`, [`DecodeError::Truncated`] at the end of the bytes.
    pub fn length(&mut self, max: usize) -> Result<usize, DecodeError> {
        let len = usize::try_from(u32::decode(self)?).map_err(|_| DecodeError::TooLong)?;
        if len > max { Err(DecodeError::TooLong) } else { Ok(len) }
    }

    /// Takes a list of at most `max` values.
    ///
    /// # Errors
    /// When the list is longer or one of its values does not decode.
    pub fn list<T: Decode>(&mut self, max: usize) -> Result<Vec<T>, DecodeError> {
        let len = self.length(max)?;
        (0..len).map(|_| T::decode(self)).collect()
    }

    /// Asserts that nothing is left.
    ///
    /// # Errors
    /// [`DecodeError::TrailingBytes`] when something is.
    pub const fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
    }
}

/// Appends a length. The types that have one bound it far below `u32::MAX`; a longer one would not decode.
pub(crate) fn encode_length(len: usize, out: &mut Vec<u8>) {
    u32::try_from(len).unwrap_or(u32::MAX).encode(out);
}

/// Appends a list: its length, then its values.
pub(crate) fn encode_list<T: Encode>(items: &[T], out: &mut Vec<u8>) {
    encode_length(items.len(), out);
    for item in items {
        item.encode(out);
    }
}

macro_rules! fixed_width {
    ($($number:ty),*) => {$(
        impl Encode for $number {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
        }

        impl Decode for $number {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.array().map(Self::from_be_bytes)
            }
        }
    )*};
}

fixed_width!(u8, u16, u32, u64);

impl Encode for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Decode for bool {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode(reader)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(DecodeError::UnknownCode),
        }
    }
}

impl<const N: usize> Encode for [u8; N] {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
}

impl<const N: usize> Decode for [u8; N] {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.array()
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_some().encode(out);
        if let Some(value) = self {
            value.encode(out);
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if bool::decode(reader)? { T::decode(reader).map(Some) } else { Ok(None) }
    }
}

/// A structure's bytes are its fields in the order given.
macro_rules! record {
    ($name:ty { $($field:ident),* $(,)? }) => {
        impl $crate::codec::Encode for $name {
            fn encode(&self, out: &mut alloc::vec::Vec<u8>) {
                $(self.$field.encode(out);)*
            }
        }

        impl $crate::codec::Decode for $name {
            fn decode(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::DecodeError> {
                Ok(Self { $($field: $crate::codec::Decode::decode(reader)?),* })
            }
        }
    };
}
pub(crate) use record;

/// An enumeration of stable one-byte codes.
macro_rules! coded {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$doc])* $variant = $code,)* }

        impl $name {
            /// Every value, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The value that a code stands for.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl $crate::codec::Encode for $name {
            fn encode(&self, out: &mut alloc::vec::Vec<u8>) {
                out.push(self.code());
            }
        }

        impl $crate::codec::Decode for $name {
            fn decode(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::DecodeError> {
                let code = <u8 as $crate::codec::Decode>::decode(reader)?;
                Self::from_code(code).ok_or($crate::codec::DecodeError::UnknownCode)
            }
        }
    };
}
pub(crate) use coded;
