//! Openings, reports and permissions of packages.

use super::times::Kind;
use super::transport::{Call, parsed};
use super::{ClientError, NodeClient, NodeUrl, Unreached};
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
    /// Asks one node after the other for a package to be opened, until one can serve: it records the opening on the ledger, then
    /// transforms. Each is asked with what `made` signs for it, since a lease serves the node that it names. Returns that, and the
    /// answer.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with a code such as `revoked`, `not-satisfied`, `expired` or `retrieved`.
    pub fn open(&self, made: impl Fn(NodeId) -> OpenRequest) -> Result<(OpenRequest, OpenAnswer), ClientError> {
        let (mut tried, mut unavailable): (Vec<Unreached>, Option<ClientError>) = (Vec::new(), None);
        for node in self.each() {
            // a node that hangs is found out here, before something is asked of it whose end is worth a long wait
            let asked = node.id().map(&made).and_then(|request| {
                let bytes = request.encode();
                let call = Call { kind: Kind::Decided, ..Call::post("/v1/openings", &bytes) };
                node.canonical(call).map(|answer| (request, answer))
            });
            match asked {
                Err(ClientError::Unreachable { tried: more }) => tried.extend(more),
                Err(error @ ClientError::Refused { .. }) if error.is_unreachable() => {
                    unavailable.get_or_insert(error);
                }
                answered => return answered,
            }
        }
        Err(unavailable.unwrap_or(ClientError::Unreachable { tried }))
    }

    /// NID of the node, as it says itself.
    fn id(&self) -> Result<NodeId, ClientError> {
        let (node, bytes) = self.bytes(Call { kind: Kind::Probe, ..Call::get("/v1/status") })?;
        let said: Named = parsed(node.clone(), &bytes)?;
        let unknown = |_| ClientError::Answer { node, reason: "it does not say which node it is".to_owned() };
        said.node.parse().map_err(unknown)
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
