//! The state as a Jellyfish Merkle tree (`jmt`, SHA-256), one version a height, so that anybody can prove what holds or does
//! not hold at a height.
//!
//! Departures from the crate's defaults: every height has a version, also one without writes; the previous version's root is
//! asserted, because `jmt` 0.12 starts an empty tree in silence when it is missing; proofs are its native ones, which hold
//! nothing but hashes.

mod proof;
mod store;

pub use proof::{StateProof, StateProofError};
pub use store::TreeStore;

use crate::state::{StateFault, StateKey, WriteSet};
use jmt::storage::TreeReader as _;
use jmt::{KeyHash, Sha256Jmt};
use medshare_crypto::hash::Hash32;
use sha2::Sha256;
use std::collections::BTreeMap;
use store::{JmtReader, node_entry, reader_fault, root_entry, value_entry};

/// What is to be stored for a new version, in one atomic write together with the state itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeUpdate {
    /// The state root of the version.
    pub root: Hash32,
    /// Keys and values to put.
    pub puts: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The tree of `version` after `writes`: version 0 is genesis, every later one follows the one before it.
///
/// # Errors
/// [`StateFault`] when the previous version is missing, this one exists, or the store fails.
pub fn next_version(store: &dyn TreeStore, version: u64, writes: &WriteSet) -> Result<TreeUpdate, StateFault> {
    let reader = JmtReader(store);
    if reader.root_node(version)?.is_some() {
        return Err(StateFault::VersionExists { version });
    }
    let previous = match version.checked_sub(1) {
        Some(before) => {
            Some((before, reader.root_node(before)?.ok_or(StateFault::MissingVersion { version: before })?))
        }
        None => None,
    };
    let values = effective_writes(&reader, version, writes)?;
    if values.is_empty() {
        let (previous_version, node) = previous.ok_or(StateFault::Corrupt { what: "genesis state" })?;
        // The same tree under another version: a copy of its root node, whose children keep their own versions.
        return Ok(TreeUpdate { root: state_root(store, previous_version)?, puts: vec![root_entry(version, &node)?] });
    }
    let (root, update) = Sha256Jmt::new(&reader).put_value_set(values, version).map_err(reader_fault)?;
    let nodes = update.node_batch.nodes().iter().map(|(key, node)| node_entry(key, node));
    let mut puts = nodes.collect::<Result<Vec<_>, _>>()?;
    let values = update.node_batch.values().iter();
    puts.extend(values.map(|((version, key), value)| value_entry(*key, *version, value.as_deref())));
    Ok(TreeUpdate { root: Hash32::from_bytes(root.0), puts })
}

/// The state root of a version.
///
/// # Errors
/// [`StateFault`] when the version is missing or the store fails.
pub fn state_root(store: &dyn TreeStore, version: u64) -> Result<Hash32, StateFault> {
    let reader = JmtReader(store);
    let root = Sha256Jmt::new(&reader).get_root_hash_option(version).map_err(reader_fault)?;
    root.map(|root| Hash32::from_bytes(root.0)).ok_or(StateFault::MissingVersion { version })
}

/// Proof of what stands at `key` in `version`, or that nothing does.
///
/// # Errors
/// [`StateFault`] when the version is missing or the store fails.
pub fn prove(store: &dyn TreeStore, version: u64, key: &StateKey) -> Result<StateProof, StateFault> {
    let reader = JmtReader(store);
    reader.root_node(version)?.ok_or(StateFault::MissingVersion { version })?;
    let (value, proof) =
        Sha256Jmt::new(&reader).get_with_proof(key_hash(&key.to_bytes()), version).map_err(reader_fault)?;
    StateProof::new(value, &proof)
}

fn key_hash(key: &[u8]) -> KeyHash {
    KeyHash::with::<Sha256>(key)
}

/// The writes by hashed key, without deletions of what is not there: a key may come and go within one batch.
fn effective_writes(
    reader: &JmtReader<'_>,
    version: u64,
    writes: &WriteSet,
) -> Result<BTreeMap<KeyHash, Option<Vec<u8>>>, StateFault> {
    let mut values = BTreeMap::new();
    for (key, value) in writes {
        let hash = key_hash(key);
        let stands = || reader.get_value_option(version, hash).map_err(reader_fault);
        if value.is_some() || stands()?.is_some() {
            values.insert(hash, value.clone());
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests;
