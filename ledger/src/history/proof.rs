//! Proofs that an entry stands in the history, and that one history extends another: RFC 6962 sections 2.1.1 and 2.1.2,
//! verified as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say.

use super::node_hash;
use crate::state::StateFault;
use medshare_crypto::hash::Hash32;

/// Where proofs take their hashes from.
pub trait HistoryLeaves {
    /// Hash of the leaf at `index`.
    ///
    /// # Errors
    /// When it cannot be read.
    fn leaf(&self, index: u64) -> Result<Hash32, StateFault>;

    /// Root of the full subtree of 2^`level` leaves that starts at leaf `index · 2^level`.
    ///
    /// An implementation that stores these makes proofs fast; this one computes them from the leaves.
    ///
    /// # Errors
    /// When a leaf cannot be read.
    fn full_subtree(&self, level: u32, index: u64) -> Result<Hash32, StateFault> {
        let Some(below) = level.checked_sub(1) else {
            return self.leaf(index);
        };
        let left = self.full_subtree(below, index.saturating_mul(2))?;
        let right = self.full_subtree(below, index.saturating_mul(2).saturating_add(1))?;
        Ok(node_hash(&left, &right))
    }
}

/// A proof does not show what it should, or cannot exist.
#[derive(Debug, thiserror::Error)]
pub enum HistoryProofError {
    /// The index or the older size lies outside the tree.
    #[error("position {index} is outside a history of {size} entries")]
    OutOfRange {
        /// What was asked for.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// Not as many hashes as the positions need.
    #[error("the proof does not have as many hashes as its position needs")]
    WrongLength,
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    WrongRoot,
    /// The leaves could not be read.
    #[error(transparent)]
    Fault(#[from] StateFault),
}

/// Root of the leaves `start..start + size`; `start` is a multiple of the largest power of two below `size`.
fn range_root(leaves: &impl HistoryLeaves, start: u64, size: u64) -> Result<Hash32, StateFault> {
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return leaves.full_subtree(level, start >> level);
    }
    let left = split(size);
    Ok(node_hash(&range_root(leaves, start, left)?, &range_root(leaves, start + left, size - left)?))
}

/// The largest power of two below `size`, which is at least 2.
const fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The audit path of leaf `index` in the tree of the first `size` leaves, from the leaf up.
///
/// # Errors
/// [`HistoryProofError`] when the leaf is outside or cannot be read.
pub fn inclusion_proof(leaves: &impl HistoryLeaves, index: u64, size: u64) -> Result<Vec<Hash32>, HistoryProofError> {
    if index >= size {
        return Err(HistoryProofError::OutOfRange { index, size });
    }
    let (mut start, mut size) = (0, size);
    let mut path = Vec::new();
    while size > 1 {
        let left = split(size);
        if index - start < left {
            path.push(range_root(leaves, start + left, size - left)?);
            size = left;
        } else {
            path.push(range_root(leaves, start, left)?);
            start += left;
            size -= left;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the first `old` leaves of the tree of `new` leaves are the older tree, `1 ≤ old ≤ new`.
///
/// # Errors
/// [`HistoryProofError`] when `old` is outside or leaves cannot be read.
pub fn consistency_proof(leaves: &impl HistoryLeaves, old: u64, new: u64) -> Result<Vec<Hash32>, HistoryProofError> {
    if old == 0 || old > new {
        return Err(HistoryProofError::OutOfRange { index: old, size: new });
    }
    let (mut start, mut old, mut size) = (0, old, new);
    let mut whole = true;
    let mut path = Vec::new();
    while old < size {
        let left = split(size);
        if old <= left {
            path.push(range_root(leaves, start + left, size - left)?);
            size = left;
        } else {
            path.push(range_root(leaves, start, left)?);
            start += left;
            old -= left;
            size -= left;
            whole = false;
        }
    }
    if !whole {
        path.push(range_root(leaves, start, size)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks that the leaf with this hash stands at `index` of the tree of `size` leaves with this root.
///
/// # Errors
/// [`HistoryProofError`] when it does not follow.
pub fn verify_inclusion(
    leaf: Hash32,
    index: u64,
    size: u64,
    path: &[Hash32],
    root: &Hash32,
) -> Result<(), HistoryProofError> {
    if index >= size {
        return Err(HistoryProofError::OutOfRange { index, size });
    }
    let (mut position, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return Err(HistoryProofError::WrongLength);
        }
        if position & 1 == 1 || position == last {
            hash = node_hash(sibling, &hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    match (last, hash == *root) {
        (0, true) => Ok(()),
        (0, false) => Err(HistoryProofError::WrongRoot),
        _ => Err(HistoryProofError::WrongLength),
    }
}

/// Checks that the tree of `new` leaves extends that of `old` leaves.
///
/// # Errors
/// [`HistoryProofError`] when it does not follow.
pub fn verify_consistency(
    (old, old_root): (u64, &Hash32),
    (new, new_root): (u64, &Hash32),
    path: &[Hash32],
) -> Result<(), HistoryProofError> {
    if old == 0 || old > new {
        return Err(HistoryProofError::OutOfRange { index: old, size: new });
    }
    if old == new {
        return match (path.is_empty(), old_root == new_root) {
            (true, true) => Ok(()),
            (false, _) => Err(HistoryProofError::WrongLength),
            (true, false) => Err(HistoryProofError::WrongRoot),
        };
    }
    let mut path = path.iter();
    // A power of two is a full subtree of the new tree: its root is the old root, which the proof leaves out.
    let first = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let seed = first.ok_or(HistoryProofError::WrongLength)?;
    let (mut position, mut last) = (old - 1, new - 1);
    while position & 1 == 1 {
        position >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*seed, *seed);
    for sibling in path {
        if last == 0 {
            return Err(HistoryProofError::WrongLength);
        }
        if position & 1 == 1 || position == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    match (last, old_hash == *old_root && new_hash == *new_root) {
        (0, true) => Ok(()),
        (0, false) => Err(HistoryProofError::WrongRoot),
        _ => Err(HistoryProofError::WrongLength),
    }
}
