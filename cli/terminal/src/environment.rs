//! Variables of the environment that stand for options.

use crate::failure::Failure;
use clap::error::ContextKind;

/// A variable that is there and holds nothing.
#[must_use]
pub fn empty_variable(name: &str) -> Failure {
    Failure::argument(format!("{name} is set, and empty"))
        .hint(format!("give it a value, or take it away: unset {name}"))
}

/// The variable that is to blame for a command line that was not understood: it is set, and empty. `variables` pairs each with its option.
#[must_use]
pub fn blamed_variable(error: &clap::Error, variables: &[(&str, &str)]) -> Option<Failure> {
    let argument = error.get(ContextKind::InvalidArg)?.to_string();
    let is_of = |option: &str| argument == option || argument.starts_with(&format!("{option} "));
    let (name, _) = variables.iter().find(|(_, option)| is_of(option))?;
    std::env::var_os(name).filter(|value| value.is_empty()).map(|_| empty_variable(name))
}
