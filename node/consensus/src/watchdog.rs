//! Speaks up when heights stop.

use std::time::Duration;

use medshare_ledger::id::Height;
use tokio::sync::watch;
use tokio::time::Instant;

/// How consensus gets on, for status and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The last committed height.
    pub tip: Height,
    /// The round that the height above it is in.
    pub round: u32,
    /// Rounds since the start in which no batch was decided.
    pub lost_rounds: u64,
    /// Batches since the start that were fetched from others instead of voted on.
    pub fetched: u64,
    /// When the last batch was committed, or when the engine started.
    pub committed_at: Instant,
    /// Whether this node does not vote for now.
    pub abstains: bool,
    /// How often it connected to all others anew because heights stood still.
    pub renewals: u64,
}

impl Progress {
    pub(super) fn at(tip: Height) -> Self {
        let committed_at = Instant::now();
        Self { tip, round: 0, lost_rounds: 0, fetched: 0, committed_at, abstains: false, renewals: 0 }
    }
}

/// Logs an error whenever another `stalled_after` has passed without a committed height; ends with the engine.
pub(super) async fn watch(mut progress: watch::Receiver<Progress>, stalled_after: Duration) {
    loop {
        let seen = *progress.borrow_and_update();
        let has_moved = async {
            while progress.changed().await.is_ok() {
                if progress.borrow().tip > seen.tip {
                    return true;
                }
            }
            false
        };
        match tokio::time::timeout(stalled_after, has_moved).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(_) => {
                let seconds = seen.committed_at.elapsed().as_secs();
                let round = progress.borrow().round;
                tracing::error!(
                    tip = %seen.tip, round, seconds,
                    "no height has been decided for a while: check that more than two thirds of the validators run and reach each other"
                );
            }
        }
    }
}
