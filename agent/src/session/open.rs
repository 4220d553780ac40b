//! Opening: lease, the node's record and transform, the data key, the first report.

use super::contract::Guard;
use super::{Agent, Session, SessionError, session_folder};
use crate::client::ClientError;
use crate::clock;
use crate::vault::{SessionRecord, Vault};
use medshare_contract_abi::usage::{Decision, UsageCall};
use medshare_crypto::abe::{Ciphertext, Transform};
use medshare_crypto::sign::SigningKey;
use medshare_crypto::stream::DataKey;
use medshare_exchange::api::SideBlockMade;
use medshare_exchange::opening::{OpenAnswer, OpenRequest};
use medshare_ledger::codec;
use medshare_ledger::id::{LeaseId, NodeId, SideBlockId, Timestamp};
use medshare_ledger::side_block::{Lease, Predecessor};
use rand_core::{OsRng, RngCore as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::package_file::PackageFile;

/// Codes of a node whose ledger does not have yet what the opening states of the one before.
const BEHIND: [&str; 2] = ["reports-missing", "unknown-predecessor"];
/// How often an opening is asked for while a node is behind.
const ATTEMPTS: u32 = 20;
/// Pause before it is asked for again.
const PAUSE: Duration = Duration::from_millis(100);

/// What an opening left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The side-block that records the opening.
    pub opening: SideBlockId,
    /// The side-block that records the report "decrypted data", where the contract made one.
    pub report: Option<SideBlockMade>,
    /// The lease.
    pub lease: LeaseId,
    /// Until when reports are taken under it.
    pub expires: Timestamp,
    /// Where the session is kept.
    pub folder: PathBuf,
}

impl<'a> Agent<'a> {
    /// Opens a package and starts a session; a session before it ends.
    ///
    /// # Errors
    /// [`SessionError::Unreported`] or [`SessionError::Missing`] while a report of the session before is not on the ledger,
    /// [`SessionError::Node`] when the node refuses, [`SessionError::Transform`] when its answer does not open the package,
    /// [`SessionError::Retrieved`] or [`SessionError::Destroyed`] when the owner called the data back.
    pub fn open(&self, package: &Path, vault: Option<&Path>) -> Result<(Session<'a>, Opened), SessionError> {
        let package = self.own_package(package)?;
        let vault = Vault::take(&session_folder(&package, vault))?;
        let guard = Guard::of(package.manifest())?;
        let (package, vault, guard, previous) = match vault.load(package.id(), &self.keys.sealing)? {
            None => (package, vault, guard, None),
            Some(record) => {
                let mut earlier = Session { agent: *self, package, vault, guard, record };
                let previous = earlier.conclude()?;
                (earlier.package, earlier.vault, earlier.guard, Some(previous))
            }
        };
        let agent = SigningKey::generate(&mut OsRng);
        let lease = |node| Lease { previous, ..self.lease(&package, node, &agent) };
        let (lease, opening, data_key) = self.ask(&package, lease)?;
        let record = SessionRecord::opened(lease.clone(), &data_key, &agent);
        let mut session = Session { agent: *self, package, vault, guard, record };
        let outcome = session.run(UsageCall::Opened)?;
        // the ledger has all reports of before, or it would not have taken the opening that states them
        session.vault.discard_reports()?;
        let report = session.deliver_pending()?;
        if let Decision::Refuse(code) = outcome.decision {
            return Err(SessionError::Refused(code));
        }
        let opened =
            Opened { opening, report, lease: lease.id, expires: lease.expires, folder: session.folder().to_owned() };
        Ok((session, opened))
    }

    /// A lease for a node, as long as the network allows, but not longer than the package lives.
    fn lease(&self, package: &PackageFile, node: NodeId, agent: &SigningKey) -> Lease {
        let created = clock::now();
        let longest = created.plus_ms(self.facts.parameters().max_lease_ms);
        let expires = match package.manifest().expires {
            Timestamp(0) => longest,
            end => longest.min(end),
        };
        let mut id = [0; 16];
        OsRng.fill_bytes(&mut id);
        let (id, parent, agent) = (LeaseId::from_bytes(id), package.block(), agent.verifying_key());
        Lease { id, parent, node, agent, created, expires, previous: None }
    }

    /// Asks for the opening, and again while a node does not have yet what another node showed of the session before.
    fn opened(&self, made: impl Fn(NodeId) -> OpenRequest) -> Result<(OpenRequest, OpenAnswer), ClientError> {
        for _ in 1..ATTEMPTS {
            match self.node.open(&made) {
                Err(error) if error.code().is_some_and(|code| BEHIND.contains(&code)) => std::thread::sleep(PAUSE),
                answer => return answer,
            }
        }
        self.node.open(made)
    }

    /// Asks a node for the opening and derives the data key from what it answers. Returns the lease that this node was given.
    fn ask(
        &self,
        package: &PackageFile,
        lease: impl Fn(NodeId) -> Lease,
    ) -> Result<(Lease, SideBlockId, DataKey), SessionError> {
        let manifest = package.manifest();
        let made = |node| {
            let lease = lease(node);
            OpenRequest {
                requestor_signature: self.keys.signing.sign(&lease),
                lease,
                payload_digest: package.package().payload_digest,
                manifest: codec::encode(manifest),
            }
        };
        let (OpenRequest { lease, .. }, answer) = self.opened(made)?;
        let wrong = |_| SessionError::Transform;
        let ciphertext = Ciphertext::from_bytes(&manifest.attribute_block).map_err(wrong)?;
        let transform = Transform::from_bytes(&answer.transform).map_err(wrong)?;
        let secret = self
            .keys
            .attributes
            .recover(&ciphertext, &transform, &manifest.attribute_context())
            .map_err(|_| SessionError::Transform)?;
        let data_key = package.package().data_key(&secret, &self.keys.sealing)?;
        Ok((lease, answer.side_block, data_key))
    }
}

impl Session<'_> {
    /// Ends a session before the package is opened again: what it still has to report is sent, and data that the owner called back is
    /// destroyed. The next opening has to state all reports, so that none is left behind. Returns what it states.
    fn conclude(&mut self) -> Result<Predecessor, SessionError> {
        self.settle()?;
        Ok(self.record.as_predecessor())
    }
}
