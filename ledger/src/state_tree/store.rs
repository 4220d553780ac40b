//! Where the tree's nodes and values are kept. Nothing is overwritten, so that the versions that are kept stay provable.
//!
//! Keys; versions and heights are u64, big-endian, so that what one version writes lies together, behind all that was there:
//! ```text
//! 0x01 ‖ version ‖ path, a byte for each nibble   node, as `jmt` writes it (borsh)
//! 0x02 ‖ key hash ‖ version                       1 ‖ value, or alone 0 where it was deleted
//! 0x03 ‖ height                                   the version in force from that height on
//! 0x04 ‖ version                                  keys that no later version needs, each after its length in a byte
//! ```

use crate::state::StateFault;
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Version};

/// A key with its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// An ordered store of bytes, as the node has it.
pub trait TreeStore {
    /// The value of `key`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateFault>;

    /// The pair with the greatest key that starts with `prefix` and is at most `prefix ‖ until`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Pair>, StateFault>;
}

const NODE: u8 = 0x01;
const VALUE: u8 = 0x02;
const IN_FORCE: u8 = 0x03;
const STALE: u8 = 0x04;
const CORRUPT: StateFault = StateFault::Corrupt { what: "state tree" };

/// A version, and since when it is in force.
pub(super) struct InForce {
    pub(super) height: u64,
    pub(super) version: Version,
    /// Key of the record that says so.
    pub(super) key: Vec<u8>,
}

/// A value under the key where it stands; none where it was deleted.
type Kept = (Vec<u8>, Option<OwnedValue>);

/// The store as `jmt` reads it.
pub(super) struct JmtReader<'a>(pub(super) &'a dyn TreeStore);

impl JmtReader<'_> {
    pub(super) fn root_node(&self, version: u64) -> Result<Option<Node>, StateFault> {
        self.node_at(&at_version(NODE, version))
    }

    /// The version after `height`, as far as it is kept.
    pub(super) fn in_force(&self, height: u64) -> Result<Option<InForce>, StateFault> {
        let Some((key, value)) = self.0.last_at_most(&[IN_FORCE], &height.to_be_bytes())? else { return Ok(None) };
        let number = |bytes: &[u8]| bytes.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes));
        let (height, version) = number(&key).zip(number(&value)).ok_or(CORRUPT)?;
        Ok(Some(InForce { height, version, key }))
    }

    /// The last value of a key up to a version, after the key in the store where it stands; deleted ones too.
    pub(super) fn value(&self, version: Version, key: KeyHash) -> Result<Option<Kept>, StateFault> {
        let Some((at, bytes)) = self.0.last_at_most(&value_prefix(key), &version.to_be_bytes())? else {
            return Ok(None);
        };
        match bytes.split_first() {
            Some((0, [])) => Ok(Some((at, None))),
            Some((1, value)) => Ok(Some((at, Some(value.to_vec())))),
            _ => Err(CORRUPT),
        }
    }

    /// The keys that no version from `since` on needs, and that of the record that says so.
    pub(super) fn stale_since(&self, since: Version) -> Result<Vec<Vec<u8>>, StateFault> {
        let record = at_version(STALE, since);
        let listed = self.0.get(&record)?.ok_or(CORRUPT)?;
        let mut keys = vec![record];
        let mut rest = listed.as_slice();
        while let Some((length, after)) = rest.split_first() {
            let (key, after) = after.split_at_checked(usize::from(*length)).ok_or(CORRUPT)?;
            keys.push(key.to_vec());
            rest = after;
        }
        Ok(keys)
    }

    fn node_at(&self, key: &[u8]) -> Result<Option<Node>, StateFault> {
        let Some(bytes) = self.0.get(key)? else { return Ok(None) };
        borsh::from_slice(&bytes).map(Some).map_err(|_| CORRUPT)
    }
}

impl TreeReader for JmtReader<'_> {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.node_at(&node_key(key))?)
    }

    fn get_value_option(&self, max_version: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        Ok(self.value(max_version, key)?.and_then(|(_, value)| value))
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        // Asked for only while a tree is restored from chunks, which this project does not do.
        anyhow::bail!("trees are rebuilt from the log, not from chunks")
    }
}

/// The store's own fault where there is one, else a damaged tree.
pub(super) fn reader_fault(error: anyhow::Error) -> StateFault {
    error.downcast::<StateFault>().unwrap_or_else(|other| StateFault::Store(other.into()))
}

pub(super) fn node_entry(key: &NodeKey, node: &Node) -> Result<Pair, StateFault> {
    Ok((node_key(key), borsh::to_vec(node).map_err(StateFault::store)?))
}

pub(super) fn value_entry(key: KeyHash, version: Version, value: Option<&[u8]>) -> Pair {
    (value_key(key, version), value.map_or_else(|| vec![0], |value| [&[1], value].concat()))
}

pub(super) fn in_force_entry(height: u64, version: Version) -> Pair {
    (at_version(IN_FORCE, height), version.to_be_bytes().to_vec())
}

pub(super) fn stale_entry(since: Version, keys: &[Vec<u8>]) -> Pair {
    let mut listed = Vec::new();
    for key in keys {
        // Paths have at most 64 nibbles, so that no key here comes near 256 bytes.
        listed.push(u8::try_from(key.len()).unwrap_or(u8::MAX));
        listed.extend_from_slice(key);
    }
    (at_version(STALE, since), listed)
}

pub(super) fn node_key(key: &NodeKey) -> Vec<u8> {
    let path = key.nibble_path().nibbles().map(u8::from);
    at_version(NODE, key.version()).into_iter().chain(path).collect()
}

pub(super) fn value_key(key: KeyHash, version: Version) -> Vec<u8> {
    [value_prefix(key).as_slice(), &version.to_be_bytes()].concat()
}

fn value_prefix(key: KeyHash) -> Vec<u8> {
    [&[VALUE], key.0.as_slice()].concat()
}

fn at_version(tag: u8, version: Version) -> Vec<u8> {
    [&[tag], version.to_be_bytes().as_slice()].concat()
}
