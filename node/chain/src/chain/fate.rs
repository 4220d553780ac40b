//! What became of an entry: read by those who wait, found out by those who execute and propose.
//!
//! Anybody may wait for any entry. So waiting reads what is known and computes nothing; it only leaves word that somebody waits.

use super::Chain;
use crate::error::ChainError;
use crate::execute::ExecuteError;
use crate::proposal::Judgement;
use crate::views::EntryPlace;
use medshare_crypto::hash::Hash32;
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::id::Timestamp;
use medshare_ledger::rejection::Rejection;
use std::time::Duration;

/// Most entries, of those that somebody waits for, that are looked at when a height was executed.
const MAX_LOOKED_AFTER: usize = 64;

/// What became of an entry that was waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was applied.
    Applied(EntryPlace),
    /// It was decided, but broke a rule.
    Rejected(EntryPlace, Option<Rejection>),
    /// It breaks a rule, or lacks something for too long, and is not ordered.
    Refused(Rejection),
    /// Nothing was decided about it in time.
    TimedOut,
}

impl Chain {
    /// What became of an entry, as far as this node knows.
    ///
    /// # Errors
    /// [`ChainError`] when the views cannot be read.
    pub fn fate(&self, hash: &Hash32) -> Result<Option<Outcome>, ChainError> {
        if let Some(place) = self.views.entry(hash)? {
            return Ok(Some(match place.code {
                0 => Outcome::Applied(place),
                code => Outcome::Rejected(place, Rejection::from_code(code)),
            }));
        }
        Ok(self.mempool.refusal(hash).map(Outcome::Refused))
    }

    /// The same for somebody who waits for it: where nothing is known, word is left that somebody does.
    ///
    /// # Errors
    /// [`ChainError`] when the views cannot be read.
    pub fn look_after(&self, hash: &Hash32) -> Result<Option<Outcome>, ChainError> {
        let fate = self.fate(hash)?;
        if fate.is_none() {
            self.mempool.ask(hash);
        }
        Ok(fate)
    }

    /// Waits until an entry is decided and executed, or refused without that.
    ///
    /// # Errors
    /// [`ChainError`] when the views cannot be read.
    pub async fn outcome(&self, hash: &Hash32, limit: Duration) -> Result<Outcome, ChainError> {
        let mut heights = self.heights();
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            heights.borrow_and_update();
            if let Some(outcome) = self.look_after(hash)? {
                return Ok(outcome);
            }
            if !matches!(tokio::time::timeout_at(deadline, heights.changed()).await, Ok(Ok(()))) {
                return Ok(Outcome::TimedOut);
            }
        }
    }

    /// Tells those who wait for an entry that can never apply any more. Facts say so: nothing is executed.
    pub(super) fn refuse_what_became_impossible(&self) -> Result<(), ExecuteError> {
        let tip = self.tip();
        for entry in self.mempool.asked(MAX_LOOKED_AFTER) {
            if let Some(rejection) = self.behind(&tip).impossible(&entry)? {
                self.mempool.refuse(&entry.hash(), rejection);
            }
        }
        Ok(())
    }

    /// What there is to say of an entry that does not wait yet, once the ledger's time has reached its date; nobody's clock is asked. It
    /// executes the entry: for those that run no contract.
    ///
    /// # Errors
    /// [`ChainError`] when this node cannot execute.
    pub fn foresee(&self, entry: &VerifiedEntry) -> Result<Judgement, ChainError> {
        let tip = self.tip();
        Ok(self.behind(&tip).judge(entry, entry.entry().dated())?)
    }

    /// Finds out whether an entry that waits will ever apply, once at a height. It executes the entry: not for the runtime's threads,
    /// and not for strangers.
    ///
    /// # Errors
    /// [`ChainError`] when this node cannot execute.
    pub fn judge(&self, hash: &Hash32, now: Timestamp) -> Result<(), ChainError> {
        let tip = self.tip();
        let Some(entry) = self.mempool.to_judge(hash, tip.height) else { return Ok(()) };
        match self.behind(&tip).judge(&entry, now)? {
            Judgement::Applies => self.mempool.applies(hash),
            Judgement::Lacks(rejection) => self.mempool.lacks(hash, rejection),
            Judgement::Impossible(rejection) => self.mempool.refuse(hash, rejection),
            Judgement::Never(rejection) => self.mempool.despair(hash, rejection),
            // It goes on waiting: this node has nothing to say of it.
            Judgement::NotRun => {}
        }
        Ok(())
    }
}
