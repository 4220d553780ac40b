//! Openings, reports and permissions of packages.

use super::times::Kind;
use super::transport::{Call, parsed};
use super::{ClientError, NodeClient};
use medshare_exchange::api::{LeaseView, PermissionView, SideBlockMade};
use medshare_exchange::opening::{OpenAnswer, OpenRequest};
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, LeaseId, NodeId};
use serde::Deserialize;

/// Code with which a node answers to a report that is on the ledger already: as good as an acknowledgement.
const REPORT_KNOWN: &str = "report-known";

/// What a node says of itself, as far as a lease needs it.
#[derive(Deserialize)]
struct Named {
    node: String,
}

impl NodeClient {
    /// NID of the node, as it says itself: a lease serves the node that it names. So it is also found out whether anybody is there,
    /// before something is asked whose end is worth a long wait.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn id(&self) -> Result<NodeId, ClientError> {
        let (node, bytes) = self.bytes(Call { kind: Kind::Probe, ..Call::get("/v1/status") })?;
        let said: Named = parsed(node.clone(), &bytes)?;
        let unknown = |_| ClientError::Answer { node, reason: "it does not say which node it is".to_owned() };
        said.node.parse().map_err(unknown)
    }

    /// Asks for a package to be opened: the node transforms, records the opening on the ledger, and then hands out.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with a code such as `revoked`, `not-satisfied`, `expired` or `retrieved`.
    pub fn open(&self, request: &OpenRequest) -> Result<OpenAnswer, ClientError> {
        self.canonical(Call { kind: Kind::Decided, ..Call::post("/v1/openings", &request.encode()) })
    }

    /// Hands a report in. Returns the side-block that it became; none where it was on the ledger already.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn report(&self, report: &ReportEnvelope) -> Result<Option<SideBlockMade>, ClientError> {
        let bytes = codec::encode(report);
        match self.json(Call { kind: Kind::Decided, ..Call::post("/v1/reports", &bytes) }) {
            Err(error) if error.code() == Some(REPORT_KNOWN) => Ok(None),
            made => made.map(Some),
        }
    }

    /// An opening, as a node tells it: how far it is reported, whether access has ended since.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn lease(&self, block: BlockId, lease: LeaseId) -> Result<LeaseView, ClientError> {
        self.json(Call::get(&format!("/v1/leases/{block}/{lease}")))
    }

    /// The permission of the package of this parent block.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn permission(&self, block: BlockId) -> Result<PermissionView, ClientError> {
        self.json(Call::get(&format!("/v1/permissions/{block}")))
    }
}
