//! How long an entry counts: whoever signs one hands it in at once.

use crate::facts::MAX_CLOCK_DRIFT_MS;
use crate::id::Timestamp;

/// How far the date of an entry may lie before or after the time of its batch, in milliseconds. What people carry by hand (a
/// requestor's card) is dated when it is counter-signed.
pub const ENTRY_WINDOW_MS: u64 = 10 * 60 * 1_000;

const _: () =
    assert!(2 * MAX_CLOCK_DRIFT_MS <= ENTRY_WINDOW_MS, "clocks that are off by what is allowed stay within the window");

/// Whether an entry of this date is too old for a batch of this time, and for every later one.
#[must_use]
pub const fn is_outdated(dated: Timestamp, time: Timestamp) -> bool {
    dated.plus_ms(ENTRY_WINDOW_MS).0 < time.0
}
