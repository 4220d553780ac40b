//! When a node counts as standing still.

use medshare_ledger::facts::Parameters;
use std::time::Duration;

/// Without a height for so long, or for so many times the time between heights, the node says so.
const LEAST: Duration = Duration::from_secs(15);
const LEAST_HEIGHTS: u32 = 4;

/// After how long without a height a node is not ready.
#[must_use]
pub fn stalled_after(parameters: &Parameters) -> Duration {
    LEAST.max(LEAST_HEIGHTS * Duration::from_millis(parameters.target_time_ms))
}
