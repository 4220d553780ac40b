//! The history's hashes in tiles of 256, as transparency logs publish them (C2SP tlog-tiles).
//!
//! A tile of level l holds the roots of 256^l leaves each, one after the other; the last of a level is partial and grows.
//! What lies between the levels is computed when a proof asks for it. So a batch writes a handful of tiles, not two hashes
//! for every entry.

use super::keys;
use medshare_crypto::hash::Hash32;
use medshare_ledger::history::merkle_root;
use medshare_ledger::state::StateFault;
use medshare_node_store::kv::{Change, KvStore};

/// Hashes in a full tile.
const TILE: u64 = 1 << TILE_LEVELS;
/// Levels of the tree that a tile spans.
const TILE_LEVELS: u32 = 8;

const CORRUPT: StateFault = StateFault::Corrupt { what: "history tile" };

/// Root of the full subtree of 2^`level` leaves that is the `index`th of its level.
///
/// # Errors
/// When the store cannot be read or lacks it.
pub fn subtree(store: &dyn KvStore, level: u32, index: u64) -> Result<Hash32, StateFault> {
    let (tile_level, above) = (level / TILE_LEVELS, level % TILE_LEVELS);
    let first = index.checked_mul(1 << above).ok_or(CORRUPT)?;
    let hashes = read(store, tile_level, first / TILE)?;
    let place = usize::try_from(first % TILE).map_err(|_| CORRUPT)?;
    Ok(merkle_root(hashes.get(place..place + (1 << above)).ok_or(CORRUPT)?))
}

/// The tiles that change when `leaves` follow a history of `size` leaves.
///
/// # Errors
/// When the store cannot be read or lacks a tile that grows.
pub fn appended(store: &dyn KvStore, mut size: u64, leaves: Vec<Hash32>) -> Result<Vec<Change>, StateFault> {
    let (mut changes, mut level, mut fresh) = (Vec::new(), 0, leaves);
    while !fresh.is_empty() {
        let mut hashes = if size.is_multiple_of(TILE) { Vec::new() } else { read(store, level, size / TILE)? };
        hashes.extend(fresh);
        fresh = Vec::new();
        for (index, tile) in (size / TILE..).zip(hashes.chunks(TILE as usize)) {
            let bytes: Vec<u8> = tile.iter().flat_map(|hash| *hash.as_bytes()).collect();
            changes.push(Change::put(keys::tile(level, index), bytes));
            if tile.len() as u64 == TILE {
                fresh.push(merkle_root(tile));
            }
        }
        size /= TILE;
        level += 1;
    }
    Ok(changes)
}

fn read(store: &dyn KvStore, level: u32, index: u64) -> Result<Vec<Hash32>, StateFault> {
    let bytes = store.get(&keys::tile(level, index)).map_err(StateFault::store)?.ok_or(CORRUPT)?;
    match bytes.as_chunks::<{ Hash32::LEN }>() {
        (hashes, []) => Ok(hashes.iter().copied().map(Hash32::from_bytes).collect()),
        _ => Err(CORRUPT),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use medshare_crypto::hash::sha256;
    use medshare_node_store::kv::memory::MemoryStore;

    fn leaf(index: u64) -> Hash32 {
        sha256(&index.to_be_bytes())
    }

    #[test]
    fn every_full_subtree_is_found_however_the_leaves_came() {
        let store = MemoryStore::new();
        let mut size = 0;
        for count in [1, 0, 254, 1, 1, 700, 300, 66_000] {
            let leaves: Vec<_> = (size..size + count).map(leaf).collect();
            store.apply(appended(&store, size, leaves).unwrap()).unwrap();
            size += count;
        }
        let leaves: Vec<_> = (0..size).map(leaf).collect();
        for level in 0..=16 {
            let width = 1usize << level;
            let full = leaves.len() / width;
            for index in [0, 1, full / 2, full.saturating_sub(1)].into_iter().filter(|index| *index < full) {
                let expected = merkle_root(&leaves[index * width..(index + 1) * width]);
                assert_eq!(subtree(&store, level, index as u64).unwrap(), expected, "level {level}, {index}");
            }
            assert!(subtree(&store, level, full as u64).is_err(), "level {level} ends at {full}");
        }
        assert!(subtree(&store, 64, 1).is_err());
    }

    #[test]
    fn a_batch_changes_few_tiles() {
        let store = MemoryStore::new();
        let changes = appended(&store, 0, (0..2_000).map(leaf).collect()).unwrap();
        assert_eq!(changes.len(), 8 + 1, "eight tiles of leaves, the last of them partial, and one above");
    }

    #[test]
    fn a_missing_or_damaged_tile_is_told() {
        let store = MemoryStore::new();
        assert!(appended(&store, 7, vec![leaf(7)]).is_err());
        store.apply(vec![Change::put(keys::tile(0, 0), vec![0; 33])]).unwrap();
        assert!(subtree(&store, 0, 0).is_err());
    }
}
