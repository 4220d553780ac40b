//! What an owner signs of one decision: one statement behind each chain of decisions that a node proves, and every node is handed the same.
//!
//! A statement names the number of decisions before it. It is signed for a number that is proven: of one that a node only says, a statement of
//! today would count behind decisions of tomorrow. A node that took one and says otherwise has nothing signed anew: of two under one number the
//! ledger takes one, and the other would be refused where it is asked after.

use medshare_agent::client::{ClientError, NodeClient, while_too_early};
use medshare_crypto::hash::Hash32;
use medshare_ledger::entry::Entry;
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::permission_proof::PermissionStanding;

/// A statement that was handed in.
#[derive(Clone, Copy)]
pub struct Taken {
    /// Its number.
    pub sequence: u32,
    /// Hash of its entry.
    pub entry: Hash32,
    /// Height at which it was decided, where that is known.
    pub height: Option<u64>,
}

impl Taken {
    const fn of((before, entry): (EntryChain, Hash32)) -> Self {
        Self { sequence: before.count, entry, height: None }
    }

    /// Where it stands, to follow a verb.
    pub fn place(&self) -> String {
        self.height.map_or_else(String::new, |height| format!(" at height {height}"))
    }
}

/// The statements of one decision.
pub struct Statements<F> {
    sign: F,
    /// What is handed in behind each chain.
    current: Vec<(EntryChain, Entry)>,
    /// All that was signed, the last one last.
    signed: Vec<(EntryChain, Hash32)>,
}

impl<F: Fn(u32) -> Entry> Statements<F> {
    /// None yet; `sign` makes the one under a number.
    pub const fn new(sign: F) -> Self {
        Self { sign, current: Vec::new(), signed: Vec::new() }
    }

    /// The last one that was signed, which a node may have.
    pub fn last(&self) -> Option<Taken> {
        self.signed.last().copied().map(Taken::of)
    }

    /// Hands in the one behind these decisions, as they are proven; where it comes too early, behind those that are `proven` then.
    ///
    /// # Errors
    /// When the node does not take it, or does not say so.
    pub fn hand_in(
        &mut self,
        node: &NodeClient,
        first: EntryChain,
        proven: impl Fn() -> Result<PermissionStanding, ClientError>,
    ) -> Result<(), ClientError> {
        let mut too_early = None;
        while_too_early(|| {
            let before = match too_early {
                None => first,
                Some(_) => proven()?.decisions,
            };
            if too_early.replace(before) == Some(before) {
                // it never counts there any more
                self.current.retain(|(known, _)| *known != before);
            }
            node.submit_entry(&self.behind(before))
        })?;
        Ok(())
    }

    /// The statement behind these decisions.
    fn behind(&mut self, before: EntryChain) -> Entry {
        if let Some((_, statement)) = self.current.iter().find(|(known, _)| *known == before) {
            return statement.clone();
        }
        let statement = (self.sign)(before.count);
        self.signed.push((before, statement.hash()));
        self.current.push((before, statement.clone()));
        statement
    }

    /// The one that is the last decision in a certified state.
    pub fn taken(&self, standing: &PermissionStanding) -> Option<Taken> {
        let is_last = |(before, entry): &&(EntryChain, Hash32)| before.extended(entry) == standing.decisions;
        self.signed.iter().find(is_last).copied().map(Taken::of)
    }
}
