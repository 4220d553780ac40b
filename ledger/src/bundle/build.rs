//! Making a bundle from what a node stores.

use super::MAX_BUNDLE_BYTES;
use super::document::{Document, MAGIC, Package, ProofBytes, Recorded};
use crate::batch::BatchHeader;
use crate::certificate::CommitCertificate;
use crate::codec::{CodecError, decode, encode};
use crate::entry::Entry;
use crate::entry_chain::EntryChain;
use crate::facts::GenesisFacts;
use crate::history::{HistoryLeaves, HistoryProofError, inclusion_proof};
use crate::id::{BlockId, RequestorId};
use crate::state::{AccessRecord, RequestsRecord, SideChain, StateFault, StateKey, Thread};
use crate::state_tree::StateProof;
use crate::trail::Trail;
use medshare_crypto::hash::Hash32;
use std::cell::Cell;

/// Where a bundle's parts come from. Entries are asked for in the order of the history, twice at most from the beginning: who keeps what it read
/// last reads a batch twice at most.
pub trait BundleSource: HistoryLeaves {
    /// Bytes of the entry at an index of the history.
    ///
    /// # Errors
    /// When it cannot be read.
    fn entry(&self, index: u64) -> Result<Vec<u8>, StateFault>;

    /// Indices of the applied entries of a trail, in order; also those after the anchor.
    ///
    /// # Errors
    /// When they cannot be read.
    fn trail(&self, trail: Trail) -> Result<Vec<u64>, StateFault>;

    /// Proof of a key in the state after a height.
    ///
    /// # Errors
    /// When it cannot be read.
    fn state_proof(&self, height: u64, key: &StateKey) -> Result<StateProof, StateFault>;
}

/// Why a bundle cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Nobody of this id was registered before the anchor.
    #[error("requestor {0} is not registered at this height")]
    UnknownRequestor(RequestorId),
    /// Nothing is decided yet.
    #[error("no batch is decided yet")]
    NothingDecided,
    /// The bundle would be longer than any that is read.
    #[error(
        "the bundle about this requestor is longer than {MAX_BUNDLE_BYTES} bytes, which is the longest that is read; read the thread and its blocks instead"
    )]
    TooLong,
    /// A stored entry or proof is damaged.
    #[error("what is stored does not fit together; rebuild the views from the log")]
    Damaged,
    /// The history cannot be read.
    #[error(transparent)]
    History(#[from] HistoryProofError),
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateFault),
}

impl From<CodecError> for BuildError {
    fn from(_: CodecError) -> Self {
        Self::Damaged
    }
}

/// The bundle of `requestor` as of `anchor`.
///
/// # Errors
/// [`BuildError`] when she is unknown or the source fails.
pub fn build(
    source: &impl BundleSource,
    genesis: &GenesisFacts,
    (anchor, certificate): (&BatchHeader, &CommitCertificate),
    requestor: RequestorId,
) -> Result<Vec<u8>, BuildError> {
    let height = anchor.height.0.checked_sub(1).ok_or(BuildError::NothingDecided)?;
    let room = Room(Cell::new(MAX_BUNDLE_BYTES));
    let parts = Parts { source, size: anchor.history_size, height, root: anchor.state_root, room };
    let (identity_proof, registered) = parts.prove(&StateKey::Identity(requestor))?;
    registered.ok_or(BuildError::UnknownRequestor(requestor))?;
    let (access_proof, access) = parts.prove(&StateKey::Access(requestor))?;
    let access = access.map(|bytes| decode::<AccessRecord>(&bytes)).transpose()?.unwrap_or_default();
    let (requests_proof, requests) = parts.prove(&StateKey::Requests(requestor))?;
    let requests = requests.map(|bytes| decode::<RequestsRecord>(&bytes)).transpose()?.unwrap_or_default();
    let (thread_proof, thread) = parts.prove(&StateKey::Thread(requestor))?;
    let blocks = thread.map(|bytes| decode::<Thread>(&bytes)).transpose()?.map_or(0, |thread| thread.count);
    let mut trails = parts.trails(&[
        (Trail::Identity(requestor), 1),
        (Trail::Grants(requestor), access.grants.count.into()),
        (Trail::Requests(requestor), requests.chain.count.into()),
        (Trail::Thread(requestor), blocks),
    ])?;
    let mut next = || trails.next().unwrap_or_default();
    let (identity, grants, requests, blocks) = (next().pop(), next(), next(), next());
    let document = Document {
        genesis: encode(genesis),
        anchor: encode(anchor),
        certificate: encode(certificate),
        requestor,
        identity: identity.ok_or(BuildError::Damaged)?,
        identity_proof,
        grants,
        access_proof,
        requests,
        requests_proof,
        packages: parts.packages(blocks)?,
        thread_proof,
    };
    let body = encode(&document);
    drop(document);
    let bundle = [MAGIC.as_slice(), &body].concat();
    if bundle.len() > MAX_BUNDLE_BYTES { Err(BuildError::TooLong) } else { Ok(bundle) }
}

