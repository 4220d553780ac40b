//! Packages that nobody may have any more are looked for now and then: those that were taken back, and those whose parent block was never
//! decided, once it can no longer be.
//!
//! An undecided block waits in mempools for [`MAX_WAIT`], and in a proposal while its height lasts. Time is the chain's, not this machine's:
//! a node that has to catch up has not seen yet what was decided.

use super::blocks::Blocks;
use super::{Packages, package_file};
use crate::blocking::blocking;
use medshare_ledger::id::{NodeId, PackageId, Timestamp};
use medshare_node_chain::Chain;
use medshare_node_chain::mempool::MAX_WAIT;
use medshare_node_refusal::Refusal;
use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;
use std::sync::Arc;
use std::time::Duration;

/// For so long the network has decided without the block, before its package goes, in milliseconds.
const GRACE_MS: u64 = 60 * 60 * 1000;
const _: () = assert!(GRACE_MS as u128 >= 10 * MAX_WAIT.as_millis());
/// How often is looked.
const INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Looks for ever, beginning now, at the packages of this node.
pub async fn follow(packages: Arc<Packages>, chain: Arc<Chain>, node: NodeId) {
    let (mut judged, mut known) = (Timestamp(0), Blocks::of(node));
    loop {
        // Before the ledger is read: what it does not have then, it had not decided by this time.
        let until = Timestamp(chain.tip().time.0.saturating_sub(GRACE_MS));
        let sweep = {
            let (packages, chain) = (Arc::clone(&packages), Arc::clone(&chain));
            let mut blocks = std::mem::replace(&mut known, Blocks::of(node));
            blocking(move || {
                let read = blocks.read_on(&chain);
                let undecided = read.and_then(|()| packages.remove_undecided(&blocks, judged, until));
                // What was taken back goes, whatever became of that.
                Ok((undecided, packages.remove_retrieved(&chain, &blocks), blocks))
            })
        };
        if let Ok((undecided, retrieved, blocks)) = sweep.await {
            known = blocks;
            if told(undecided, "packages of requests that were never decided") {
                judged = until;
            }
            told(retrieved, "the data of packages that their owners took back");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Says what was done; whether that was all.
fn told(swept: Result<Swept, Refusal>, what: &str) -> bool {
    let Ok(Swept { removed, left }) = swept else {
        tracing::warn!("the folder of packages could not be looked through for {what}");
        return false;
    };
    if removed > 0 {
        tracing::info!(count = removed, "removed {what}");
    }
    if left > 0 {
        tracing::warn!(count = left, "could not remove {what}; it is tried again");
    }
    left == 0
}

/// What came of looking through the folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Packages that were removed.
    pub removed: usize,
    /// Files that could not be handled.
    pub left: usize,
}

impl Packages {
    /// Handles each package by itself: one that cannot be handled keeps none of the others. `handle` says whether it removed something.
    /// Files that are no packages stay: they may be somebody's.
    pub(super) fn sweep(
        &self,
        mut handle: impl FnMut(PackageId, Timestamp) -> Result<bool, Refusal>,
    ) -> Result<Swept, Refusal> {
        let fault = |source| StoreFault::io("reading", &self.0, source);
        let mut swept = Swept::default();
        for entry in std::fs::read_dir(&self.0).map_err(fault)? {
            let Some((package, written)) = package_file(&entry.map_err(fault)?.path()) else { continue };
            match handle(package, written) {
                Ok(is_removed) => swept.removed += usize::from(is_removed),
                // Its log has the reason.
                Err(_) => swept.left += 1,
            }
        }
        Ok(swept)
    }

    /// Removes the packages written from `from` to before `until` that no parent block commits to, of all that were decided until then.
    ///
    /// # Errors
    /// [`Refusal`] when the folder cannot be read.
    pub fn remove_undecided(&self, blocks: &Blocks, from: Timestamp, until: Timestamp) -> Result<Swept, Refusal> {
        self.sweep(|package, written| {
            if written < from || written >= until || blocks.is_decided(&package) {
                return Ok(false);
            }
            durable::remove_file(&self.path(&package))?;
            Ok(true)
        })
    }
}
