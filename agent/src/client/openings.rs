//! Openings, reports and permissions of packages.

use super::misdirected::PROBE;
use super::times::Kind;
use super::transport::Call;
use super::{ClientError, NodeClient};
use medshare_exchange::api::{LeaseView, PermissionView, SideBlockMade};
use medshare_exchange::opening::{OpenAnswer, OpenRequest};
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, LeaseId};
use medshare_ledger::opening_proof::OpeningProof;

/// Code with which a node answers to a report that is on the ledger already: as good as an acknowledgement.
const REPORT_KNOWN: &str = "report-known";

impl NodeClient {
    /// Whether anybody is there: found out before something is asked whose end is worth a long wait.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn greet(&self) -> Result<(), ClientError> {
        self.bytes(PROBE).map(drop)
    }

    /// Asks for a package to be opened: the node records it on the ledger, then transforms.
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

    /// A proof of where an opening stands, still to be verified, after the node waited for at most `wait_ms` for the height that certifies
    /// what was decided last.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn opening_proof(&self, block: BlockId, lease: LeaseId, wait_ms: u64) -> Result<OpeningProof, ClientError> {
        let target = format!("/v1/leases/{block}/{lease}/proof?wait_ms={wait_ms}");
        self.canonical(Call { kind: Kind::AtHand { wait_ms }, ..Call::get(&target) })
    }

    /// The permission of the package of this parent block.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn permission(&self, block: BlockId) -> Result<PermissionView, ClientError> {
        self.json(Call::get(&format!("/v1/permissions/{block}")))
    }
}
