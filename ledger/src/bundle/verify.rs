//! Verifying a bundle with nothing but its bytes.

use super::document::{Document, MAGIC, ProofBytes, Recorded};
use super::{AuditReport, BundleError, Fault, MAX_BUNDLE_BYTES, Part, package};
use crate::batch::BatchHeader;
use crate::certificate::CommitCertificate;
use crate::check::{VerifiedEntry, check_entry};
use crate::codec::{Canonical, decode, decode_up_to};
use crate::entry::{Entry, Identity};
use crate::facts::{GenesisFacts, NetworkFacts};
use crate::history::{HistoryProofError, verify_inclusion};
use crate::id::{NetworkId, RequestorId};
use crate::state::{AccessRecord, EntryChain, IdentityRecord, StateKey, Thread};
use crate::state_tree::StateProof;
use medshare_crypto::hash::Hash32;

/// Verifies a bundle offline. Without `expected_network` the caller must compare the report's network with the one it means.
///
/// # Errors
/// [`BundleError`] names the first part at fault.
pub fn verify(bytes: &[u8], expected_network: Option<NetworkId>) -> Result<AuditReport, BundleError> {
    let body = bytes.strip_prefix(MAGIC).ok_or_else(|| Part::Framing.error(Fault::NotABundle))?;
    let document = decode_up_to::<Document, MAX_BUNDLE_BYTES>(body).map_err(|error| Part::Framing.error(error))?;
    let (mut audit, certificate) = Audit::begin(&document, expected_network)?;
    let identity = audit.identity(&document)?;
    let attributes = audit.access(&document)?;
    let packages = audit.thread(&document, &identity)?;
    Ok(AuditReport {
        network: audit.anchor.network,
        height: audit.anchor.height,
        time: audit.anchor.time,
        signers: certificate.signatures.len(),
        history_size: audit.anchor.history_size,
        entries: audit.entries,
        state_proofs: audit.state_proofs,
        requestor: document.requestor,
        grants: u32::try_from(document.grants.len()).unwrap_or(u32::MAX),
        attributes,
        packages,
    })
}

/// What a bundle's parts are verified against, and how many were.
pub(super) struct Audit {
    facts: NetworkFacts,
    anchor: BatchHeader,
    pub(super) requestor: RequestorId,
    entries: usize,
    state_proofs: usize,
}

impl Audit {
    /// Genesis, anchor and certificate: what everything else rests on.
    fn begin(document: &Document, expected: Option<NetworkId>) -> Result<(Self, CommitCertificate), BundleError> {
        let anchor = part::<BatchHeader>(Part::Anchor, &document.anchor)?;
        let certificate = part::<CommitCertificate>(Part::Certificate, &document.certificate)?;
        if certificate.value != anchor.hash() || certificate.height != anchor.height {
            return Err(Part::Anchor.error(Fault::ForeignCertificate));
        }
        let genesis = part::<GenesisFacts>(Part::Genesis, &document.genesis)?;
        if genesis.network_id() != anchor.network {
            return Err(Part::Genesis.error(Fault::ForeignGenesis));
        }
        if expected.is_some_and(|expected| expected != anchor.network) {
            return Err(Part::Genesis.error(Fault::OtherNetwork));
        }
        let facts = NetworkFacts::new(genesis).map_err(|error| Part::Genesis.error(error))?;
        if anchor.validators != facts.validators().hash() {
            return Err(Part::Anchor.error(Fault::ForeignValidators));
        }
        certificate.verify(facts.network(), facts.validators()).map_err(|error| Part::Certificate.error(error))?;
        let audit = Self { facts, anchor, requestor: document.requestor, entries: 0, state_proofs: 0 };
        Ok((audit, certificate))
    }

    fn identity(&mut self, document: &Document) -> Result<Identity, BundleError> {
        let entry = self.entry(Part::Identity, &document.identity)?;
        let Entry::Identity(identity, ..) = entry.entry() else {
            return Err(Part::Identity.error(Fault::WrongKind));
        };
        if RequestorId::of_key(&identity.key) != self.requestor {
            return Err(Part::Identity.error(Fault::Unrelated));
        }
        let key = StateKey::Identity(self.requestor);
        let proven = self.value::<IdentityRecord>(Part::IdentityProof, &document.identity_proof, &key)?;
        let expected = IdentityRecord { identity: identity.clone(), entry: entry.hash() };
        if proven.as_ref() != Some(&expected) {
            return Err(Part::IdentityProof.error(Fault::Disagrees));
        }
        Ok(identity.clone())
    }

