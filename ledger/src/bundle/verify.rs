//! Verifying a bundle with nothing but its bytes.

use super::audit::{Audit, whole};
use super::document::{Document, MAGIC};
use super::requests::Requests;
use super::{AuditReport, BundleError, Fault, MAX_BUNDLE_BYTES, PackageReport, Part, package, requests};
use crate::codec::decode_up_to;
use crate::entry::{Entry, Identity};
use crate::id::{NetworkId, RequestorId};
use crate::state::{AccessRecord, IdentityRecord, StateKey, Thread};
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
    let access = audit.access(&document)?;
    let mut requests = requests::verify(&mut audit, &document)?;
    let packages = audit.thread(&document, &identity, &mut requests)?;
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
        attributes: access.attributes,
        revocations: access.revocations.count,
        requests: requests.into_reports(),
        packages,
    })
}

impl Audit {
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

    /// The grants are all there ever were. Returns what is held, and how often all of it was taken away.
    fn access(&mut self, document: &Document) -> Result<AccessRecord, BundleError> {
        let requestor = self.requestor;
        let chain = self.chain(&document.grants, Part::Grant, |entry, _| match entry {
            Entry::AttributeGrant(grant, _) if grant.requestor == requestor => Ok(()),
            Entry::AttributeGrant(..) => Err(Fault::Unrelated),
            _ => Err(Fault::WrongKind),
        })?;
        let key = StateKey::Access(requestor);
        let proven = self.value::<AccessRecord>(Part::AccessProof, &document.access_proof, &key)?;
        let proven = proven.unwrap_or_default();
        whole(Part::AccessProof, proven.grants, chain)?;
        Ok(proven)
    }

    /// The packages are all there ever were, chained from the first to the proven head.
    fn thread(
        &mut self,
        document: &Document,
        identity: &Identity,
        requests: &mut Requests,
    ) -> Result<Vec<PackageReport>, BundleError> {
        let mut head = Hash32::ZERO;
        let mut reports = Vec::with_capacity(document.packages.len());
        for (number, package) in (1..).zip(&document.packages) {
            let report = package::verify(self, number, package, head, identity, requests)?;
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
}
