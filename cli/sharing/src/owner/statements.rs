//! What an owner signs of one decision: one statement under each number, and every node is handed the same.
//!
//! A node that took it and says otherwise has nothing signed anew: of two statements under one number the ledger takes one, and the other
//! would be refused where it is asked after.

use medshare_agent::client::{ClientError, NodeClient, while_too_early};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{EntryState, EntryStatus};
use medshare_ledger::entry::Entry;
use medshare_ledger::id::BlockId;
use std::collections::BTreeMap;

/// A statement that a node took.
pub struct Taken {
    /// Its number.
    pub sequence: u32,
    /// Hash of its entry.
    pub entry: String,
    /// Height at which it was decided, where that is known.
    pub height: Option<u64>,
}

impl Taken {
    /// One of which a node said this.
    pub fn told(sequence: u32, status: EntryStatus) -> Self {
        Self { sequence, entry: status.entry, height: status.height }
    }

    /// Where it stands, to follow a verb.
    pub fn place(&self) -> String {
        self.height.map_or_else(String::new, |height| format!(" at height {height}"))
    }
}

/// The statements of one decision.
pub struct Statements<F> {
    sign: F,
    /// What is handed in under each number.
    by_number: BTreeMap<u32, Entry>,
    /// All that was signed, the last one last.
    signed: Vec<(u32, Hash32)>,
}

impl<F: Fn(u32) -> Entry> Statements<F> {
    /// None yet; `sign` makes the one under a number.
    pub const fn new(sign: F) -> Self {
        Self { sign, by_number: BTreeMap::new(), signed: Vec::new() }
    }

    /// Whether any was signed, which a node may have.
    pub fn any(&self) -> bool {
        !self.signed.is_empty()
    }

    /// Hands in the one under the number that the node says is next.
    ///
    /// # Errors
    /// When the node does not take it, or does not say so.
    pub fn hand_in(&mut self, node: &NodeClient, block: BlockId) -> Result<Taken, ClientError> {
        let sequence = node.owner_decisions(block)?.sequence;
        let mut came_too_early = false;
        let status = while_too_early(|| {
            if came_too_early {
                // it never counts there any more
                self.by_number.remove(&sequence);
            }
            came_too_early = true;
            let statement = self.by_number.entry(sequence).or_insert_with(|| {
                let statement = (self.sign)(sequence);
                self.signed.push((sequence, statement.hash()));
                statement
            });
            node.submit_entry(statement)
        })?;
        Ok(Taken::told(sequence, status))
    }

    /// Which of them a node has on the ledger that shows the decision; where it does not say that, the last one.
    pub fn sought(&self, node: &NodeClient) -> Option<Taken> {
        let on_ledger = |(sequence, hash): (u32, Hash32)| {
            let status = node.entry(&hash, 0).ok()?;
            (status.state == EntryState::Applied).then(|| Taken::told(sequence, status))
        };
        let last = self.signed.last().map(|(sequence, hash)| Taken {
            sequence: *sequence,
            entry: hash.to_string(),
            height: None,
        });
        self.signed.iter().rev().copied().find_map(on_ledger).or(last)
    }
}
