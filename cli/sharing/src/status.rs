//! Where a request or a package can stand, as the options `--status` of lists take it: each list those that can occur in it.

use clap::builder::PossibleValuesParser;

/// Access to a package before anybody opened it.
const GRANTED: &str = "granted";
/// Access to a package from then on.
const OPENED: [&str; 7] = ["opened", "revoked", "under-review", "re-granted", "upheld", "retrieved", "expired"];
/// A request that the ledger has and no block answers: nothing more is known of it; or its deadline has passed.
pub const OPEN: &str = "open";
pub const UNANSWERED: &str = "unanswered";
/// What the owner's node says of one.
pub const PROCESSING: &str = "processing";
pub const UNDECIDED: &str = "undecided";
pub const REFUSED: &str = "refused";
/// A request that no node took, as this machine remembers it; one of which nobody knows anything.
pub const NOT_SENT: &str = "not-sent";
pub const UNKNOWN: &str = "unknown";

/// Of a package.
pub fn of_package() -> PossibleValuesParser {
    PossibleValuesParser::new([GRANTED].into_iter().chain(OPENED))
}

/// Of a package with a violation: it was opened.
pub fn of_violation() -> PossibleValuesParser {
    PossibleValuesParser::new(OPENED)
}

/// Of a request as its owner sees it.
pub fn of_asked() -> PossibleValuesParser {
    PossibleValuesParser::new(asked())
}

/// Of a request as its requestor sees it.
pub fn of_sent() -> PossibleValuesParser {
    PossibleValuesParser::new(asked().chain([NOT_SENT, UNKNOWN]))
}

fn asked() -> impl Iterator<Item = &'static str> {
    [GRANTED].into_iter().chain(OPENED).chain([OPEN, PROCESSING, UNDECIDED, REFUSED, UNANSWERED])
}

/// Of a request that the ledger has and no block answers: `open` until its deadline.
pub const fn without_answer(deadline_ms: u64, now_ms: u64) -> &'static str {
    if deadline_ms < now_ms { UNANSWERED } else { OPEN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_open_through_its_deadline() {
        assert_eq!([without_answer(5, 4), without_answer(5, 5), without_answer(5, 6)], [OPEN, OPEN, UNANSWERED]);
    }
}
