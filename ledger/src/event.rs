//! The stages of a request, each an event under the Merkle root of its parent block.

use crate::id::Timestamp;
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;

/// What was done, in the order in which it must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Stage {
    /// The authenticated request became a form.
    FormReceived,
    /// A duplicate of the records was taken from the owner's database.
    RecordsRetrieved,
    /// Type compared with the request, sensitivity ranked.
    SensitivityRanked,
    /// Identifiers removed, quasi-identifiers generalised.
    Deidentified,
    /// A node of another organisation validated the work.
    Validated,
    /// The contract was generated and attached.
    ContractAttached,
    /// The package was encrypted.
    Encrypted,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 7] = [
        Self::FormReceived,
        Self::RecordsRetrieved,
        Self::SensitivityRanked,
        Self::Deidentified,
        Self::Validated,
        Self::ContractAttached,
        Self::Encrypted,
    ];

    /// The stage's name for people and exports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FormReceived => "form received",
            Self::RecordsRetrieved => "records retrieved",
            Self::SensitivityRanked => "sensitivity ranked",
            Self::Deidentified => "de-identified",
            Self::Validated => "validated",
            Self::ContractAttached => "contract attached",
            Self::Encrypted => "encrypted",
        }
    }

    /// The stage's code for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::FormReceived => "form-received",
            Self::RecordsRetrieved => "records-retrieved",
            Self::SensitivityRanked => "sensitivity-ranked",
            Self::Deidentified => "de-identified",
            Self::Validated => "validated",
            Self::ContractAttached => "contract-attached",
            Self::Encrypted => "encrypted",
        }
    }
}

/// One stage that a request went through.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StageEvent {
    /// What was done.
    pub stage: Stage,
    /// When it was finished.
    pub at: Timestamp,
    /// Commitment to its result; what it commits to stays with the node.
    pub commitment: Hash32,
}
