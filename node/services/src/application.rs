//! The chain as the state machine behind consensus.

pub mod own_thread;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::{BatchError, BatchHeader, CheckError, UncheckedBatch, VerifiedBatch};
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::history::Frontier;
use medshare_ledger::id::{Height, NodeId};
use medshare_ledger::validator::ValidatorSet;
use medshare_node_causes::with_causes;
use medshare_node_chain::clock::now;
use medshare_node_chain::execute::ExecuteError;
use medshare_node_chain::{Chain, ChainError};
use medshare_node_consensus::{Application, Candidate, Checking, DecidedBatch, Fault, MAX_CHECKS, Reading, Verdict};
use own_thread::{Broken, OwnThreads};
use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

/// Proposers remembered for the order of turns.
const PROPOSERS_REMEMBERED: usize = 64;

/// What the engine drives.
pub struct ChainApplication {
    chain: Arc<Chain>,
    node: NodeId,
    decided: Height,
    /// Hash of the last decided batch.
    head: Hash32,
    history: Frontier,
    proposers: VecDeque<NodeId>,
    /// What was identified last.
    seen: Option<Seen>,
    checked: Checked,
    /// The execution of the last decided batch, for whoever waits for it.
    executed: Shared<BoxFuture<'static, Result<(), Fault>>>,
    threads: Arc<OwnThreads>,
}

impl ChainApplication {
    /// The application of the node with this id, which does its work on these threads.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn new(chain: Arc<Chain>, node: NodeId, threads: OwnThreads) -> Result<Self, ChainError> {
        let tip = chain.tip();
        Ok(Self {
            node,
            decided: tip.height,
            head: tip.hash,
            history: tip.history,
            proposers: chain.last_proposers(PROPOSERS_REMEMBERED as u64)?.into(),
            seen: None,
            checked: Checked::default(),
            executed: std::future::ready(Ok(())).boxed().shared(),
            threads: Arc::new(threads),
            chain,
        })
    }

    /// Begins the execution of a decided batch.
    fn execute(&mut self, batch: VerifiedBatch) {
        let chain = Arc::clone(&self.chain);
        let executed = self.threads.orderly.begin(move || chain.execute(&batch)).end();
        self.executed = executed.map(execution).boxed().shared();
    }

    fn remember(&mut self, batch: &VerifiedBatch) {
        self.history = batch.history().clone();
        self.decided = batch.header().height;
        self.head = batch.hash();
        self.proposers.push_back(batch.header().proposer);
        if self.proposers.len() > PROPOSERS_REMEMBERED {
            self.proposers.pop_front();
        }
    }
}

fn execution(end: Result<Result<(), ExecuteError>, Broken>) -> Result<(), Fault> {
    match end {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Fault::new("execute a batch", with_causes(&error))),
        Err(error) => Err(Fault::new("execute a batch", error)),
    }
}

/// A batch that was decoded: nothing of that is done again.
struct Seen {
    bytes: Bytes,
    batch: UncheckedBatch,
}

/// The batches that were proposed or checked here last: when one is decided, nothing of it is computed again.
#[derive(Clone, Default)]
struct Checked(Arc<Mutex<VecDeque<(Bytes, VerifiedBatch)>>>);

impl Checked {
    fn add(&self, bytes: Bytes, batch: VerifiedBatch) {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if batches.len() >= MAX_CHECKS {
            batches.pop_front();
        }
        batches.push_back((bytes, batch));
    }

    /// Takes the batch of these bytes; forgets all others.
    fn take(&self, bytes: &Bytes) -> Option<VerifiedBatch> {
        let batches = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        batches.into_iter().find(|(known, _)| known == bytes).map(|(_, batch)| batch)
    }
}

/// How far a batch that was decided was looked at.
enum Look {
    /// Identified: its certificate is enough.
    Decoded(UncheckedBatch),
    /// Proposed or checked here.
    Checked(VerifiedBatch),
}

/// Why a proposed batch is not voted for.
enum Unfit {
    /// It is of another height or proposer.
    Misplaced(&'static str),
    Check(CheckError),
}

impl From<CheckError> for Unfit {
    fn from(error: CheckError) -> Self {
        Self::Check(error)
    }
}

fn belongs_to(header: &BatchHeader, height: Height, proposer: NodeId) -> Result<(), Unfit> {
    match header {
        header if header.height != height => Err(Unfit::Misplaced("the batch is of another height")),
        header if header.proposer != proposer => Err(Unfit::Misplaced("the batch names another proposer")),
        _ => Ok(()),
    }
}

/// Checks a batch that somebody proposes.
fn check_proposed(
    chain: &Chain,
    seen: Option<UncheckedBatch>,
    bytes: &[u8],
    height: Height,
    proposer: NodeId,
) -> Result<VerifiedBatch, Unfit> {
    let batch = seen.map_or_else(|| UncheckedBatch::decode(bytes), Ok).map_err(CheckError::from)?;
    // Before anything is verified: who announces another's batch as its own has nothing checked.
    belongs_to(batch.header(), height, proposer)?;
    let latest = now().plus_ms(chain.facts().parameters().max_clock_drift_ms);
    Ok(chain.check(batch, latest)?)
}

/// Checks and logs a decided batch.
fn append(chain: &Chain, seen: Option<Look>, decided: &DecidedBatch) -> Result<VerifiedBatch, Fault> {
    let diverged = |error: BatchError| Fault::new("commit a batch", with_causes(&chain.diverged(error)));
    let look = seen.map_or_else(|| UncheckedBatch::decode(&decided.bytes).map(Look::Decoded), Ok).map_err(diverged)?;
    let header = match &look {
        Look::Decoded(batch) => batch.header(),
        Look::Checked(batch) => batch.header(),
    };
    if (header.height, header.hash()) != (decided.certificate.height, decided.certificate.value) {
        return Err(Fault::new("commit a batch", "the decided bytes do not give the decided hash"));
    }
    let batch = match look {
        Look::Decoded(batch) => {
            chain.check_decided(batch).map_err(|error| Fault::new("commit a batch", with_causes(&error)))?
        }
        Look::Checked(batch) => batch,
    };
    chain.append(decided).map_err(|error| Fault::new("write the batch log", with_causes(&error)))?;
    Ok(batch)
}

impl Application for ChainApplication {
    fn tip(&self) -> Height {
        self.decided
    }

