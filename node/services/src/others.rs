//! How the other nodes are, asked once a second: how far, at what time, and with which proof.
//!
//! What one says of heights is a claim. The network is as far as one more says than may lie, and at least as far as a certificate
//! proves: of few who are connected, a liar could otherwise say that an honest one is not ahead. A certificate is asked for at every new
//! connection and of whoever says that it is ahead. It is also what consensus relies on when this node's files do not tell how far the
//! network is, and what convicts a second ledger.

use bincode::{Decode, Encode};
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::codec;
use medshare_ledger::id::{Height, NodeId, Timestamp};
use medshare_node_chain::clock::{Comparison, ahead_of_the_middle, now};
use medshare_node_chain::{Chain, ChainError};
use medshare_node_consensus::{Halt, HaltReason, Neighbours};
use medshare_node_net::{NetworkHandle, PeerStatus, Protocol};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::watch;

const INTERVAL: Duration = Duration::from_secs(1);
/// Until this node's state is known to be the network's: founding and opening wait for these answers.
const FIRST_INTERVAL: Duration = Duration::from_millis(100);
/// A node that has not been connected for so long is away.
const AWAY_AFTER: Duration = Duration::from_secs(2);
/// An answer that took longer says too little of the other clock.
const LONGEST_TRIP: Duration = Duration::from_secs(1);
/// How often a wrong clock is told in the log.
const CLOCK_WORDS: Duration = Duration::from_secs(60);

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
    /// further, and no certificate proves more. Those who say more do not hinder it: they may lie.
    pub fn confirm(&self, tip: Height, needed: usize) {
        let level = self.lock().values().filter(|other| other.height <= tip).count();
        let is_reached = level >= needed && self.proven() <= tip;
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

/// Asks the other nodes, for whoever relies on the answers.
pub struct Asking {
    /// This node's chain.
    pub chain: Arc<Chain>,
    /// The way to the others.
    pub network: NetworkHandle,
    /// What they said.
    pub others: Arc<Others>,
    /// What consensus knows of them.
    pub neighbours: Neighbours,
    /// Where a second ledger is raised.
    pub halt: Halt,
}

impl Asking {
    /// Asks for ever.
    pub async fn follow(self) {
        let this = &self;
        let mut proven: HashMap<NodeId, SystemTime> = HashMap::new();
        let mut last_words = None;
        loop {
            let peers = self.network.peers();
            for peer in &peers {
                self.neighbours.set_away(peer.node, is_away(peer));
            }
            let tip = self.chain.tip().height;
            let asked = peers.iter().filter(|peer| peer.connected).map(|peer| {
                let is_new = proven.get(&peer.node) != Some(&peer.since);
                let wants_proof = is_new || self.others.claims_more(peer.node, tip);
                async move { (peer, this.ask(peer.node, wants_proof).await) }
            });
            for (peer, has_proven) in futures::future::join_all(asked).await {
                if has_proven {
                    proven.insert(peer.node, peer.since);
                }
            }
            self.others.retain(|node| peers.iter().any(|peer| peer.node == *node && peer.connected));
            self.compare_clocks(&mut last_words);
            let (tip, quorum) = (self.chain.tip().height, self.chain.facts().validators().quorum());
            self.others.confirm(tip, quorum.saturating_sub(1));
            tokio::time::sleep(if self.others.is_confirmed() { INTERVAL } else { FIRST_INTERVAL }).await;
        }
    }

    /// Asks one node; says whether it proved how far it is.
    async fn ask(&self, node: NodeId, wants_proof: bool) -> bool {
        let last = wants_proof.then_some(Height(u64::MAX));
        let Some(answer) = self.answer_of(node, last).await else { return false };
        if !wants_proof {
            return false;
        }
        let Some(height) = self.believed(node, &answer) else { return false };
        self.neighbours.set_proven(node, height);
        self.others.set_proven(height);
        let Some(ours) = self.chain.log().last() else { return true };
        // Who is ahead is asked again, for a height that both have.
        let answer = if height > ours { self.answer_of(node, Some(ours)).await } else { Some(answer) };
        let Some(proof) = answer.and_then(|answer| answer.proof) else { return false };
        if proof.verify(self.chain.facts().network(), self.chain.facts().validators()).is_err() {
            return false;
        }
        match other_ledger(&self.chain, node, &proof) {
            Ok(None) => true,
            Ok(Some(reason)) => {
                self.halt.raise(reason);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "a certificate of another node could not be compared with the log");
                false
            }
        }
    }

    async fn answer_of(&self, node: NodeId, proof_of: Option<Height>) -> Option<Answer> {
        let (began, sent) = (Instant::now(), now());
        let question = codec::encode(&Question { proof_of });
        let bytes = self.network.request(node, Protocol::Status, question).await.ok()?;
        let trip = began.elapsed();
        let answer: Answer = codec::decode(&bytes).ok()?;
        let half_way = sent.plus_ms(u64::try_from(trip.as_millis() / 2).unwrap_or(u64::MAX));
        let ahead_ms = (trip < LONGEST_TRIP).then(|| ahead_ms(half_way, answer.now));
        self.others.set(node, Other { height: answer.executed, ahead_ms });
        Some(answer)
    }

    /// The height that an answer proves; genesis needs no proof.
    fn believed(&self, node: NodeId, answer: &Answer) -> Option<Height> {
        let Some(proof) = &answer.proof else { return Some(Height(0)).filter(|_| answer.executed == Height(0)) };
        let facts = self.chain.facts();
        match proof.verify(facts.network(), facts.validators()) {
            Ok(()) => Some(proof.height),
            Err(error) => {
                tracing::warn!(%node, %error, "a node's certificate does not verify");
                None
            }
        }
    }

    fn compare_clocks(&self, last_words: &mut Option<Instant>) {
        let validators = self.chain.facts().validators().as_slice().len();
        let behind_batch_ms = self.chain.tip().time.0.saturating_sub(now().0);
        let comparison = Comparison { ahead_of_others_ms: self.others.clock_ahead_ms(validators), behind_batch_ms };
        self.chain.clock.set(comparison);
        match comparison.words() {
            Some(words) if last_words.is_none_or(|last| last.elapsed() >= CLOCK_WORDS) => {
                *last_words = Some(Instant::now());
                tracing::error!("{words}; see \"Clocks\" in the operator's guide");
            }
            Some(_) => {}
            None if last_words.take().is_some() => tracing::info!("this node's clock is right again"),
            None => {}
        }
    }
}

