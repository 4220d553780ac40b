//! Views that turn out to be wrong while they are in use: they are given up, so that the next start builds them again from the log.
//!
//! A node halts where it cannot read its state. Were its views not given up, each start would meet the same in the same place. What is
//! not theirs gives up none: to build them takes long, and the next start would meet that all the same.

use super::Chain;
use crate::culprit::Culprit;
use crate::execute::ExecuteError;
use crate::recovery::marks::Mark;
use medshare_ledger::batch::BatchError;
use medshare_node_store::fault::StoreFault;
use std::error::Error;

impl Chain {
    /// What it means that a decided batch does not fit behind the tip. The views are given up.
    #[must_use]
    pub fn diverged(&self, error: BatchError) -> ExecuteError {
        self.give_up_views();
        error.into()
    }

    /// Does what the node halts without. The views are given up where it fails by them, or panics, as it may on what stands wrong in them.
    pub(super) fn essential<T>(&self, work: impl FnOnce() -> Result<T, ExecuteError>) -> Result<T, ExecuteError> {
        let _watched = GivenUpOnPanic(self);
        work().inspect_err(|error| self.give_up_where_damaged(error))
    }

    /// Gives the views up for a fault met in them, unless it is another's. That the disk did not answer counts the second time.
    pub fn give_up_where_damaged(&self, fault: &(dyn Error + 'static)) {
        match Culprit::of(fault) {
            Culprit::Views => self.give_up_views(),
            Culprit::Disk if self.are_doubted => self.give_up_views(),
            Culprit::Disk => Mark::Doubted.set(&self.folder),
            Culprit::Other => {}
        }
    }

    /// Whether views would be opened with less trust than before, for what was met in these.
    pub(super) fn is_worth_another_try(&self) -> bool {
        Mark::GivenUp.is_set(&self.folder) || (!self.are_doubted && Mark::Doubted.is_set(&self.folder))
    }

    /// Makes the views durable. Those that were found damaged are given up.
    ///
    /// # Errors
    /// [`StoreFault`] when the disk does not take them, or they are damaged.
    pub fn flush_views(&self) -> Result<(), StoreFault> {
        self.views.store().flush().inspect_err(|fault| {
            if matches!(fault, StoreFault::Damaged { .. }) {
                self.give_up_views();
            }
        })
    }

    fn give_up_views(&self) {
        Mark::GivenUp.set(&self.folder);
    }
}

struct GivenUpOnPanic<'a>(&'a Chain);

impl Drop for GivenUpOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.give_up_views();
        }
    }
}
