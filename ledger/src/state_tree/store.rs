//! Where the tree's nodes and values are kept.
//!
//! Keys: 0x01 ‖ node key (borsh) for nodes; 0x02 ‖ key hash ‖ version (u64, big-endian) for values, whose first byte is 1
//! before a value and alone 0 where it was deleted. Nothing is ever overwritten, so that old versions stay provable.

use crate::state::StateFault;
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Version};

/// An ordered store of bytes, as the node has it.
pub trait TreeStore {
    /// The value of `key`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateFault>;

    /// The value of the greatest key that starts with `prefix` and is at most `prefix ‖ until`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Vec<u8>>, StateFault>;
}

const NODE: u8 = 0x01;
const VALUE: u8 = 0x02;
const CORRUPT: StateFault = StateFault::Corrupt { what: "state tree" };

/// The store as `jmt` reads it.
pub(super) struct JmtReader<'a>(pub(super) &'a dyn TreeStore);

impl JmtReader<'_> {
    pub(super) fn root_node(&self, version: u64) -> Result<Option<Node>, StateFault> {
        self.node_at(&root_key(version))
    }

    fn node_at(&self, key: &[u8]) -> Result<Option<Node>, StateFault> {
        let Some(bytes) = self.0.get(key)? else { return Ok(None) };
        borsh::from_slice(&bytes).map(Some).map_err(|_| CORRUPT)
    }

    fn value(&self, version: Version, key: KeyHash) -> Result<Option<OwnedValue>, StateFault> {
        let Some(bytes) = self.0.last_at_most(&value_prefix(key), &version.to_be_bytes())? else { return Ok(None) };
        match bytes.split_first() {
            Some((0, [])) => Ok(None),
            Some((1, value)) => Ok(Some(value.to_vec())),
            _ => Err(CORRUPT),
        }
    }
}

impl TreeReader for JmtReader<'_> {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.node_at(&node_key(key)?)?)
    }

    fn get_value_option(&self, max_version: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        Ok(self.value(max_version, key)?)
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

pub(super) fn node_entry(key: &NodeKey, node: &Node) -> Result<(Vec<u8>, Vec<u8>), StateFault> {
    Ok((node_key(key)?, borsh::to_vec(node).map_err(StateFault::store)?))
}

pub(super) fn value_entry(key: KeyHash, version: Version, value: Option<&[u8]>) -> (Vec<u8>, Vec<u8>) {
    let at = [value_prefix(key), version.to_be_bytes().to_vec()].concat();
    let stored = value.map_or_else(|| vec![0], |value| [&[1], value].concat());
    (at, stored)
}

pub(super) fn root_entry(version: Version, node: &Node) -> Result<(Vec<u8>, Vec<u8>), StateFault> {
    Ok((root_key(version), borsh::to_vec(node).map_err(StateFault::store)?))
}

/// The node key of an empty path, which `jmt` lets nobody else construct: version, no nibbles, in no bytes.
fn root_key(version: Version) -> Vec<u8> {
    [[NODE].as_slice(), &version.to_le_bytes(), &0_u64.to_le_bytes(), &0_u32.to_le_bytes()].concat()
}

fn node_key(key: &NodeKey) -> Result<Vec<u8>, StateFault> {
    let mut bytes = vec![NODE];
    borsh::to_writer(&mut bytes, key).map_err(StateFault::store)?;
    Ok(bytes)
}

fn value_prefix(key: KeyHash) -> Vec<u8> {
    [&[VALUE], key.0.as_slice()].concat()
}
