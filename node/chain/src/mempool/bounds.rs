//! How much waits, and for how long.

use std::time::Duration;

/// Most entries that wait.
pub const MAX_WAITING_ENTRIES: usize = 20_000;
/// Most bytes of waiting entries.
pub const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;
/// Room that an entry takes at least, in bytes, so that entries and bytes are one measure.
pub(super) const LEAST_ROOM: usize = MAX_WAITING_BYTES / MAX_WAITING_ENTRIES;
/// How long an entry waits before it is dropped.
pub const MAX_WAIT: Duration = Duration::from_secs(60);
/// How long an entry waits for something that it lacks and that may be on its way.
pub const MAX_LACK: Duration = Duration::from_secs(3);
/// How long an entry waits for a change of access or permission that this node may be a height or two behind of.
pub const SHORT_LACK: Duration = Duration::from_millis(500);
