//! The state as a Jellyfish Merkle tree (`jmt`, SHA-256), so that anybody can prove what holds or does not hold after a height.
//!
//! Versions count changes: a height that changes nothing has the version before it, and costs nothing. A record tells the version
//! in force after a height. What only versions needed that are not kept any more is deleted, so that the tree grows with the state
//! and not with time.
//!
//! Departures from the crate's defaults: the previous version's root is asserted, because `jmt` 0.12 starts an empty tree in
//! silence when it is missing; values that were replaced are deleted with the nodes, which `jmt` leaves to its users; proofs are
//! its native ones, which hold nothing but hashes.

mod proof;
mod store;

pub use proof::{StateProof, StateProofError};
pub use store::TreeStore;

use crate::state::{StateFault, StateKey, WriteSet};
use jmt::{KeyHash, Sha256Jmt};
use medshare_crypto::hash::Hash32;
use sha2::Sha256;
use std::collections::BTreeMap;
use store::{InForce, JmtReader, node_entry, reader_fault, value_entry, value_key};

/// What is to be stored after a height, in one atomic write together with the state itself. Empty when the height changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeUpdate {
    /// The state root after the height.
    pub root: Hash32,
    /// Keys and values to put.
    pub puts: Vec<(Vec<u8>, Vec<u8>)>,
    /// Keys to delete: nothing that is kept needs them.
    pub deletes: Vec<Vec<u8>>,
}

/// The tree after `height`, which wrote `writes`; into an empty store only that of height 0 goes. Before the version that results,
/// the last `kept` stay provable, at least one.
///
/// # Errors
/// [`StateFault`] when the previous version is missing, this height has one already, or the store fails.
pub fn next_version(
    store: &dyn TreeStore,
    height: u64,
    writes: &WriteSet,
    kept: u64,
) -> Result<TreeUpdate, StateFault> {
    let reader = JmtReader(store);
    let previous = previous(&reader, height)?;
    let Changes { values, mut stale } = changes(&reader, writes, previous.as_ref())?;
    if values.is_empty() {
        let previous = previous.ok_or(StateFault::Corrupt { what: "genesis state" })?;
        return Ok(TreeUpdate { root: root(&reader, previous.version)?, puts: Vec::new(), deletes: Vec::new() });
    }
    let version = previous.as_ref().map_or(0, |previous| previous.version + 1);
    let (root, update) = Sha256Jmt::new(&reader).put_value_set(values, version).map_err(reader_fault)?;
    let nodes = update.node_batch.nodes().iter().map(|(key, node)| node_entry(key, node));
    let mut puts = nodes.collect::<Result<Vec<_>, _>>()?;
    let values = update.node_batch.values().iter();
    puts.extend(values.map(|((version, key), value)| value_entry(*key, *version, value.as_deref())));
    puts.push(store::in_force_entry(height, version));
    stale.extend(update.stale_node_index_batch.iter().map(|stale| store::node_key(&stale.node_key)));
    stale.extend(previous.map(|previous| previous.key));
    puts.push(store::stale_entry(version, &stale));
    Ok(TreeUpdate { root: Hash32::from_bytes(root.0), puts, deletes: outlived(&reader, version, kept)? })
}

/// Proof of what stands at `key` after `height`, or that nothing does.
///
/// # Errors
/// [`StateFault`] when that state is not kept or the store fails.
pub fn prove(store: &dyn TreeStore, height: u64, key: &StateKey) -> Result<StateProof, StateFault> {
    let reader = JmtReader(store);
    let version = reader.in_force(height)?.ok_or(StateFault::NotKept { height })?.version;
    reader.root_node(version)?.ok_or(StateFault::NotKept { height })?;
    let (value, proof) =
        Sha256Jmt::new(&reader).get_with_proof(key_hash(&key.to_bytes()), version).map_err(reader_fault)?;
    StateProof::new(value, &proof)
}

/// The version before `height`; none before genesis.
fn previous(reader: &JmtReader<'_>, height: u64) -> Result<Option<InForce>, StateFault> {
    match reader.in_force(u64::MAX)? {
        Some(last) if last.height >= height => Err(StateFault::HeightExists { height }),
        Some(last) if reader.root_node(last.version)?.is_none() => {
            Err(StateFault::MissingVersion { version: last.version })
        }
        None if height > 0 => Err(StateFault::MissingVersion { version: 0 }),
        previous => Ok(previous),
    }
}

fn root(reader: &JmtReader<'_>, version: u64) -> Result<Hash32, StateFault> {
    let root = Sha256Jmt::new(reader).get_root_hash_option(version).map_err(reader_fault)?;
    root.map(|root| Hash32::from_bytes(root.0)).ok_or(StateFault::MissingVersion { version })
}

fn key_hash(key: &[u8]) -> KeyHash {
    KeyHash::with::<Sha256>(key)
}

/// What writes change.
struct Changes {
    /// New values by hashed key.
    values: BTreeMap<KeyHash, Option<Vec<u8>>>,
    /// Keys in the store of the values that these replace.
    stale: Vec<Vec<u8>>,
}

/// The writes without those that leave things as they are: a key may come and go within one batch, or get the value it has.
fn changes(reader: &JmtReader<'_>, writes: &WriteSet, previous: Option<&InForce>) -> Result<Changes, StateFault> {
    let version = previous.map_or(0, |previous| previous.version + 1);
    let mut changes = Changes { values: BTreeMap::new(), stale: Vec::new() };
    for (key, value) in writes {
        let hash = key_hash(key);
        let (stands_at, stands) = reader.value(version, hash)?.unzip();
        let stands = stands.flatten();
        if stands == *value {
            continue;
        }
        // A deletion's own mark is needed as long as the value that it hides.
        let mark = value.is_none().then(|| value_key(hash, version));
        changes.stale.extend(stands_at.filter(|_| stands.is_some()).into_iter().chain(mark));
        changes.values.insert(hash, value.clone());
    }
    Ok(changes)
}

/// What is not needed any more once `version` is written and only the `kept` before it are asked for.
fn outlived(reader: &JmtReader<'_>, version: u64, kept: u64) -> Result<Vec<Vec<u8>>, StateFault> {
    version.checked_sub(kept.max(1)).map_or_else(|| Ok(Vec::new()), |since| reader.stale_since(since))
}

#[cfg(test)]
mod tests;
