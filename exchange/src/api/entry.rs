//! Entries, and whom they registered.

use super::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether an entry is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// Not decided yet.
    Waiting,
    /// On the ledger, and in force.
    Applied,
    /// Without effect; the error says why. On the ledger only if it has a height.
    Rejected,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryStatus {
    /// Hash of the entry.
    pub entry: String,
    /// What became of it.
    pub state: EntryState,
    /// Receipt code: the ledger's number for why it was rejected, 0 when it was not.
    pub code: u16,
    /// Why it was rejected.
    #[serde(default)]
    pub error: Option<ApiError>,
    /// Height at which it was decided.
    pub height: Option<u64>,
}

/// Entries of the ledger that took a requestor's access away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Revocations {
    /// How many.
    pub count: u32,
    /// Hash chain over them; zeros where there is none.
    pub head: String,
}

/// A registered requestor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdentityView {
    /// RID.
    pub requestor: String,
    /// Verifying key in hexadecimal.
    pub key: String,
    /// Sealing key (X-Wing) in hexadecimal, 2,432 digits.
    pub sealing_key: String,
    /// Registration for attribute-based decryption in hexadecimal.
    pub registration: String,
    /// Role.
    pub role: String,
    /// OID of the organisation that vouches.
    pub organisation: String,
    /// Attributes granted now.
    pub attributes: Vec<String>,
    /// The revocations of her access so far, which the next grant names.
    pub revocations: Revocations,
}