/// Answers another node.
///
/// # Errors
/// When the question is malformed or the log cannot be read.
pub fn answer(chain: &Chain, question: &[u8]) -> Result<Vec<u8>, AnswerError> {
    let Question { proof_of } = codec::decode(question)?;
    let last = chain.log().last();
    let proof = match (proof_of, last) {
        (Some(wanted), Some(last)) => chain.log().read(wanted.min(last)).map_err(ChainError::from)?,
        _ => None,
    };
    let proof = proof.map(|decided| decided.certificate);
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

/// Whether a certificate that verifies is of another ledger than this node's log: of a height in it, for another batch.
fn other_ledger(chain: &Chain, node: NodeId, proof: &CommitCertificate) -> Result<Option<HaltReason>, ChainError> {
    let ours = chain.log().read(proof.height)?.map(|decided| decided.certificate.value);
    let differs = ours.filter(|ours| *ours != proof.value);
    Ok(differs.map(|ours| HaltReason::OtherLedger { node, height: proof.height, ours, theirs: proof.value }))
}

/// How many validators may lie.
fn faulty(chain: &Chain) -> usize {
    let validators = chain.facts().validators();
    validators.as_slice().len().saturating_sub(validators.quorum())
}

fn is_away(peer: &PeerStatus) -> bool {
    !peer.takes_part() && peer.since.elapsed().is_ok_and(|since| since > AWAY_AFTER)
}

fn ahead_ms(ours: Timestamp, theirs: Timestamp) -> i64 {
    let difference = i128::from(ours.0) - i128::from(theirs.0);
    i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests;
