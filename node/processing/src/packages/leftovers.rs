//! Packages that nobody may have any more are looked for now and then: those that were taken back, and those whose parent block was never
//! decided, once it can no longer be.
//!
//! An undecided block waits in mempools for [`MAX_WAIT`], and in a proposal while its height lasts. Time is the chain's, not this machine's:
//! a node that has to catch up has not seen yet what was decided.

use super::retrieved::BlocksOf;
use super::{Packages, package_file};
use crate::blocking::blocking;
use medshare_ledger::id::{PackageId, Timestamp};
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

/// Looks for ever, beginning now.
pub async fn follow(packages: Arc<Packages>, chain: Arc<Chain>) {
    let (mut judged, mut blocks) = (Timestamp(0), BlocksOf::default());
    loop {
        let until = Timestamp(chain.tip().time.0.saturating_sub(GRACE_MS));
        let swept = {
            let (packages, chain) = (Arc::clone(&packages), Arc::clone(&chain));
            let mut known = std::mem::take(&mut blocks);
            blocking(move || {
                let undecided = packages.remove_undecided(&chain, judged, until)?;
                Ok((undecided, packages.remove_retrieved(&chain, &mut known)?, known))
            })
        };
        match swept.await {
            Ok((undecided, retrieved, known)) => {
                (judged, blocks) = (until, known);
                if undecided > 0 {
                    tracing::info!(packages = undecided, "removed packages of requests that were never decided");
                }
                if retrieved > 0 {
                    tracing::info!(packages = retrieved, "removed the data of packages that their owners took back");
                }
            }
            Err(_) => tracing::warn!("packages that nobody may have any more could not be removed"),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

impl Packages {
    /// Removes the packages written from `from` to before `until` that no parent block on the ledger commits to; how many there were.
    /// Files that are no packages stay: they may be somebody's.
    ///
    /// # Errors
    /// [`Refusal`] when folder or ledger cannot be read, or a file cannot be removed.
    pub fn remove_undecided(&self, chain: &Chain, from: Timestamp, until: Timestamp) -> Result<usize, Refusal> {
        let fault = |source| StoreFault::io("reading", &self.0, source);
        let mut count = 0;
        for entry in std::fs::read_dir(&self.0).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            let Some((package, written)) = package_file(&path) else { continue };
            if written < from || written >= until || self.is_decided(&package, chain)? {
                continue;
            }
            durable::remove_file(&path)?;
            count += 1;
        }
        Ok(count)
    }

    fn is_decided(&self, package: &PackageId, chain: &Chain) -> Result<bool, Refusal> {
        // One that cannot be read is a matter for people.
        let Ok(Some(head)) = self.head(package) else { return Ok(true) };
        let state = chain.state();
        let Some(block) = state.request(head.manifest.request)?.and_then(|made| made.answer) else { return Ok(false) };
        Ok(state.block(block)?.is_some_and(|record| record.package == *package))
    }
}
