//! What must be remembered of the history to append to it: the roots of its full subtrees.

use super::node_hash;
use bincode::{Decode, Encode};
use medshare_crypto::hash::{Hash32, sha256};

/// The right edge of the tree.
///
/// Invariant: one peak for every bit that is set in `size`, the largest subtree first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash32>,
}

impl Frontier {
    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash.
    pub fn append(&mut self, leaf: Hash32) {
        let mut node = leaf;
        // Every trailing one of the size is a full subtree that the new one completes to the next power of two.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size = self.size.saturating_add(1);
    }

    /// The history with these leaves after it.
    #[must_use]
    pub fn with(&self, leaves: impl IntoIterator<Item = Hash32>) -> Self {
        let mut history = self.clone();
        leaves.into_iter().for_each(|leaf| history.append(leaf));
        history
    }

    /// Root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash32 {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return sha256(&[]);
        };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}
