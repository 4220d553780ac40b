//! How the other nodes are, each asked once a second: how far, at what time, and with which proof.
//!
//! What one says of heights is a claim. The network is as far as one more says than may lie, and at least as far as a certificate
//! proves: of few who are connected, a liar could otherwise say that an honest one is not ahead. A certificate is asked for at every new
//! connection and of whoever says that it is ahead. It is also what consensus relies on when this node's files do not tell how far the
//! network is, and what convicts a second ledger.

pub mod asking;

use bincode::{Decode, Encode};
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::codec;
use medshare_ledger::id::{Height, NodeId, Timestamp};
use medshare_node_chain::clock::{ahead_of_the_middle, now};
use medshare_node_chain::{Chain, ChainError};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What is asked.
#[derive(Debug, PartialEq, Eq, Encode, Decode)]
struct Question {
    /// Wants the certificate of this height, or of the last one when it is not reached.
    proof_of: Option<Height>,
}

/// What is answered.
#[derive(Debug, PartialEq, Eq, Encode, Decode)]
struct Answer {
    executed: Height,
    now: Timestamp,
    proof: Option<CommitCertificate>,
}

#[derive(Clone, Copy)]
struct Other {
    height: Height,
    /// By how much this node's clock is ahead of the other's.
    ahead_ms: Option<i64>,
}

/// What the other nodes said last.
#[derive(Default)]
pub struct Others {
    said: Mutex<HashMap<NodeId, Other>>,
    /// The greatest height of a certificate that one of them showed. It stays when that one leaves: what was decided was decided.
    proven: AtomicU64,
    confirmed: watch::Sender<bool>,
}

impl Others {
    /// For tests of what needs it.
    #[cfg(test)]
    pub(crate) fn assume_confirmed(&self) {
        self.confirmed.send_replace(true);
    }

    /// For tests of what needs it.
    #[cfg(test)]
    pub(crate) fn say(&self, node: NodeId, height: u64) {
        self.set(node, Other { height: Height(height), ahead_ms: None });
    }

    /// Waits until this node's state has been the network's since the node started.
    pub async fn confirmed(&self) {
        // An error would say that the sender is gone, which is here.
        drop(self.confirmed.subscribe().wait_for(|confirmed| *confirmed).await);
    }

    /// Whether this node's state has been the network's since the node started.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        *self.confirmed.borrow()
    }

    /// Takes the state of height `tip` for the network's when `needed` others, which make a quorum with this node, say that they are no
    /// further, and no certificate proves more. Those who say more do not hinder it: they may lie. While this node `abstains`, its own
    /// files tell of heights above, or do not tell what it saw decided: those that it reaches may all have lost the same.
    pub fn confirm(&self, tip: Height, needed: usize, abstains: bool) {
        let level = self.lock().values().filter(|other| other.height <= tip).count();
        let is_reached = level >= needed && self.proven() <= tip && !abstains;
        if tip > Height(0) && is_reached {
            self.confirmed.send_if_modified(|confirmed| !std::mem::replace(confirmed, true));
        }
    }

    /// By how many heights this node is behind what an honest one of the others says, or one of them proved.
    #[must_use]
    pub fn behind(&self, chain: &Chain) -> u64 {
        let reached = self.reached(faulty(chain)).unwrap_or_default().max(self.proven());
        reached.0.saturating_sub(chain.tip().height.0)
    }

    /// The greatest height that an honest one of those who are connected says, where at most `faulty` are not honest.
    fn reached(&self, faulty: usize) -> Option<Height> {
        let mut heights: Vec<Height> = self.lock().values().map(|other| other.height).collect();
        heights.sort_unstable_by(|a, b| b.cmp(a));
        heights.get(faulty).copied()
    }

    fn proven(&self) -> Height {
        Height(self.proven.load(Ordering::Relaxed))
    }

    /// Takes note that somebody showed a certificate of `height` that verifies.
    fn set_proven(&self, height: Height) {
        self.proven.fetch_max(height.0, Ordering::Relaxed);
    }

    /// Whether a node says that it is ahead of `tip` by more than the height that is always on its way, and of what is proven.
    fn claims_more(&self, node: NodeId, tip: Height) -> bool {
        let known = tip.max(self.proven()).0.saturating_add(1);
        self.lock().get(&node).is_some_and(|other| other.height.0 > known)
    }

    /// By how much this node's clock is ahead of the middle of all, once more than a half have told theirs.
    fn clock_ahead_ms(&self, validators: usize) -> Option<i64> {
        let others: Vec<i64> = self.lock().values().filter_map(|other| other.ahead_ms).collect();
        (2 * (others.len() + 1) > validators).then(|| ahead_of_the_middle(others))
    }

    fn set(&self, node: NodeId, other: Other) {
        self.lock().insert(node, other);
    }

    /// Forgets what those said who are not here any more.
    fn retain(&self, here: impl Fn(&NodeId) -> bool) {
        self.lock().retain(|node, _| here(node));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<NodeId, Other>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers another node.
///
/// # Errors
/// When the question is malformed or the log cannot be read.
pub fn answer(chain: &Chain, question: &[u8]) -> Result<Vec<u8>, AnswerError> {
    let Question { proof_of } = codec::decode(question)?;
    let last = chain.last_logged();
    let proof = match (proof_of, last) {
        (Some(wanted), Some(last)) => chain.certificate(wanted.min(last)).map_err(ChainError::from)?,
        _ => None,
    };
    Ok(codec::encode(&Answer { executed: chain.tip().height, now: now(), proof }))
}

/// Why a node gets no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The question is none.
    #[error("the question is malformed")]
    Malformed(#[from] codec::CodecError),
    /// This node's log.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// How many validators may lie.
fn faulty(chain: &Chain) -> usize {
    let validators = chain.facts().validators();
    validators.as_slice().len().saturating_sub(validators.quorum())
}

#[cfg(test)]
mod tests;
