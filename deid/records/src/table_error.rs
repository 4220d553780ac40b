//! Why a table is refused.

/// Why a table could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line}: {problem}")]
pub struct TableError {
    /// The line, counted from 1.
    pub line: u64,
    /// What was wrong, and what was expected.
    pub problem: String,
}
