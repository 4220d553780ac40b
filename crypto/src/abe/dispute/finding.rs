//! What comes of a dispute: whose bytes were wrong, or why that is not found out.

use crate::abe::RowsError;
use crate::policy::{AttributeName, AuthorityName};

/// Why nothing is found out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DisputeError {
    /// The answer is not signed, or for something else.
    #[error("the answer is not signed by that node for this file and user")]
    Answer,
    /// Factors are asked of a node that did not give the answer.
    #[error("the answer is another node's: only the node that gave it makes its factors")]
    OtherNode,
    /// The answer names rows that do not satisfy the policy.
    #[error("the rows that the answer names do not satisfy the policy: the answer is wrong, whatever its factors are")]
    Rows,
    /// The file's rows are not what anybody can compute with.
    #[error(transparent)]
    Unusable(#[from] RowsError),
    /// The node has no key for a row that it used.
    #[error("there is no key for {attribute} any longer, so the factors of the answer cannot be made")]
    NoKey {
        /// The attribute.
        attribute: AttributeName,
    },
    /// The node's keys do not make the answer.
    #[error(
        "the answer was not made with these keys: what they make is not what the node answered, so that nothing is signed"
    )]
    OtherKeys,
    /// A factor that the node did not sign for this answer.
    #[error("the factor for {authority} is not signed by that node for this answer")]
    Factor {
        /// Whose attributes it is of.
        authority: AuthorityName,
    },
    /// A factor that is missing, or there more than once.
    #[error("expected one factor for {authority}; the node makes it")]
    NoFactor {
        /// Whose attributes it is of.
        authority: AuthorityName,
    },
    /// A verdict that is missing, or there more than once.
    #[error("expected one verdict by {authority}; the authority gives it")]
    NoVerdict {
        /// Who gives it.
        authority: AuthorityName,
    },
    /// A verdict that nobody with the authority's key and the truth can have given.
    #[error("the verdict in the name of {authority} does not hold: somebody else gave it, or it is not true")]
    FalseVerdict {
        /// In whose name.
        authority: AuthorityName,
    },
    /// No public key of the row's generation and version.
    #[error("the public key of {attribute}, version {version}, is not known")]
    Unpublished {
        /// The attribute.
        attribute: AttributeName,
        /// The row's version.
        version: u32,
    },
    /// Public files that have two different keys in one place: one of them is not the authority's.
    #[error(
        "the public files have two different keys of {of}: one of them is not the authority's; name the file that came from it alone"
    )]
    TwoKeys {
        /// What both say to be the key of.
        of: String,
    },
    /// An authority proved its verdict on a row that is wrong by the public key that is said to be its own.
    #[error(
        "{authority} has judged with its key, to which the file's row for {attribute} is right, and by the public file it is wrong: \
         the public file is not the authority's"
    )]
    OtherPublic {
        /// Whose.
        authority: AuthorityName,
        /// Of the row.
        attribute: AttributeName,
    },
    /// The row for an attribute was made wrongly.
    #[error("the file's row for {attribute} was made wrongly: no node answers it rightly")]
    File {
        /// The attribute.
        attribute: AttributeName,
    },
    /// The row for an attribute was moved wrongly to the version at which it is.
    #[error("the file's row for {attribute} was moved wrongly by whoever stores the file: no node answers it rightly")]
    Moved {
        /// The attribute.
        attribute: AttributeName,
    },
}

/// Who was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Nobody of these: the file was made so that nothing opens it, or the user's key is another than the registration's.
    AnswerIsRight,
    /// The node: it names rows that do not satisfy the policy.
    NodeRows,
    /// The node: A is not what the header says.
    NodePublicPart,
    /// The node: the factors that it signed do not multiply to the T that it signed.
    NodeFactors,
    /// The node: an authority has proven that this factor is not right.
    NodeFactor {
        /// Which.
        authority: AuthorityName,
    },
    /// The node: it answered to rows with which no honest node computes, whoever made them so.
    NodeUnusable(RowsError),
    /// Whoever made the file: a row is wrong, as its owner signed it.
    File {
        /// Of which attribute.
        attribute: AttributeName,
    },
    /// Whoever stores the file: a row is wrong that moved to another version, and what its owner signed is right.
    Moved {
        /// Of which attribute.
        attribute: AttributeName,
    },
    /// Whoever made the file: rows and policy, as the header names them, do not fit.
    FileRows(RowsError),
}
