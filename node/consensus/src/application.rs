//! What consensus asks of the state machine that it orders batches for.
//!
//! Everything is bytes and hashes: what a batch holds, how it is checked and executed, is the application's own business. One task
//! owns the application and calls it one message at a time, so a call that lasts long delays votes: execute contracts elsewhere.
//! Checks go on beside it.

use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;

use bytes::Bytes;
use medshare_crypto::hash::Hash32;
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::id::{Height, NodeId};
use medshare_ledger::validator::ValidatorSet;

pub use medshare_node_store::log::DecidedBatch;

use super::fault::Fault;

/// A batch that consensus is asked to decide, and the hash that votes name it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Canonical bytes of the batch, at most [`MAX_BATCH_BYTES`](crate::MAX_BATCH_BYTES).
    pub bytes: Bytes,
    /// What validators vote on.
    pub hash: Hash32,
}

/// What the application thinks of a batch that somebody proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// May be voted for, under this hash.
    Valid(Hash32),
    /// Must not be voted for.
    Invalid {
        /// Why, for this node's log.
        reason: String,
    },
}

/// A check, which needs nothing of the application any more.
pub type Checking = Pin<Box<dyn Future<Output = Result<Verdict, Fault>> + Send>>;

/// Reads decided batches; this node's log may be damaged.
pub type Reading = Box<dyn FnOnce() -> Result<Vec<DecidedBatch>, Fault> + Send>;

/// The state machine behind consensus.
pub trait Application: Send + 'static {
    /// The last committed height; zero before the first batch.
    fn tip(&self) -> Height;

    /// Lowest height that [`decided`](Self::decided) can still give out.
    fn first_kept(&self) -> Height;

    /// The validators that decide `height`, which is at most the height after the tip.
    fn validators(&self, height: Height) -> ValidatorSet;

    /// Proposers named in the headers of the last `count` committed batches, oldest first; fewer when the chain is shorter.
    ///
    /// This is on the chain and so the same at every node: consensus passes over those who did not propose lately.
    fn recent_proposers(&self, count: usize) -> Vec<NodeId>;

    /// Whether something waits to be ordered, so that the next height should start at once. Cheap: called often.
    fn has_waiting(&self) -> bool;

    /// A batch for `height`, on top of the committed tip. The header names this node as proposer.
    ///
    /// Called once for a height and round: consensus stores the answer and gives the same one after a restart.
    fn propose(&mut self, height: Height, round: u32) -> impl Future<Output = Result<Candidate, Fault>> + Send;

    /// Begins to check a batch that `proposer` made for `round` of `height`, which is the height after the tip, and whose bytes were
    /// [identified](Self::identify).
    ///
    /// A check may take long, and no other call, no other check and no vote waits for it: consensus asks for few batches of a round,
    /// once for each, and for [`MAX_CHECKS`](crate::MAX_CHECKS) at once.
    /// A batch of an earlier round that is proposed again keeps the round and the proposer that it was made in. What this node
    /// cannot look up is no verdict: the fault halts it, before it votes against what others find valid.
    fn check(&mut self, height: Height, round: u32, proposer: NodeId, bytes: &Bytes) -> Checking;

    /// The hash that these bytes give, all of them, or `None` when they are no batch of `height`, which is the height after the tip.
    ///
    /// Cheap, and without a look at anything that is signed: it comes before [`check`](Self::check), and of a batch that a quorum
    /// decided nothing else is asked, because more than a third of honest validators checked it.
    fn identify(&mut self, height: Height, bytes: &Bytes) -> Option<Hash32>;

    /// Makes a decided batch durable and applies it. Returns once it is on disk.
    ///
    /// A batch at or below the tip was committed before a restart: answer `Ok` and change nothing.
    fn commit(
        &mut self,
        bytes: Bytes,
        certificate: CommitCertificate,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// What reads decided batches of consecutive heights from the start of `heights`, for a node that catches up. It ends with the
    /// batch with which `most_bytes` bytes are reached, and reads no other.
    ///
    /// It is read elsewhere, and must keep no commit waiting. May stop early; heights that are not kept end the answer.
    fn decided(&self, heights: RangeInclusive<Height>, most_bytes: usize) -> Reading;
}
