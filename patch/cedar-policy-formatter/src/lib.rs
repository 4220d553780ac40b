//! Takes the place of `cedar-policy-formatter`, which the policy engine offers through an interface that nothing here calls.
//!
//! With it go logos and a pretty printer, and the engine's last crate no longer waits for them
//! (docs/adr/0010-what-is-not-built.md). Formatting is refused, never passed through.

#![forbid(unsafe_code)]

/// How a formatted policy would be laid out.
#[derive(Clone, Debug)]
pub struct Config {
    /// Columns.
    pub line_width: usize,
    /// Columns.
    pub indent_width: isize,
}

/// Refuses.
///
/// # Errors
///
/// Always: the formatter is not part of this build.
pub fn policies_str_to_pretty(_: &str, _: &Config) -> miette::Result<String> {
    Err(miette::miette!("policies cannot be formatted: the formatter is not part of this build"))
}
