//! Openings, reports and permissions of packages.

use super::misdirected::PROBE;
use super::times::Kind;
use super::transport::Call;
use super::{ClientError, NodeClient, NodeUrl, Unreached};
use medshare_exchange::api::{LeaseView, PermissionView, SideBlockMade};
use medshare_exchange::opening::{OpenAnswer, OpenRequest};
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, LeaseId};

/// Code with which a node answers to a report that is on the ledger already: as good as an acknowledgement.
const REPORT_KNOWN: &str = "report-known";

impl NodeClient {
    /// Asks for a package to be opened: the node records it on the ledger, then transforms.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with a code such as `revoked`, `not-satisfied`, `expired` or `retrieved`.
    pub fn open(&self, request: &OpenRequest) -> Result<OpenAnswer, ClientError> {
        // a node that hangs is found out before something is asked of it whose end is worth a long wait
        if self.nodes().len() > 1 {
            drop(self.bytes(PROBE));
        }
        self.canonical(Call { kind: Kind::Decided, ..Call::post("/v1/openings", &request.encode()) })
    }

    /// Hands a report to one node after the other until one says that it is on the ledger: what a node refuses, another may
    /// take. Returns which node said so, and the side-block where it made one.
    ///
    /// # Errors
    /// What a node said that refuses it, else why none can be asked.
    pub fn report(&self, report: &ReportEnvelope) -> Result<(NodeUrl, Option<SideBlockMade>), ClientError> {
        let (mut tried, mut failure): (Vec<Unreached>, Option<ClientError>) = (Vec::new(), None);
        let bytes = codec::encode(report);
        for node in self.each() {
            let Some(url) = node.nodes().first().cloned() else { continue };
            match node.json(Call { kind: Kind::Decided, ..Call::post("/v1/reports", &bytes) }) {
                Ok(made) => return Ok((url, Some(made))),
                Err(error) if error.code() == Some(REPORT_KNOWN) => return Ok((url, None)),
                Err(ClientError::Unreachable { tried: more }) => tried.extend(more),
                Err(error) if failure.as_ref().is_none_or(ClientError::is_unreachable) => failure = Some(error),
                Err(_) => {}
            }
        }
        Err(failure.unwrap_or(ClientError::Unreachable { tried }))
    }

    /// An opening: how far it is reported, whether access has ended since.
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
