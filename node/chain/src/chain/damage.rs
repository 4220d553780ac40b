//! Views that turn out to be wrong while they are in use: they are given up, so that the next start builds them again from the log.
//!
//! A node halts where it cannot read its state. Were its views not given up, each start would meet the same in the same place.

use super::Chain;
use crate::execute::ExecuteError;
use crate::recovery;
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

    /// Does what the node halts without. The views are given up where it fails, or panics, as it may on what stands wrong in them.
    pub(super) fn essential<T>(&self, work: impl FnOnce() -> Result<T, ExecuteError>) -> Result<T, ExecuteError> {
        let _watched = GivenUpOnPanic(self);
        work().inspect_err(|error| self.give_up_where_damaged(error))
    }

    /// Gives the views up for a fault met in them, unless it is that there was no room.
    pub fn give_up_where_damaged(&self, fault: &(dyn Error + 'static)) {
        let mut cause = Some(fault);
        while let Some(fault) = cause {
            if fault.downcast_ref().is_some_and(StoreFault::is_disk_full) {
                return;
            }
            cause = fault.source();
        }
        self.give_up_views();
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
        recovery::give_up(&self.folder);
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
