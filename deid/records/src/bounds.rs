//! How much records may hold that somebody else wrote, so that reading a few bytes of theirs takes no more than some times as many.
//!
//! Read, a value of JSON takes some twenty times its bytes, and so does a value of a table that does not come a second time, or a type of
//! resource that no other line has.

/// The most that records may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordBounds {
    /// Bytes of a line of NDJSON.
    pub line_bytes: usize,
    /// Types of resources.
    pub types: usize,
    /// Columns of a table.
    pub columns: usize,
    /// Distinct values of a table, column by column.
    pub values: usize,
}

impl RecordBounds {
    /// For one's own records.
    pub const NONE: Self = Self { line_bytes: usize::MAX, types: usize::MAX, columns: usize::MAX, values: usize::MAX };
}

/// More than a bound allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Beyond {
    /// A line.
    #[error("the line has {actual} bytes; expected at most {most}")]
    Line {
        /// Its bytes.
        actual: usize,
        /// The bound.
        most: usize,
    },
    /// Types.
    #[error("more than {most} types of resources; expected those of FHIR R4")]
    Types {
        /// The bound.
        most: usize,
    },
    /// Columns.
    #[error("the table has {actual} columns; expected at most {most}")]
    Columns {
        /// How many.
        actual: usize,
        /// The bound.
        most: usize,
    },
    /// Values.
    #[error("the table has more than {most} distinct values; leave columns out, or divide the table")]
    Values {
        /// The bound.
        most: usize,
    },
}
