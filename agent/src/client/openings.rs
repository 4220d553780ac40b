//! Openings, reports and permissions of packages.

use super::transport::Call;
use super::{ClientError, NodeClient};
use medshare_exchange::api::{PermissionView, SideBlockMade};
use medshare_exchange::opening::{OpenAnswer, OpenRequest};
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::codec;
use medshare_ledger::id::BlockId;

impl NodeClient {
    /// Asks for a package to be opened: the node records it on the ledger, then transforms.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with a code such as `revoked`, `not-satisfied`, `expired` or `retrieved`.
    pub fn open(&self, request: &OpenRequest) -> Result<OpenAnswer, ClientError> {
        self.canonical(Call::post("/v1/openings", &request.encode()))
    }

    /// Hands a report in; the answer comes when it is on the ledger.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the report does not follow the one before it, or its lease is over.
    pub fn report(&self, report: &ReportEnvelope) -> Result<SideBlockMade, ClientError> {
        self.json(Call::post("/v1/reports", &codec::encode(report)))
    }

    /// The permission of the package of this parent block.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn permission(&self, block: BlockId) -> Result<PermissionView, ClientError> {
        self.json(Call::get(&format!("/v1/permissions/{block}")))
    }
}
