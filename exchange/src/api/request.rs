//! Where a data request stands.

use super::ApiError;
use medshare_ledger::event::Stage;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RequestState {
    /// Taken in, stages under way.
    Processing,
    /// The package is ready.
    Delivered,
    /// Refused or failed; the error says why.
    Refused,
    /// The package is made, but the network did not decide about its parent block in time. It may still do so; the same
    /// request may be sent again.
    Undecided,
}

/// One stage that a request went through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StageState {
    /// `form-received`, `records-retrieved`, `sensitivity-ranked`, `de-identified`, `validated`, `contract-attached` or
    /// `encrypted`.
    pub stage: String,
    /// Milliseconds after the request's reception.
    pub after_ms: u64,
}

impl StageState {
    /// The stage's name for people; a code of a newer node is its own.
    #[must_use]
    pub fn name(&self) -> &str {
        stage_name(&self.stage)
    }
}

/// The name for people of the stage with this code; a code of a newer node is its own.
#[must_use]
pub fn stage_name(code: &str) -> &str {
    let known = Stage::ALL.into_iter().find(|stage| stage.code() == code);
    known.map_or(code, |stage| stage.name())
}

/// Status of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RequestStatus {
    /// Hash of the request.
    pub request: String,
    /// Where it stands.
    pub state: RequestState,
    /// Stages passed.
    pub stages: Vec<StageState>,
    /// Why it was refused, or not decided.
    #[serde(default)]
    pub error: Option<ApiError>,
    /// Parent block, once mined and decided.
    pub block: Option<String>,
    /// Height at which the parent block was decided.
    pub height: Option<u64>,
    /// Package id.
    pub package: Option<String>,
}

/// A request as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RequestView {
    /// Hash of the request.
    pub request: String,
    /// Height at which the ledger took it.
    pub height: u64,
    /// RID.
    pub requestor: String,
    /// OID.
    pub owner: String,
    /// The owner's data set.
    pub dataset: String,
    /// DRP, an HL7 ActReason code.
    pub purpose: String,
    /// When it was signed, in milliseconds since 1970.
    pub at: u64,
    /// Until when it may be answered, in milliseconds since 1970.
    pub deadline: u64,
    /// Parent block that answered it; null where none did.
    pub block: Option<String>,
    /// Where it stands at the owner's node, while no block answers it. The owner alone is told.
    #[serde(default)]
    pub state: Option<RequestState>,
    /// Why that node refused it, or did not have it decided.
    #[serde(default)]
    pub error: Option<ApiError>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_named_by_their_codes() {
        assert_eq!(stage_name("de-identified"), "de-identified");
        assert_eq!(stage_name("form-received"), "form received");
        assert_eq!(stage_name("of-a-newer-node"), "of-a-newer-node");
    }
}
