//! Entries that passed the stateless check.

use super::{arithmetic, check_entry, signed};
use crate::codec::{CodecError, decode, encode};
use crate::entry::{Entry, entry_hash};
use crate::facts::NetworkFacts;
use crate::history::leaf_hash;
use crate::id::Timestamp;
use crate::rejection::Rejection;
use medshare_crypto::hash::Hash32;
use std::sync::Arc;

/// An entry with what follows from its bytes. Nothing of it is checked.
#[derive(Clone, Debug)]
pub struct NamedEntry {
    entry: Entry,
    hash: Hash32,
    leaf: Hash32,
    size: usize,
}

/// An entry whose shape and signatures hold, and of whose points nothing is known. Only [`NamedEntry::signed`] makes one.
#[derive(Clone, Debug)]
pub struct SignedEntry(NamedEntry);

/// An entry that passed the whole check. Only [`SignedEntry::check`] makes one; cloning is cheap.
#[derive(Clone, Debug)]
pub struct VerifiedEntry(Arc<NamedEntry>);

/// Why bytes are not an entry that may be ordered.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum EntryError {
    /// Not the canonical bytes of an entry.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// An entry that breaks a rule.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl NamedEntry {
    /// Names an entry.
    #[must_use]
    pub fn new(entry: Entry) -> Self {
        let bytes = encode(&entry);
        Self { hash: entry_hash(&bytes), leaf: leaf_hash(&bytes), size: bytes.len(), entry }
    }

    /// Name of the entry.
    #[must_use]
    pub const fn hash(&self) -> Hash32 {
        self.hash
    }

    /// Hash of its leaf in the history.
    #[must_use]
    pub const fn leaf(&self) -> Hash32 {
        self.leaf
    }

    /// When the entry was made.
    #[must_use]
    pub fn dated(&self) -> Timestamp {
        self.entry.dated()
    }

    /// The entry.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Bytes of its encoding.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The stateless check: shape, bounds, order, nonce, and the signatures of parties that genesis names; then arithmetic.
    ///
    /// # Errors
    /// The first [`Rejection`].
    pub fn check(self, facts: &NetworkFacts) -> Result<VerifiedEntry, Rejection> {
        self.signed(facts)?.check()
    }

    /// The first part of the check, which is cheap: all but arithmetic on curves.
    ///
    /// # Errors
    /// The first [`Rejection`].
    pub fn signed(self, facts: &NetworkFacts) -> Result<SignedEntry, Rejection> {
        signed(&self.entry, facts)?;
        Ok(SignedEntry(self))
    }
}

impl SignedEntry {
    /// Name of the entry.
    #[must_use]
    pub const fn hash(&self) -> Hash32 {
        self.0.hash
    }

    /// The rest of the check.
    ///
    /// # Errors
    /// [`Rejection`] of what is not on the curve, or not what it says.
    pub fn check(self) -> Result<VerifiedEntry, Rejection> {
        arithmetic(&self.0.entry)?;
        Ok(VerifiedEntry(Arc::new(self.0)))
    }
}

impl VerifiedEntry {
    /// Decodes and checks the bytes of an entry from outside.
    ///
    /// # Errors
    /// [`EntryError`] for bytes that are no entry, or one that breaks a rule.
    pub fn from_bytes(bytes: &[u8], facts: &NetworkFacts) -> Result<Self, EntryError> {
        Ok(check_entry(decode::<Entry>(bytes)?, facts)?)
    }

    /// The entry.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.0.entry
    }

    /// Name of the entry.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        self.0.hash
    }

    /// Hash of its leaf in the history.
    #[must_use]
    pub fn leaf(&self) -> Hash32 {
        self.0.leaf
    }

    /// Bytes of its encoding.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.size
    }
}
