//! Why rows are not what somebody can compute with.

use crate::encoding::DecodeError;
use crate::policy::AttributeName;

/// Rows that are altered, damaged or do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    /// Others than those that the hash beside them names.
    #[error("the rows are not those that the header names: they were altered or damaged")]
    Altered,
    /// The policy is none, or not in canonical form.
    #[error("the policy in front of the rows is damaged")]
    Policy,
    /// More or fewer rows than the policy has attributes.
    #[error("there are {rows} rows for the {leaves} attributes of the policy")]
    Count {
        /// How many there are.
        rows: usize,
        /// How many there should be.
        leaves: usize,
    },
    /// A point outside its group, not in canonical form, or neutral.
    #[error("{what} of the row for {attribute} is not a valid group element: nothing was computed with it")]
    Point {
        /// The row's attribute.
        attribute: AttributeName,
        /// The point.
        what: &'static str,
    },
    /// Rows of two organisations that are for different things.
    #[error("the rows were made for another policy or other versions of the keys")]
    Mismatch,
    /// The product of two rows is neutral.
    #[error("the rows of two organisations cancel each other out: one of them was made from the other")]
    Cancelled,
}

impl RowsError {
    /// Says of which row a point is not valid.
    pub(super) fn at<T>(attribute: &AttributeName, read: Result<T, DecodeError>) -> Result<T, Self> {
        read.map_err(|error| {
            let what = match error {
                DecodeError::InvalidElement { what } => what,
                _ => "a point",
            };
            Self::Point { attribute: attribute.clone(), what }
        })
    }
}
