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
/// How long a node waits for the height that certifies what was decided last, in milliseconds.
const CERTIFIED_WITHIN_MS: u64 = 2_000;

/// Which proof is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certified {
    /// What is certified already.
    Already,
    /// What is decided already, which the next height certifies.
    NextHeight,
}

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

    /// A proof of where an opening stands, still to be verified.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn opening_proof(
        &self,
        block: BlockId,
        lease: LeaseId,
        certified: Certified,
    ) -> Result<OpeningProof, ClientError> {
        let wait_ms = match certified {
            Certified::Already => 0,
            Certified::NextHeight => CERTIFIED_WITHIN_MS,
        };
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