    fn first_kept(&self) -> Height {
        // A log without its beginning is not opened.
        Height(1)
    }

    fn validators(&self, _height: Height) -> ValidatorSet {
        self.chain.facts().validators().clone()
    }

    fn recent_proposers(&self, count: usize) -> Vec<NodeId> {
        self.proposers.iter().skip(self.proposers.len().saturating_sub(count)).copied().collect()
    }

    fn has_waiting(&self) -> bool {
        self.chain.mempool.has_fresh()
    }

    async fn propose(&mut self, _height: Height, _round: u32) -> Result<Candidate, Fault> {
        self.executed.clone().await?;
        let (chain, node) = (Arc::clone(&self.chain), self.node);
        let proposed = self.threads.orderly.begin(move || chain.propose(node, now())).end().await;
        let proposed = proposed.map_err(|error| Fault::new("put a batch together", error))?;
        let batch = proposed.map_err(|error| Fault::new("put a batch together", with_causes(&error)))?;
        let candidate = Candidate { hash: batch.hash(), bytes: batch.to_bytes().into() };
        self.checked.add(candidate.bytes.clone(), batch);
        Ok(candidate)
    }

    fn check(&mut self, height: Height, _round: u32, proposer: NodeId, bytes: &Bytes) -> Checking {
        let seen = self.seen.take_if(|seen| seen.bytes == *bytes).map(|seen| seen.batch);
        let (chain, threads, executed) = (Arc::clone(&self.chain), Arc::clone(&self.threads), self.executed.clone());
        let (checked, bytes) = (self.checked.clone(), bytes.clone());
        Box::pin(async move {
            executed.await?;
            let check = move || {
                let batch = check_proposed(&chain, seen, &bytes, height, proposer)?;
                let hash = batch.hash();
                checked.add(bytes, batch);
                Ok(hash)
            };
            let reason = match threads.begin_check(check).end().await {
                Ok(Ok(hash)) => return Ok(Verdict::Valid(hash)),
                Ok(Err(Unfit::Misplaced(reason))) => reason.to_owned(),
                Ok(Err(Unfit::Check(CheckError::Invalid(error)))) => error.to_string(),
                Ok(Err(Unfit::Check(CheckError::Fault(fault)))) => {
                    return Err(Fault::new("check a proposed batch", with_causes(&fault)));
                }
                // A panic is a mistake of this program. Whoever finds one must not be able to halt nodes with it.
                Err(error) => error.to_string(),
            };
            Ok(Verdict::Invalid { reason })
        })
    }

    fn identify(&mut self, height: Height, bytes: &Bytes) -> Option<Hash32> {
        let batch = UncheckedBatch::decode(bytes).ok()?;
        let is_next = batch.header().height == height && self.decided.next() == height;
        if is_next && batch.header().previous != self.head {
            tracing::error!(%height, "another node offers a batch of another ledger, which does not follow this node's log");
            return None;
        }
        let hash = (is_next && batch.follows(&self.history)).then(|| batch.hash())?;
        self.seen = Some(Seen { bytes: bytes.clone(), batch });
        Some(hash)
    }

    async fn commit(&mut self, bytes: Bytes, certificate: CommitCertificate) -> Result<(), Fault> {
        if certificate.height <= self.decided {
            return Ok(());
        }
        self.executed.clone().await?;
        let decoded = self.seen.take().filter(|seen| seen.bytes == bytes).map(|seen| Look::Decoded(seen.batch));
        let seen = self.checked.take(&bytes).map(Look::Checked).or(decoded);
        let chain = Arc::clone(&self.chain);
        let decided = DecidedBatch { bytes, certificate };
        let appended = self.threads.orderly.begin(move || append(&chain, seen, &decided)).end().await;
        let batch = appended.map_err(|error| Fault::new("commit a batch", error))??;
        self.remember(&batch);
        self.execute(batch);
        Ok(())
    }

    fn decided(&self, heights: RangeInclusive<Height>, most_bytes: usize) -> Reading {
        let chain = Arc::clone(&self.chain);
        let failed = |error| Fault::new("read the batch log", with_causes(&error));
        Box::new(move || chain.logged_through(&heights, most_bytes).map_err(failed))
    }
}

#[cfg(test)]
mod tests;
