//! Asking the other nodes how they are, for whoever relies on the answers.

use super::{Answer, Other, Others, Question};
use futures::future::join_all;
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::codec;
use medshare_ledger::id::{Height, NodeId, Timestamp};
use medshare_node_chain::clock::{Comparison, now};
use medshare_node_chain::{Chain, ChainError};
use medshare_node_consensus::{Decision, Halt, HaltReason, Neighbours, Progress};
use medshare_node_net::{NetworkHandle, PeerStatus, Protocol};
use medshare_node_processing::blocking::blocking;
use std::sync::Arc;
use std::time::{Duration, Instant};
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

/// What asks them.
pub struct Asking {
    /// This node's chain.
    pub chain: Arc<Chain>,
    /// The way to the others.
    pub network: NetworkHandle,
    /// What they said.
    pub others: Arc<Others>,
    /// What consensus knows of them.
    pub neighbours: Neighbours,
    /// How consensus gets on here.
    pub progress: watch::Receiver<Progress>,
    /// Where a second ledger is raised.
    pub halt: Halt,
}

impl Asking {
    /// Asks for ever, each node by itself: what one says is known however long another takes to answer.
    pub async fn follow(self) {
        let each = self.network.peers().into_iter().map(|peer| self.follow_one(peer.node));
        tokio::join!(self.look(), join_all(each));
    }

    async fn follow_one(&self, node: NodeId) {
        let mut proven = None;
        loop {
            if let Some(since) = self.network.peer(node).filter(|peer| peer.connected).map(|peer| peer.since) {
                let is_new = proven != Some(since);
                let wants_proof = is_new || self.others.claims_more(node, self.chain.tip().height);
                if self.ask(node, wants_proof).await {
                    proven = Some(since);
                }
            }
            self.pause().await;
        }
    }

    /// Draws what follows from all that was said.
    async fn look(&self) {
        let mut last_words = None;
        loop {
            let peers = self.network.peers();
            for peer in &peers {
                self.neighbours.set_away(peer.node, is_away(peer));
            }
            self.others.retain(|node| peers.iter().any(|peer| peer.node == *node && peer.connected));
            self.compare_clocks(&mut last_words);
            let (tip, quorum) = (self.chain.tip().height, self.chain.facts().validators().quorum());
            self.others.confirm(tip, quorum.saturating_sub(1), self.progress.borrow().abstains);
            self.pause().await;
        }
    }

    async fn pause(&self) {
        tokio::time::sleep(if self.others.is_confirmed() { INTERVAL } else { FIRST_INTERVAL }).await;
    }

    /// Asks one node; says whether it proved how far it is.
    async fn ask(&self, node: NodeId, wants_proof: bool) -> bool {
        let last = wants_proof.then_some(Height(u64::MAX));
        let Some(answer) = self.answer_of(node, last).await else { return false };
        if !wants_proof {
            return false;
        }
        let Some(proven) = self.believed(node, &answer) else { return false };
        let height = proven.map_or(Height(0), |decision| decision.height);
        self.neighbours.set_proven(node, proven);
        self.others.set_proven(height);
        let Some(ours) = self.chain.last_logged() else { return true };
        // Who is ahead is asked again, for a height that both have.
        let answer = if height > ours { self.answer_of(node, Some(ours)).await } else { Some(answer) };
        let Some(proof) = answer.and_then(|answer| answer.proof) else { return false };
        if proof.verify(self.chain.facts().network(), self.chain.facts().validators()).is_err() {
            return false;
        }
        let chain = Arc::clone(&self.chain);
        match blocking(move || Ok(other_ledger(&chain, node, &proof)?)).await {
            Ok(None) => true,
            Ok(Some(reason)) => {
                self.halt.raise(reason);
                true
            }
            Err(refusal) => {
                tracing::warn!(%refusal, "a certificate of another node could not be compared with the log");
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

    /// What an answer proves to be decided; that nothing is needs no proof.
    fn believed(&self, node: NodeId, answer: &Answer) -> Option<Option<Decision>> {
        let Some(proof) = &answer.proof else { return Some(None).filter(|_| answer.executed == Height(0)) };
        let facts = self.chain.facts();
        match proof.verify(facts.network(), facts.validators()) {
            Ok(()) => Some(Some(Decision { height: proof.height, batch: proof.value })),
            Err(error) => {
                tracing::warn!(%node, %error, "a node's certificate does not verify");
                None
            }
        }
    }

    fn compare_clocks(&self, last_words: &mut Option<(Instant, bool)>) {
        let validators = self.chain.facts().validators().as_slice().len();
        let behind_batch_ms = self.chain.tip().time.0.saturating_sub(now().0);
        let comparison = Comparison { ahead_of_others_ms: self.others.clock_ahead_ms(validators), behind_batch_ms };
        let by_others = comparison.ahead_of_others_ms.is_some();
        self.chain.clock.set(comparison);
        match comparison.wrong() {
            // What the others' clocks say is told at once, though something was said before they answered.
            Some(wrong) if last_words.is_none_or(|(at, by)| at.elapsed() >= CLOCK_WORDS || (by_others && !by)) => {
                *last_words = Some((Instant::now(), by_others));
                tracing::error!("{wrong}; see \"Clocks\" in the operator's guide");
            }
            Some(_) => {}
            None if last_words.take().is_some() => tracing::info!("this node's clock is right again"),
            None => {}
        }
    }
}

/// Whether a certificate that verifies is of another ledger than this node's log: of a height in it, for another batch.
pub(super) fn other_ledger(
    chain: &Chain,
    node: NodeId,
    proof: &CommitCertificate,
) -> Result<Option<HaltReason>, ChainError> {
    let agrees = chain.certificate(proof.height)?.is_none_or(|certificate| certificate.value == proof.value);
    if agrees {
        return Ok(None);
    }
    // What the log's checksum covers as well: nothing else is called a second ledger.
    let ours = chain.logged(proof.height)?.map(|decided| decided.certificate.value);
    let differs = ours.filter(|ours| *ours != proof.value);
    Ok(differs.map(|ours| HaltReason::OtherLedger { node, height: proof.height, ours, theirs: proof.value }))
}

pub(super) fn is_away(peer: &PeerStatus) -> bool {
    !peer.takes_part() && peer.since.elapsed().is_ok_and(|since| since > AWAY_AFTER)
}

pub(super) fn ahead_ms(ours: Timestamp, theirs: Timestamp) -> i64 {
    let difference = i128::from(ours.0) - i128::from(theirs.0);
    i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
}
