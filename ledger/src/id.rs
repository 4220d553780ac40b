//! Names of things on the ledger: fixed-length identifiers, heights and times.

use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;
use std::fmt;
use std::str::FromStr;

/// A hexadecimal identifier that could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error("expected {expected} hexadecimal characters for {what}")]
pub struct IdError {
    what: &'static str,
    expected: usize,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// From raw bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// The raw bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().take(4).try_for_each(|b| write!(f, "{b:02x}"))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = IdError { what: $what, expected: 2 * $bytes };
                let text = text.trim();
                if text.len() != 2 * $bytes || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(error);
                }
                let mut bytes = [0; $bytes];
                for (i, byte) in bytes.iter_mut().enumerate() {
                    let pair = text.get(2 * i..2 * i + 2).ok_or(error.clone())?;
                    *byte = u8::from_str_radix(pair, 16).map_err(|_| error.clone())?;
                }
                Ok(Self(bytes))
            }
        }
    };
}

identifier!(
    /// The network: hash of its canonical genesis.
    NetworkId, 32, "a network id"
);
identifier!(
    /// OID: a data owner, first half of the hash of its verifying key.
    OwnerId, 16, "an owner id"
);
identifier!(
    /// RID: a requestor, first half of the hash of its verifying key.
    RequestorId, 16, "a requestor id"
);
identifier!(
    /// NID: a processing and consensus node, first half of the hash of its verifying key.
    NodeId, 16, "a node id"
);
identifier!(
    /// A parent block: double SHA-256 of its header (the paper's "format").
    BlockId, 32, "a block id"
);
identifier!(
    /// A side-block: first half of the parent's id, then a generated half.
    SideBlockId, 32, "a side-block id"
);
identifier!(
    /// One opening of a package by one agent.
    LeaseId, 16, "a lease id"
);
identifier!(
    /// A package: the commitment to its manifest and payload.
    PackageId, 32, "a package id"
);

macro_rules! id_of_key {
    ($name:ident, $domain:literal) => {
        impl $name {
            /// The identifier that belongs to a verifying key.
            #[must_use]
            pub fn of_key(key: &medshare_crypto::sign::VerifyingKey) -> Self {
                let hash = medshare_crypto::hash::tagged_hash($domain, &[&key.to_bytes()]);
                let mut id = [0; 16];
                id.iter_mut().zip(hash.as_bytes()).for_each(|(to, from)| *to = *from);
                Self(id)
            }
        }
    };
}
id_of_key!(OwnerId, "medshare/id/owner/v1");
id_of_key!(RequestorId, "medshare/id/requestor/v1");
id_of_key!(NodeId, "medshare/id/node/v1");

impl BlockId {
    /// The id as a hash, as it stands in the next block's header.
    #[must_use]
    pub const fn as_hash(&self) -> Hash32 {
        Hash32::from_bytes(self.0)
    }
}

/// Position of a batch in the decided sequence; genesis is 0, the first batch 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Height(pub u64);

impl Height {
    /// The height after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A day in milliseconds.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// This time and `ms` milliseconds.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Longest label (data set, authority, organisation) in bytes.
pub const MAX_LABEL_BYTES: usize = 64;

/// A short public name from a closed alphabet: a letter or digit, then letters, digits, `-`, `_`, `.`.
///
/// Names of files and folders are made of labels, so none is `.` or `..`, hidden, or looks like an option.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Label(String);

/// A label outside the alphabet or its length.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error(
    "expected 1 to {MAX_LABEL_BYTES} characters out of letters, digits, '-', '_' and '.', the first a letter or digit"
)]
pub struct LabelError;

impl Label {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a decoded label keeps to the alphabet.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.0.parse::<Self>().is_ok()
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let begins_well = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if !begins_well || text.len() > MAX_LABEL_BYTES || !text.bytes().all(allowed) {
            return Err(LabelError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_plain_name_that_leads_nowhere_in_a_path() {
        let longest = "a".repeat(MAX_LABEL_BYTES);
        for text in ["a", "7", "north-hospital", "v1.2_b", "a..b", &longest] {
            assert!(text.parse::<Label>().is_ok(), "{text}");
        }
        let too_long = "a".repeat(MAX_LABEL_BYTES + 1);
        for text in ["", ".", "..", ".hidden", "-option", "_x", "a/b", "a b", "ä", "a\0", &too_long] {
            assert!(text.parse::<Label>().is_err(), "{text}");
        }
    }
}