    /// The grants are all there ever were. Returns the attributes held.
    fn access(&mut self, document: &Document) -> Result<Vec<String>, BundleError> {
        let mut chain = EntryChain::default();
        for (number, recorded) in (1..).zip(&document.grants) {
            let part = Part::Grant(number);
            let entry = self.entry(part, recorded)?;
            match entry.entry() {
                Entry::AttributeGrant(grant, _) if grant.requestor == self.requestor => {}
                Entry::AttributeGrant(..) => return Err(part.error(Fault::Unrelated)),
                _ => return Err(part.error(Fault::WrongKind)),
            }
            chain = chain.extended(&entry.hash());
        }
        let key = StateKey::Access(self.requestor);
        let proven = self.value::<AccessRecord>(Part::AccessProof, &document.access_proof, &key)?;
        let proven = proven.unwrap_or_default();
        if proven.grants != chain {
            let (expected, actual) = (proven.grants.count.into(), chain.count.into());
            return Err(Part::AccessProof.error(Fault::Incomplete { expected, actual }));
        }
        Ok(proven.attributes)
    }

    /// The packages are all there ever were, chained from the first to the proven head.
    fn thread(&mut self, document: &Document, identity: &Identity) -> Result<Vec<super::PackageReport>, BundleError> {
        let mut head = Hash32::ZERO;
        let mut reports = Vec::with_capacity(document.packages.len());
        for (number, package) in (1..).zip(&document.packages) {
            let report = package::verify(self, number, package, head, identity)?;
            head = report.parent.as_hash();
            reports.push(report);
        }
        let key = StateKey::Thread(self.requestor);
        let proven = self.value::<Thread>(Part::ThreadProof, &document.thread_proof, &key)?;
        let (count, end) = proven.map_or((0, Hash32::ZERO), |thread| (thread.count, thread.head.as_hash()));
        let actual = reports.len() as u64;
        if (count, end) != (actual, head) {
            return Err(Part::ThreadProof.error(Fault::Incomplete { expected: count, actual }));
        }
        Ok(reports)
    }

    /// An entry: its shape and signatures, then its place in the history.
    pub(super) fn entry(&mut self, part: Part, recorded: &Recorded) -> Result<VerifiedEntry, BundleError> {
        let entry = decode::<Entry>(&recorded.entry).map_err(|error| part.error(error))?;
        let entry = check_entry(entry, &self.facts).map_err(|rejection| part.error(rejection))?;
        self.included(&entry, recorded).map_err(|error| part.error(error))?;
        self.entries += 1;
        Ok(entry)
    }

    fn included(&self, entry: &VerifiedEntry, recorded: &Recorded) -> Result<(), HistoryProofError> {
        let BatchHeader { history_size, history_root, .. } = &self.anchor;
        verify_inclusion(entry.leaf(), recorded.index, *history_size, &recorded.path, history_root)
    }

    /// What the state proves to stand at `key`, in the ledger's codec.
    pub(super) fn value<T: Canonical>(
        &mut self,
        part: Part,
        proof: &ProofBytes,
        key: &StateKey,
    ) -> Result<Option<T>, BundleError> {
        let Some(bytes) = self.proven(part, proof, key)? else { return Ok(None) };
        decode(&bytes).map(Some).map_err(|_| part.error(Fault::MalformedValue))
    }

    /// The bytes that the state proves to stand at `key`.
    pub(super) fn proven(
        &mut self,
        part: Part,
        proof: &ProofBytes,
        key: &StateKey,
    ) -> Result<Option<Vec<u8>>, BundleError> {
        let proof = decode::<StateProof>(&proof.0).map_err(|error| part.error(error))?;
        let value = proof.verify(&self.anchor.state_root, key).map_err(|error| part.error(error))?;
        self.state_proofs += 1;
        Ok(value.map(<[u8]>::to_vec))
    }
}

fn part<T: Canonical>(part: Part, bytes: &[u8]) -> Result<T, BundleError> {
    decode(bytes).map_err(|error| part.error(error))
}
