//! Permissions of packages, and what changes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Permission of a package as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PermissionView {
    /// Parent block.
    pub block: String,
    /// `granted`, `opened`, `revoked`, `under-review`, `re-granted`, `upheld`, `retrieved` or `expired`.
    pub status: String,
    /// Openings so far.
    pub openings: u32,
    /// Reports so far.
    pub reports: u32,
    /// Violations so far.
    pub violations: u32,
    /// How many of them, the last ones, wait for the owner's decision: until then nothing opens for the requestor.
    pub undecided: u32,
    /// Whether the owner demands the data's destruction.
    pub retrieved: bool,
}

/// An opening as the ledger has it, and what has become of its requestor's access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeaseView {
    /// Lease of the opening.
    pub lease: String,
    /// Number of reports under it.
    pub reports: u32,
    /// Hash of the last of them; zeros where there is none.
    pub last_report: String,
    /// Whether the requestor's access, to whichever package, has ended since: then the opening is over.
    pub access_ended: bool,
    /// Permission of the package.
    pub permission: PermissionView,
}

/// A side-block that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SideBlockMade {
    /// Side-block id.
    pub side_block: String,
    /// Status of the permission after it.
    pub status: String,
}

/// What the next decision on a package states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionCount {
    /// Decisions and revocations so far.
    pub sequence: u32,
    /// Header hash of the side-block with the package's last violation, which a decision names; null where there is none.
    pub last_violation: Option<String>,
}
