//! The only place where this crate reads the wall clock, and what is known of its being wrong.

use medshare_exchange::api::{ClockFault, WrongClock};
use medshare_ledger::id::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Differences up to this are not worth words: questions between nodes take time.
pub const UNREMARKABLE_MS: u64 = 2_000;

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// How this node's clock compares with the other nodes' and with the last batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// By how many milliseconds it is ahead of the others'; negative when behind, `None` while too few have told theirs.
    pub ahead_of_others_ms: Option<i64>,
    /// By how many milliseconds it is behind the time of the last batch; zero when it is not.
    pub behind_batch_ms: u64,
}

/// The last comparison of this node's clock.
#[derive(Debug, Default)]
pub struct ClockCheck(Mutex<Comparison>);

impl ClockCheck {
    /// The last comparison.
    #[must_use]
    pub fn last(&self) -> Comparison {
        *self.lock()
    }

    /// Takes a new comparison.
    pub fn set(&self, comparison: Comparison) {
        *self.lock() = comparison;
    }

    /// What to say behind a refusal that a wrong clock may have caused: empty while the clock looks right.
    #[must_use]
    pub fn remark(&self) -> String {
        self.last().wrong().map_or_else(String::new, |wrong| format!("; {wrong}"))
    }

    fn lock(&self) -> MutexGuard<'_, Comparison> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Comparison {
    /// What is wrong with the clock, if it looks so.
    #[must_use]
    pub fn wrong(self) -> Option<WrongClock> {
        let (code, off_ms) = match self.ahead_of_others_ms {
            Some(ahead) if ahead.unsigned_abs() > UNREMARKABLE_MS => {
                let code = if ahead > 0 { ClockFault::AheadOfOthers } else { ClockFault::BehindOthers };
                (code, ahead.unsigned_abs())
            }
            _ if self.behind_batch_ms > UNREMARKABLE_MS => (ClockFault::BehindBatch, self.behind_batch_ms),
            _ => return None,
        };
        Some(WrongClock { code, seconds: off_ms.div_ceil(1000) })
    }
}

/// By how much a clock is ahead of the middle of all clocks, its own among them, given how far it is ahead of each of the others.
///
/// Fewer than a third may lie about theirs, so that the middle one is between two honest ones.
#[must_use]
pub fn ahead_of_the_middle(ahead_of: impl IntoIterator<Item = i64>) -> i64 {
    let mut all: Vec<i64> = ahead_of.into_iter().chain([0]).collect();
    all.sort_unstable();
    let below = all.get((all.len() - 1) / 2).copied().unwrap_or_default();
    let above = all.get(all.len() / 2).copied().unwrap_or_default();
    // Of two in the middle, the one that finds less wrong with this clock.
    if below.unsigned_abs() < above.unsigned_abs() { below } else { above }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_compared_with_the_middle_of_all() {
        for (ahead_of, expected) in [
            (vec![], 0),
            (vec![3, -2, 0], 0),
            (vec![30_000, 30_010, 29_990], 29_990),
            (vec![-30_000, -29_000, -30_000], -29_000),
            (vec![0, 0, -86_400_000], 0),
            (vec![30_000, 30_000, -86_400_000], 0),
            (vec![30_000, 30_000, 30_000, 30_000, -86_400_000, -86_400_000], 30_000),
        ] {
            assert_eq!(ahead_of_the_middle(ahead_of.clone()), expected, "{ahead_of:?}");
        }
    }

    #[test]
    fn a_wrong_clock_is_told_with_its_side_and_a_right_one_is_not() {
        let check = ClockCheck::default();
        assert_eq!(check.remark(), "");
        for (ahead, behind_batch, words) in [
            (Some(30_000), 0, "is 30 s ahead of the other nodes'"),
            (Some(-29_500), 0, "is 30 s behind the other nodes'"),
            (Some(-30_000), 30_000, "is 30 s behind the other nodes'"),
            (Some(500), 86_400_000, "dated 86400 s ahead of this node's clock"),
            (None, 86_400_000, "dated 86400 s ahead of this node's clock"),
        ] {
            check.set(Comparison { ahead_of_others_ms: ahead, behind_batch_ms: behind_batch });
            assert!(check.remark().contains(words), "{}", check.remark());
        }
        for quiet in [Some(2_000), Some(-2_000), None] {
            check.set(Comparison { ahead_of_others_ms: quiet, behind_batch_ms: 300 });
            assert_eq!(check.remark(), "");
        }
    }
}
