//! The views of the executed chain: current state, history hashes, and where every entry stands.

use super::{keys, tiles};
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::{Decided, Tip};
use medshare_ledger::codec;
use medshare_ledger::history::HistoryLeaves;
use medshare_ledger::id::{Height, OwnerId, RequestorId};
use medshare_ledger::state::{StateFault, StateKey, StateRead};
use medshare_ledger::trail::Trail;
use medshare_node_store::fault::StoreFault;
use medshare_node_store::kv::{Change, KvStore, Pair};
use std::sync::Arc;

/// Where an entry was decided and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EntryPlace {
    /// Height of its batch.
    pub height: Height,
    /// Offset of its bytes in the batch.
    pub offset: u32,
    /// Index in the history.
    pub index: u64,
    /// Receipt code; zero when it was applied.
    pub code: u16,
}

/// Read access to the views.
#[derive(Clone)]
pub struct Views(Arc<dyn KvStore>);

impl Views {
    /// The views in this store.
    #[must_use]
    pub fn new(store: Arc<dyn KvStore>) -> Self {
        Self(store)
    }

    /// The store itself.
    #[must_use]
    pub fn store(&self) -> &dyn KvStore {
        &*self.0
    }

    /// Whether they have the form that this software makes and reads; empty ones have none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn are_of_this_form(&self) -> Result<bool, StateFault> {
        let version = self.0.get(keys::VERSION).map_err(StateFault::store)?;
        Ok(version == Some(codec::encode(&keys::VIEWS_VERSION)))
    }

    /// Whether nothing stands in them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn are_empty(&self) -> Result<bool, StateFault> {
        Ok(self.0.last_at_most(&[], &[u8::MAX; 64]).map_err(StateFault::store)?.is_none())
    }

    /// The tip as of the last height that wrote anything, if one did. What the log has after it is executed again at a start.
    ///
    /// # Errors
    /// When the store cannot be read or holds something else.
    pub fn tip(&self) -> Result<Option<Tip>, StateFault> {
        self.read(keys::TIP, "tip")
    }

    /// What became of an entry.
    ///
    /// # Errors
    /// When the store cannot be read or holds something else.
    pub fn entry(&self, hash: &Hash32) -> Result<Option<EntryPlace>, StateFault> {
        self.read(&keys::entry(hash), "entry place")
    }

    /// Where the history entry at `index` stands: the height of its batch, the offset of its bytes there.
    ///
    /// # Errors
    /// When the store cannot be read or holds something else.
    pub fn leaf_place(&self, index: u64) -> Result<Option<(Height, u32)>, StateFault> {
        const CORRUPT: StateFault = StateFault::Corrupt { what: "history place" };
        let until = index.to_be_bytes();
        let Some((key, places)) = self.0.last_at_most(&[keys::PLACES], &until).map_err(StateFault::store)? else {
            return Ok(None);
        };
        let first = key.last_chunk::<8>().map(|first| u64::from_be_bytes(*first)).ok_or(CORRUPT)?;
        let (height, offsets): (Height, Vec<u32>) = codec::decode(&places).map_err(|_| CORRUPT)?;
        let offset = usize::try_from(index - first).ok().and_then(|position| offsets.get(position));
        Ok(offset.map(|offset| (height, *offset)))
    }

    /// Indices in the history of the applied entries of a trail, in order.
    ///
    /// # Errors
    /// When the store cannot be read or holds something else.
    pub fn trail(&self, trail: Trail) -> Result<Vec<u64>, StateFault> {
        indices(&self.0.scan(&keys::trail(trail)).map_err(StateFault::store)?)
    }

    /// The part of a trail behind this index, of at most `limit` places. What a part costs does not grow with the trail.
    ///
    /// # Errors
    /// When the store cannot be read or holds something else.
    pub fn trail_part(&self, trail: Trail, after: Option<u64>, limit: usize) -> Result<Vec<u64>, StateFault> {
        self.part(&keys::trail(trail), after, limit)
    }

    /// Every requestor and attribute that a grant stands for.
    ///
    /// # Errors
    /// When the store cannot be read or holds something else.
    pub fn grants(&self) -> Result<Vec<(RequestorId, String)>, StateFault> {
        let pairs = self.0.scan(&keys::under(keys::STATE, &StateKey::GRANTS)).map_err(StateFault::store)?;
        let grant = |key: &[u8]| StateKey::grant_of(key.get(1..)?);
        let grants: Option<Vec<_>> = pairs.iter().map(|(key, _)| grant(key)).collect();
        grants.ok_or(StateFault::Corrupt { what: "attribute grant" })
    }

    /// Indices in the history of the parent blocks of an owner's packages, in order: those behind `after`, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read or holds something else.
    pub fn owner_blocks(&self, owner: OwnerId, after: Option<u64>, limit: usize) -> Result<Vec<u64>, StateFault> {
        self.part(&keys::owner(owner), after, limit)
    }

    /// Indices in the history of the requests for an owner's data, answered or not, in order: those behind `after`, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read or holds something else.
    pub fn owner_requests(&self, owner: OwnerId, after: Option<u64>, limit: usize) -> Result<Vec<u64>, StateFault> {
        self.part(&keys::requests(owner), after, limit)
    }

    /// Indices in the history of the violations of an owner's packages, in order: those behind `after`, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read or holds something else.
    pub fn violations(&self, owner: OwnerId, after: Option<u64>, limit: usize) -> Result<Vec<u64>, StateFault> {
        self.part(&keys::violations(owner), after, limit)
    }

    fn part(&self, prefix: &[u8], after: Option<u64>, limit: usize) -> Result<Vec<u64>, StateFault> {
        let after = after.map(u64::to_be_bytes);
        let pairs = self.0.scan_after(prefix, after.as_ref().map(<[u8; 8]>::as_slice), limit);
        indices(&pairs.map_err(StateFault::store)?)
    }

    /// Applies changes of one batch atomically.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn apply(&self, changes: Vec<Change>) -> Result<(), StoreFault> {
        self.0.apply(changes)
    }

    fn read<T: codec::Canonical>(&self, key: &[u8], what: &'static str) -> Result<Option<T>, StateFault> {
        let Some(bytes) = self.0.get(key).map_err(StateFault::store)? else { return Ok(None) };
        codec::decode(&bytes).map(Some).map_err(|_| StateFault::Corrupt { what })
    }
}

fn indices(pairs: &[Pair]) -> Result<Vec<u64>, StateFault> {
    let index = |key: &[u8]| key.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes));
    let indices: Option<Vec<u64>> = pairs.iter().map(|(key, _)| index(key)).collect();
    indices.ok_or(StateFault::Corrupt { what: "history place" })
}

impl StateRead for Views {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, StateFault> {
        self.0.get(&keys::under(keys::STATE, &key.to_bytes())).map_err(StateFault::store)
    }
}

impl Decided for Views {
    fn is_decided(&self, entry: &Hash32, through: Height) -> Result<bool, StateFault> {
        Ok(self.entry(entry)?.is_some_and(|place| place.height <= through))
    }
}

impl HistoryLeaves for Views {
    fn leaf(&self, index: u64) -> Result<Hash32, StateFault> {
        tiles::subtree(self.store(), 0, index)
    }

    fn full_subtree(&self, level: u32, index: u64) -> Result<Hash32, StateFault> {
        tiles::subtree(self.store(), level, index)
    }
}
