//! Writes on top of a state that is left alone until they are taken over.

use super::{StateFault, StateKey, StateRead, WriteSet};
use crate::codec::{Canonical, encode};
use crate::id::BlockId;
use medshare_contract_abi::Encode as _;
use medshare_contract_abi::permissions::PermissionRecord;

/// A state with changes that only its own readers see.
pub struct Overlay<'a> {
    base: &'a dyn StateRead,
    writes: WriteSet,
}

impl<'a> Overlay<'a> {
    /// No changes yet.
    pub const fn new(base: &'a dyn StateRead) -> Self {
        Self { base, writes: WriteSet::new() }
    }

    /// Sets a value of the ledger's codec.
    pub fn put<T: Canonical>(&mut self, key: &StateKey, value: &T) {
        self.writes.insert(key.to_bytes(), Some(encode(value)));
    }

    /// Sets a package's permission.
    pub fn put_permission(&mut self, parent: BlockId, record: &PermissionRecord) {
        self.writes.insert(StateKey::Permission(parent).to_bytes(), Some(record.to_bytes()));
    }

    /// Deletes a value.
    pub fn delete(&mut self, key: &StateKey) {
        self.writes.insert(key.to_bytes(), None);
    }

    /// The changes.
    #[must_use]
    pub fn into_writes(self) -> WriteSet {
        self.writes
    }

    /// Takes changes over.
    pub fn absorb(&mut self, writes: WriteSet) {
        self.writes.extend(writes);
    }
}

impl StateRead for Overlay<'_> {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, StateFault> {
        match self.writes.get(&key.to_bytes()) {
            Some(value) => Ok(value.clone()),
            None => self.base.get(key),
        }
    }
}
