//! Variables of the environment that stand for options.

use crate::failure::Failure;

/// A variable that is there and holds nothing.
#[must_use]
pub fn empty_variable(name: &str) -> Failure {
    Failure::argument(format!("{name} is set, and empty"))
        .hint(format!("give it a value, or take it away: unset {name}"))
}
