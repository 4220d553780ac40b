//! Clocks that are wrong.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// What is wrong with a node's clock. Its words, which whoever shows it makes, are those of [`fmt::Display`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WrongClock {
    /// What it does not agree with.
    pub code: ClockFault,
    /// By how many seconds, rounded up.
    pub seconds: u64,
}

/// What a clock does not agree with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClockFault {
    /// It is ahead of the other nodes' clocks.
    AheadOfOthers,
    /// It is behind the other nodes' clocks.
    BehindOthers,
    /// It is behind the time of the last batch.
    BehindBatch,
}

impl fmt::Display for WrongClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds;
        let side = match self.code {
            ClockFault::AheadOfOthers => "ahead of",
            ClockFault::BehindOthers => "behind",
            ClockFault::BehindBatch => {
                return write!(
                    f,
                    "the last batch is dated {seconds} s ahead of this node's clock: the network goes on when the clocks get there"
                );
            }
        };
        write!(
            f,
            "this node's clock is {seconds} s {side} the other nodes': its operator must set it right, other nodes work"
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn programs_read_a_code_and_a_number_and_people_a_sentence() {
        for (code, word, words) in [
            (ClockFault::AheadOfOthers, "ahead-of-others", "is 30 s ahead of the other nodes'"),
            (ClockFault::BehindOthers, "behind-others", "is 30 s behind the other nodes'"),
            (ClockFault::BehindBatch, "behind-batch", "dated 30 s ahead of this node's clock"),
        ] {
            let wrong = WrongClock { code, seconds: 30 };
            assert_eq!(serde_json::to_string(&wrong).unwrap(), format!(r#"{{"code":"{word}","seconds":30}}"#));
            assert!(wrong.to_string().contains(words), "{wrong}");
        }
    }
}
