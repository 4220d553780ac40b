//! Opening: lease, the node's record and transform, the data key, the first report.

use super::conclude::Concluded;
use super::contract::Guard;
use super::delivery::told;
use super::owed::Owed;
use super::recorded::Told;
use super::{Agent, Session, SessionError, session_folder};
use crate::client::{Certified, ClientError, NodeClient};
use crate::clock;
use crate::vault::{MadeReport, SessionRecord, Vault};
use medshare_contract_abi::usage::{Decision, RefusalCode, UsageCall};
use medshare_crypto::abe::{Ciphertext, Transform};
use medshare_crypto::sign::{SigningKey, VerifyingKey};
use medshare_crypto::stream::DataKey;
use medshare_exchange::api::SideBlockMade;
use medshare_exchange::opening::OpenRequest;
use medshare_ledger::codec;
use medshare_ledger::id::{LeaseId, NodeId, SideBlockId, Timestamp};
use medshare_ledger::side_block::Lease;
use rand_core::{OsRng, RngCore as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::package_file::PackageFile;

/// Codes of a node whose ledger does not have yet what the opening states of the one before.
const BEHIND: [&str; 2] = ["reports-missing", "unknown-predecessor"];
/// How long an opening is asked for while a node says that it is behind, however long it takes to say so: the lease of the next node is signed
/// within the time in which this one can still be recorded, by which auditors know that both were one asking.
const BEHIND_FOR: Duration = Duration::from_secs(3);
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
    /// The node, as it was named, that said of the opening before that it had recorded it, where it is not on the ledger.
    pub disowned: Option<String>,
}

/// An opening that a node says it recorded, and what it answered.
struct Granted {
    lease: Lease,
    node: String,
    opening: SideBlockId,
    data_key: DataKey,
    /// A node asked before that only pretended to have recorded one.
    passed_over: Option<String>,
}

impl<'a> Agent<'a> {
    /// Opens a package and starts a session; a session before it ends.
    ///
    /// # Errors
    /// [`SessionError::Unreported`] or [`SessionError::Missing`] while a report of the session before is not on the ledger,
    /// [`SessionError::OpenedUnconfirmed`] when nobody confirms the report of the opening, [`SessionError::Node`] when the nodes refuse,
    /// [`SessionError::Transform`] when no answer opens the package, [`SessionError::Retrieved`] or [`SessionError::Destroyed`] when the
    /// owner called the data back, [`SessionError::Violation`] when one of before was still to be reported and was now, which ended access.
    pub fn open(&self, package: &Path, vault: Option<&Path>) -> Result<(Session<'a>, Opened), SessionError> {
        let mut package = self.own_package(package)?;
        let vault = Vault::take(&session_folder(&package, vault))?;
        let guard = Guard::of(package.manifest())?;
        let stored = self.stored(&vault, &mut package)?;
        let (package, vault, guard, before) = match stored {
            None => (package, vault, guard, Concluded::default()),
            Some(record) => {
                let mut earlier = Session { agent: *self, package, vault, guard, record, told: Told::default() };
                let before = earlier.conclude()?;
                (earlier.package, earlier.vault, earlier.guard, before)
            }
        };
        let left = self.left(&vault)?;
        let key = SigningKey::generate(&mut OsRng);
        let granted = match vault.make_room() {
            Err(error) => Err(SessionError::unprepared(vault.folder(), error)),
            Ok(()) => self.ask_each(&package, &key, &before).inspect_err(|_| {
                // why it is refused says more than that its room is not free
                drop(vault.give_session_room_back());
            }),
        };
        // behind the opening; what keeps that back keeps no report back
        self.hand_in(&left);
        let Granted { lease, node, opening, data_key, passed_over } = granted?;
        let mut record = SessionRecord::opened(lease.clone(), node, &data_key, &key);
        (record.recorded, record.anew) = (before.recorded, before.anew);
        let mut session = Session { agent: *self, package, vault, guard, record, told: Told::default() };
        let outcome = session.run(UsageCall::Opened)?;
        let taken = session.deliver_pending().map_err(|error| match error {
            SessionError::Node(source) if source.is_unreachable() => SessionError::OpenedUnconfirmed { source },
            other => other,
        });
        let report = taken?.into_iter().find_map(|taken| taken.made);
        if let Decision::Refuse(code) = outcome.decision {
            return Err(SessionError::Refused(code));
        }
        if let Owed::Made(action) = session.make_owed()? {
            return Err(session.tell_violation(action, RefusalCode::NotPermitted));
        }
        let (folder, disowned) = (session.folder().to_owned(), passed_over.or(before.disowned));
        let opened = Opened { opening, report, lease: lease.id, expires: lease.expires, folder, disowned };
        Ok((session, opened))
    }

    /// The reports that the session before, or one that was lost, left behind. What of them, or of violations that are to be reported anew,
    /// cannot be read is told before anything is recorded, and keeps no other back.
    fn left(&self, vault: &Vault) -> Result<Vec<MadeReport>, SessionError> {
        let looked = vault.owed_reports().and_then(|_| vault.kept_reports());
        if looked.is_err() {
            self.hand_in(&vault.readable_kept());
        }
        Ok(looked?)
    }