struct Parts<'a, S> {
    source: &'a S,
    size: u64,
    height: u64,
    root: Hash32,
    room: Room,
}

/// Bytes by which the bundle may still grow: none is made, nor held in memory, that nobody reads.
struct Room(Cell<usize>);

impl Room {
    fn take(&self, bytes: usize) -> Result<(), BuildError> {
        self.0.set(self.0.get().checked_sub(bytes).ok_or(BuildError::TooLong)?);
        Ok(())
    }
}

impl<S: BundleSource> Parts<'_, S> {
    fn packages(&self, blocks: Vec<Recorded>) -> Result<Vec<Package>, BuildError> {
        let (mut packages, mut wanted) = (Vec::with_capacity(blocks.len()), Vec::new());
        for block in blocks {
            let Entry::ParentBlock(parent) = decode::<Entry>(&block.entry)? else { return Err(BuildError::Damaged) };
            let parent: BlockId = parent.id;
            let (side_chain_proof, chain) = self.prove(&StateKey::SideChain(parent))?;
            let chain = decode::<SideChain>(&chain.ok_or(BuildError::Damaged)?)?;
            let (decisions_proof, decisions) = self.prove(&StateKey::Decisions(parent))?;
            let decisions = decisions.map(|bytes| decode::<EntryChain>(&bytes)).transpose()?.unwrap_or_default();
            let (permission_proof, _) = self.prove(&StateKey::Permission(parent))?;
            wanted.push((Trail::SideBlocks(parent), chain.count.into()));
            wanted.push((Trail::Decisions(parent), decisions.count.into()));
            let (side_blocks, decisions) = (Vec::new(), Vec::new());
            let package =
                Package { block, side_blocks, side_chain_proof, decisions, decisions_proof, permission_proof };
            packages.push(package);
        }
        let mut trails = self.trails(&wanted)?;
        for package in &mut packages {
            package.side_blocks = trails.next().unwrap_or_default();
            package.decisions = trails.next().unwrap_or_default();
        }
        Ok(packages)
    }

    /// Of each trail its first so many entries: those that the anchor's state knows. All are read in the order of the history, whatever
    /// trail they are of.
    fn trails(&self, wanted: &[(Trail, u64)]) -> Result<std::vec::IntoIter<Vec<Recorded>>, BuildError> {
        let mut places = Vec::new();
        for (number, (trail, count)) in wanted.iter().enumerate() {
            let count = usize::try_from(*count).map_err(|_| BuildError::Damaged)?;
            places.extend(self.source.trail(*trail)?.into_iter().take(count).map(|index| (index, number)));
        }
        places.sort_unstable();
        let mut trails: Vec<Vec<Recorded>> = wanted.iter().map(|_| Vec::new()).collect();
        for (index, number) in places {
            let recorded = self.recorded(index)?;
            trails.get_mut(number).ok_or(BuildError::Damaged)?.push(recorded);
        }
        Ok(trails.into_iter())
    }

    fn recorded(&self, index: u64) -> Result<Recorded, BuildError> {
        let path = inclusion_proof(self.source, index, self.size)?;
        let entry = self.source.entry(index)?;
        self.room.take(entry.len().saturating_add(size_of_val(path.as_slice())))?;
        Ok(Recorded { entry, index, path })
    }

    fn prove(&self, key: &StateKey) -> Result<(ProofBytes, Option<Vec<u8>>), BuildError> {
        let proof = self.source.state_proof(self.height, key)?;
        let value = proof.verify(&self.root, key).map_err(|_| BuildError::Damaged)?.map(<[u8]>::to_vec);
        let proof = ProofBytes::from(proof);
        self.room.take(proof.0.len())?;
        Ok((proof, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_nobody_reads_is_not_made() {
        let room = Room(Cell::new(3));
        assert!(room.take(2).is_ok() && room.take(1).is_ok());
        assert!(matches!(room.take(1), Err(BuildError::TooLong)));
        assert!(room.take(0).is_ok());
    }
}
