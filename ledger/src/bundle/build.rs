//! Making a bundle from what a node stores.

use super::document::{Document, MAGIC, Package, ProofBytes, Recorded};
use crate::batch::BatchHeader;
use crate::certificate::CommitCertificate;
use crate::codec::{CodecError, decode, encode};
use crate::entry::Entry;
use crate::facts::GenesisFacts;
use crate::history::{HistoryLeaves, HistoryProofError, inclusion_proof};
use crate::id::{BlockId, RequestorId};
use crate::state::{AccessRecord, EntryChain, RequestsRecord, SideChain, StateFault, StateKey, Thread};
use crate::state_tree::StateProof;
use crate::trail::Trail;
use medshare_crypto::hash::Hash32;

/// Where a bundle's parts come from.
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
    let parts = Parts { source, size: anchor.history_size, height, root: anchor.state_root };
    let (identity_proof, registered) = parts.prove(&StateKey::Identity(requestor))?;
    registered.ok_or(BuildError::UnknownRequestor(requestor))?;
    let (access_proof, access) = parts.prove(&StateKey::Access(requestor))?;
    let access = access.map(|bytes| decode::<AccessRecord>(&bytes)).transpose()?.unwrap_or_default();
    let (requests_proof, requests) = parts.prove(&StateKey::Requests(requestor))?;
    let requests = requests.map(|bytes| decode::<RequestsRecord>(&bytes)).transpose()?.unwrap_or_default();
    let (thread_proof, thread) = parts.prove(&StateKey::Thread(requestor))?;
    let blocks = thread.map(|bytes| decode::<Thread>(&bytes)).transpose()?.map_or(0, |thread| thread.count);
    let mut identity = parts.trail(Trail::Identity(requestor), 1)?;
    let document = Document {
        genesis: encode(genesis),
        anchor: encode(anchor),
        certificate: encode(certificate),
        requestor,
        identity: identity.pop().ok_or(BuildError::Damaged)?,
        identity_proof,
        grants: parts.trail(Trail::Grants(requestor), access.grants.count.into())?,
        access_proof,
        requests: parts.trail(Trail::Requests(requestor), requests.chain.count.into())?,
        requests_proof,
        packages: parts
            .trail(Trail::Thread(requestor), blocks)?
            .into_iter()
            .map(|block| parts.package(block))
            .collect::<Result<_, _>>()?,
        thread_proof,
    };
    Ok([MAGIC.as_slice(), &encode(&document)].concat())
}

struct Parts<'a, S> {
    source: &'a S,
    size: u64,
    height: u64,
    root: Hash32,
}

impl<S: BundleSource> Parts<'_, S> {
    fn package(&self, block: Recorded) -> Result<Package, BuildError> {
        let Entry::ParentBlock(parent) = decode::<Entry>(&block.entry)? else { return Err(BuildError::Damaged) };
        let parent: BlockId = parent.id;
        let (side_chain_proof, chain) = self.prove(&StateKey::SideChain(parent))?;
        let chain = decode::<SideChain>(&chain.ok_or(BuildError::Damaged)?)?;
        let (decisions_proof, decisions) = self.prove(&StateKey::Decisions(parent))?;
        let decisions = decisions.map(|bytes| decode::<EntryChain>(&bytes)).transpose()?.unwrap_or_default();
        let (permission_proof, _) = self.prove(&StateKey::Permission(parent))?;
        Ok(Package {
            block,
            side_blocks: self.trail(Trail::SideBlocks(parent), chain.count.into())?,
            side_chain_proof,
            decisions: self.trail(Trail::Decisions(parent), decisions.count.into())?,
            decisions_proof,
            permission_proof,
        })
    }

    /// The first `count` entries of a trail: those that the anchor's state knows.
    fn trail(&self, trail: Trail, count: u64) -> Result<Vec<Recorded>, BuildError> {
        let count = usize::try_from(count).map_err(|_| BuildError::Damaged)?;
        let indices = self.source.trail(trail)?;
        indices.into_iter().take(count).map(|index| self.recorded(index)).collect()
    }

    fn recorded(&self, index: u64) -> Result<Recorded, BuildError> {
        let path = inclusion_proof(self.source, index, self.size)?;
        Ok(Recorded { entry: self.source.entry(index)?, index, path })
    }

    fn prove(&self, key: &StateKey) -> Result<(ProofBytes, Option<Vec<u8>>), BuildError> {
        let proof = self.source.state_proof(self.height, key)?;
        let value = proof.verify(&self.root, key).map_err(|_| BuildError::Damaged)?.map(<[u8]>::to_vec);
        Ok((proof.into(), value))
    }
}
