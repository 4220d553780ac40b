//! What the parts of a bundle are verified against: the anchor, by history and state.

use super::document::{Document, ProofBytes, Recorded};
use super::{BundleError, Fault, Part};
use crate::batch::BatchHeader;
use crate::certificate::CommitCertificate;
use crate::check::{VerifiedEntry, check_entry};
use crate::codec::{Canonical, decode};
use crate::entry::Entry;
use crate::entry_chain::EntryChain;
use crate::facts::{GenesisFacts, NetworkFacts};
use crate::history::{HistoryProofError, verify_inclusion};
use crate::id::{NetworkId, RequestorId};
use crate::state::StateKey;
use crate::state_tree::StateProof;

/// What a bundle's parts are verified against, and how many were.
pub(super) struct Audit {
    facts: NetworkFacts,
    pub(super) anchor: BatchHeader,
    pub(super) requestor: RequestorId,
    pub(super) entries: usize,
    pub(super) state_proofs: usize,
}

impl Audit {
    /// Genesis, anchor and certificate: what everything else rests on.
    pub(super) fn begin(
        document: &Document,
        expected: Option<NetworkId>,
    ) -> Result<(Self, CommitCertificate), BundleError> {
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

    /// An entry: its shape and signatures, then its place in the history.
    pub(super) fn entry(&mut self, part: Part, recorded: &Recorded) -> Result<VerifiedEntry, BundleError> {
        let entry = decode::<Entry>(&recorded.entry).map_err(|error| part.error(error))?;
        let entry = check_entry(entry, &self.facts).map_err(|rejection| part.error(rejection))?;
        self.included(&entry, recorded).map_err(|error| part.error(error))?;
        self.entries += 1;
        Ok(entry)
    }

    /// The chain that entries make, each of which belongs there as `take` says. Whether it is [`whole`] is for who knows what is proven.
    pub(super) fn chain(
        &mut self,
        entries: &[Recorded],
        part: impl Fn(usize) -> Part,
        mut take: impl FnMut(&Entry, &Recorded) -> Result<(), Fault>,
    ) -> Result<EntryChain, BundleError> {
        let mut chain = EntryChain::default();
        for (number, recorded) in (1..).zip(entries) {
            let entry = self.entry(part(number), recorded)?;
            take(entry.entry(), recorded).map_err(|fault| part(number).error(fault))?;
            chain = chain.extended(&entry.hash());
        }
        Ok(chain)
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

/// The entries of a chain are all that the state counts.
pub(super) fn whole(part: Part, proven: EntryChain, chain: EntryChain) -> Result<(), BundleError> {
    if proven == chain {
        return Ok(());
    }
    let (expected, actual) = (proven.count.into(), chain.count.into());
    Err(part.error(Fault::Incomplete { expected, actual }))
}

fn part<T: Canonical>(part: Part, bytes: &[u8]) -> Result<T, BundleError> {
    decode(bytes).map_err(|error| part.error(error))
}