    /// Asks the nodes in turn, each under a lease of its own: one that says no, whose answer does not open the package, or whose opening
    /// nobody proves to be on the ledger, may be the one that lies. That of the opening before is asked last. All leases are for one agent's
    /// key: by that an auditor knows the opening of a node that was asked in vain and recorded it late.
    fn ask_each(&self, package: &PackageFile, key: &SigningKey, before: &Concluded) -> Result<Granted, SessionError> {
        let (mut failure, mut is_wrong, mut unproven) = (None, false, None::<Granted>);
        let is_alone = self.node.nodes().len() == 1;
        let is_last = |node: &NodeClient| before.disowned.as_ref() == Some(&node.name());
        let nodes = self.node.each().filter(|node| !is_last(node)).chain(self.node.each().filter(is_last));
        for node in nodes {
            let id = match node.id() {
                Ok(id) => id,
                Err(error) => {
                    failure = Some(told(failure, error));
                    continue;
                }
            };
            let lease = Lease { previous: before.previous, ..self.lease(package, id, key.verifying_key()) };
            match self.ask(&node, package, lease) {
                Ok(granted) if is_alone || self.is_recorded(&granted.lease) => {
                    return Ok(Granted { passed_over: unproven.map(|passed_over| passed_over.node), ..granted });
                }
                Ok(granted) => unproven = unproven.or(Some(granted)),
                Err(SessionError::Node(error)) => failure = Some(told(failure, error)),
                Err(SessionError::Transform) => is_wrong = true,
                Err(other) => return Err(other),
            }
        }
        match (failure, unproven) {
            (Some(error), _) if !error.is_unreachable() => Err(error.into()),
            // nobody says otherwise
            (_, Some(granted)) => Ok(granted),
            _ if is_wrong => Err(SessionError::Transform),
            (failure, None) => Err(failure.unwrap_or(ClientError::NoNode).into()),
        }
    }

    /// Whether any node proves that an opening is on the ledger.
    fn is_recorded(&self, lease: &Lease) -> bool {
        self.proven((lease.parent, lease.id), Certified::NextHeight, |standing| standing.lease.is_some()).is_some()
    }

    /// A lease for a node, as long as the network allows, but not longer than the package lives.
    fn lease(&self, package: &PackageFile, node: NodeId, agent: VerifyingKey) -> Lease {
        let created = clock::now();
        let longest = created.plus_ms(self.facts.parameters().max_lease_ms);
        let expires = match package.manifest().expires {
            Timestamp(0) => longest,
            end => longest.min(end),
        };
        let mut id = [0; 16];
        OsRng.fill_bytes(&mut id);
        let (id, parent) = (LeaseId::from_bytes(id), package.block());
        Lease { id, parent, node, agent, created, expires, previous: None }
    }

    /// Asks a node for the opening and derives the data key from what it answers.
    fn ask(&self, node: &NodeClient, package: &PackageFile, lease: Lease) -> Result<Granted, SessionError> {
        let manifest = package.manifest();
        let request = OpenRequest {
            lease: lease.clone(),
            requestor_signature: self.keys.signing.sign(&lease),
            payload_digest: package.package().payload_digest,
            manifest: codec::encode(manifest),
        };
        let answer = while_behind(BEHIND_FOR, || node.open(&request))?;
        let wrong = |_| SessionError::Transform;
        let ciphertext = Ciphertext::from_bytes(&manifest.attribute_block).map_err(wrong)?;
        let transform = Transform::from_bytes(&answer.transform).map_err(wrong)?;
        let secret = self
            .keys
            .attributes
            .recover(&ciphertext, &transform, &manifest.attribute_context())
            .map_err(|_| SessionError::Transform)?;
        let data_key = package.package().data_key(&secret, &self.keys.sealing)?;
        Ok(Granted { lease, node: node.name(), opening: answer.side_block, data_key, passed_over: None })
    }
}

/// Asks a node, and again for a moment while it does not have yet what another node showed of the session before.
fn while_behind<T>(wait: Duration, mut ask: impl FnMut() -> Result<T, ClientError>) -> Result<T, ClientError> {
    let began = Instant::now();
    loop {
        let answer = ask();
        let is_behind = answer.as_ref().is_err_and(|error| error.code().is_some_and(|code| BEHIND.contains(&code)));
        if !is_behind || began.elapsed() >= wait {
            return answer;
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_exchange::api::ApiError;

    #[test]
    fn a_node_that_says_that_it_is_behind_is_waited_for_a_moment() {
        let no = |code: &str| ClientError::Refused {
            node: "http://localhost:1".parse().unwrap(),
            status: 409,
            error: Box::new(ApiError::new(code, "no")),
        };
        let asked = |wait: Duration, answers: [Result<(), ClientError>; 2]| {
            let mut answers = answers.into_iter();
            let _answer = while_behind(wait, || answers.next().unwrap());
            2 - answers.len()
        };
        assert_eq!(asked(Duration::MAX, [Err(no(BEHIND[0])), Ok(())]), 2);
        assert_eq!(asked(Duration::MAX, [Err(no("revoked")), Ok(())]), 1);
        assert_eq!(asked(Duration::ZERO, [Err(no(BEHIND[1])), Ok(())]), 1, "it took its time to say so");
    }
}
