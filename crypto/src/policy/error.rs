//! What is wrong with a policy that cannot be read, and where.

use core::fmt;

use super::attribute::InvalidName;
use super::{MAX_DEPTH, MAX_LEAVES, MAX_TEXT_LEN};

/// What is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyErrorReason {
    /// Something else should stand here.
    #[error("expected {expected}")]
    Expected {
        /// What should.
        expected: &'static str,
    },
    /// A character that the language does not have.
    #[error("this character has no place in a policy")]
    UnknownCharacter,
    /// Not the name of an attribute.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// Too few branches for the threshold, or a threshold of none.
    #[error("{needed} of {count} can never be a threshold; it must be at least 1 and at most the number of branches")]
    UnsatisfiableThreshold {
        /// The threshold.
        needed: usize,
        /// The number of branches.
        count: usize,
    },
    /// Nested more than [`MAX_DEPTH`] levels.
    #[error("the policy is nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    /// More than [`MAX_LEAVES`] attributes.
    #[error("the policy has more than {MAX_LEAVES} attributes")]
    TooManyAttributes,
    /// More than [`MAX_TEXT_LEN`] bytes of text.
    #[error("the policy has more than {MAX_TEXT_LEN} bytes of text")]
    TooLong,
}

/// What is wrong with a policy, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// What is wrong.
    pub reason: PolicyErrorReason,
    /// Which character of the text, counted from 1.
    pub column: usize,
    /// The part of the text around it, and the caret's place in that.
    excerpt: (String, usize),
}

impl std::error::Error for PolicyError {}

/// The reason, the text, and a caret below the character.
impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (excerpt, caret) = &self.excerpt;
        write!(f, "{} (character {} of the policy)\n  {excerpt}\n  {:caret$}^", self.reason, self.column, "")
    }
}

/// Characters shown on each side of the fault.
const EXCERPT_RADIUS: usize = 32;

impl PolicyError {
    pub(super) fn new(text: &str, at: usize, reason: PolicyErrorReason) -> Self {
        let column = text.get(..at).unwrap_or(text).chars().count();
        let start = column.saturating_sub(EXCERPT_RADIUS);
        let excerpt = text
            .chars()
            .skip(start)
            .take(2 * EXCERPT_RADIUS)
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        Self { reason, column: column + 1, excerpt: (excerpt, column - start) }
    }
}
