//! Why a node refuses what somebody outside asks: a stable word, a message for people, never anybody's data.

use crate::chain::ChainError;
use crate::store::fault::StoreFault;
use medshare_ledger::state::StateFault;

/// How an answer is classed; HTTP status codes follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Malformed or contradictory.
    Invalid,
    /// Nobody that this network knows, or a wrong signature.
    Unauthenticated,
    /// Known, but not allowed.
    Forbidden,
    /// No such thing.
    NotFound,
    /// Done already, or overtaken.
    Conflict,
    /// More than is accepted.
    TooLarge,
    /// Not now.
    Busy,
    /// This node's own trouble.
    Fault,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Class.
    pub class: Class,
    /// Stable word for machines.
    pub code: &'static str,
    /// What was wrong and what to do.
    pub message: String,
}

impl Refusal {
    /// A refusal of this class.
    pub fn new(class: Class, code: &'static str, message: impl Into<String>) -> Self {
        Self { class, code, message: message.into() }
    }

    /// Malformed input.
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Class::Invalid, code, message)
    }

    /// Something that is not there.
    pub fn not_found(what: &'static str) -> Self {
        Self::new(Class::NotFound, "not-found", format!("this network has no such {what}"))
    }

    /// This node's own trouble; the details go to its log.
    pub fn fault(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, source = ?error.source().map(ToString::to_string), "a request failed on this node");
        Self::new(Class::Fault, "node-fault", "the node cannot answer now; its operator finds the reason in its log")
    }
}

macro_rules! faults {
    ($($error:ty),+) => {
        $(impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                Self::fault(&error)
            }
        })+
    };
}
faults!(StateFault, StoreFault, ChainError);
