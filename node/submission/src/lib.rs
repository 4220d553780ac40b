//! Bringing entries onto the ledger: check, mempool, gossip, wait. Blocks are put behind the end of their chain, and linked anew
//! until they are on it.

#![forbid(unsafe_code)]

mod appending;
mod computing;
mod door;
mod gossip;
mod heard;
mod linking;
mod not_appended;
mod taking_in;
mod turns;

pub use crate::heard::Heard;
pub use crate::not_appended::NotAppended;
pub use crate::taking_in::{Looked, Signed};

use crate::computing::compute;
use crate::gossip::Gossip;
use crate::turns::{Singles, Turns};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{NodeId, RequestorId};
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::side_block::{SideBlock, SideDetails, SideEvent};
use medshare_ledger::trail::Trail;
use medshare_node_chain::clock::now;
use medshare_node_chain::mempool::Head;
use medshare_node_chain::views::EntryPlace;
use medshare_node_chain::{Chain, Outcome};
use medshare_node_net::NetworkHandle;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long an entry may take to be decided.
pub const DECISION_LIMIT: Duration = Duration::from_secs(20);
/// After so long without enough validators in reach to decide, nobody is kept waiting any longer.
const QUORUM_LIMIT: Duration = Duration::from_secs(5);

/// The way onto the ledger.
pub struct Submission {
    chain: Arc<Chain>,
    gossip: Gossip,
    network: NetworkHandle,
    wake: Box<dyn Fn() + Send + Sync>,
    key: Arc<SigningKey>,
    node: NodeId,
    turns: Turns,
    singles: Singles,
    judging: tokio::sync::Mutex<()>,
}

impl Submission {
    /// The way onto this chain for the node with this key; `wake` tells whoever orders entries that some wait.
    #[must_use]
    pub fn new(
        chain: Arc<Chain>,
        network: NetworkHandle,
        wake: impl Fn() + Send + Sync + 'static,
        key: Arc<SigningKey>,
    ) -> Self {
        let (gossip, node) = (Gossip::start(network.clone()), NodeId::of_key(&key.verifying_key()));
        Self {
            chain,
            gossip,
            network,
            wake: Box::new(wake),
            key,
            node,
            turns: Turns::default(),
            singles: Singles::default(),
            judging: tokio::sync::Mutex::default(),
        }
    }

    /// Submits an entry and waits until it is decided, no longer than there is hope for it.
    ///
    /// # Errors
    /// [`Refusal`] when it breaks a rule, or was not decided in time.
    pub async fn submit_and_wait(self: &Arc<Self>, entry: Entry) -> Result<Hash32, Refusal> {
        let submitting = Arc::clone(self);
        let hash = compute(move || submitting.submit(entry)).await??;
        let mut outcome = self.outcome(hash, QUORUM_LIMIT).await?;
        if matches!(outcome, Outcome::TimedOut) && self.reaches_quorum() {
            outcome = self.outcome(hash, DECISION_LIMIT.saturating_sub(QUORUM_LIMIT)).await?;
        }
        match outcome {
            Outcome::Applied(place) | Outcome::Rejected(place, _) => decided(place).map(|()| hash),
            Outcome::Refused(rejection) => Err(refused(rejection)),
            Outcome::TimedOut => Err(self.undecided()),
        }
    }

    /// What becomes of an entry within so long: its views are looked at once a height, beside what waits.
    ///
    /// # Errors
    /// [`Refusal`] when the views cannot be read.
    pub async fn outcome(&self, entry: Hash32, limit: Duration) -> Result<Outcome, Refusal> {
        let (mut heights, deadline) = (self.chain.heights(), Instant::now() + limit);
        loop {
            heights.borrow_and_update();
            let chain = Arc::clone(&self.chain);
            if let Some(outcome) = compute(move || chain.look_after(&entry)).await?? {
                return Ok(outcome);
            }
            if !matches!(timeout_at(deadline, heights.changed()).await, Ok(Ok(()))) {
                return Ok(Outcome::TimedOut);
            }
        }
    }

    /// Whether this node is connected to as many validators as decide, itself among them.
    #[must_use]
    pub fn reaches_quorum(&self) -> bool {
        self.reached() >= self.chain.facts().validators().quorum()
    }

    fn reached(&self) -> usize {
        self.network.peers().iter().filter(|peer| peer.takes_part()).count() + 1
    }

    fn undecided(&self) -> Refusal {
        let (reached, validators) = (self.reached(), self.chain.facts().validators());
        let (all, needed) = (validators.as_slice().len(), validators.quorum());
        let message = if reached < needed {
            format!(
                "too few validators are there to decide: this node reaches {reached} of {all}, and it takes {needed}"
            )
        } else {
            format!("the network took too long to decide, though this node reaches {reached} of {all} validators")
        };
        let message = message + &self.chain.clock.remark();
        Refusal::new(Code::Undecided, message)
    }

    /// Brings a parent block onto the ledger.
    ///
    /// # Errors
    /// [`NotAppended`] when it breaks a rule, or was not decided in time.
    pub async fn append_parent_block(
        self: &Arc<Self>,
        first: impl FnOnce(Link) -> ParentBlock + Send + 'static,
        version: u32,
        requestor: RequestorId,
    ) -> Result<ParentBlock, NotAppended> {
        self.append(Trail::Thread(requestor), version, move |_, link| first(link)).await
    }

    /// Brings a side-block onto the ledger. `details.action_counter` is set here.
    ///
    /// # Errors
    /// [`Refusal`] when it breaks a rule, or was not decided in time.
    pub async fn append_side_block(
        self: &Arc<Self>,
        mut details: SideDetails,
        version: u32,
    ) -> Result<SideBlock, Refusal> {
        let (network, key, parent) = (self.chain.facts().network(), self.key.clone(), details.parent);
        let single = self.singles.of(match &details.event {
            SideEvent::Opening { lease, .. } => (parent, lease.id, 0),
            SideEvent::Reported { report, .. } => (parent, report.lease, report.sequence),
        });
        let _single = single.lock().await;
        let first = move |end: Head, link| {
            details.action_counter = end.violations.saturating_add(u32::from(details.vln != 0));
            SideBlock::build(details, link).sign(network, &key)
        };
        Ok(self.append(Trail::SideBlocks(parent), version, first).await?)
    }

    fn link(&self, previous: Hash32, version: u32) -> Link {
        Link { previous, version, timestamp: now(), target: self.chain.facts().parameters().target_bits }
    }
}

/// The answer to whoever hands in an entry that was decided: what was rejected stays rejected, and is not ordered again.
fn decided(place: EntryPlace) -> Result<(), Refusal> {
    let unnamed = || Refusal::new(Code::Rejected, "it broke a rule that this node has no words for");
    match place.code {
        0 => Ok(()),
        code => Err(Rejection::from_code(code).map_or_else(unnamed, refused)),
    }
}

/// A rule that an entry breaks, as an answer.
#[must_use]
pub fn refused(rejection: Rejection) -> Refusal {
    let code = match rejection {
        Rejection::ThreadHeadMoved | Rejection::SideChainMoved | Rejection::WrongActionCounter => Code::Overtaken,
        Rejection::FromTheFuture => Code::FromTheFuture,
        Rejection::Outdated => Code::Expired,
        Rejection::RequestReplayed => Code::Replay,
        Rejection::RequestExpired => Code::Expired,
        Rejection::DeadlineTooLate => Code::BadDeadline,
        Rejection::TooManyRequests => Code::TooManyRequests,
        Rejection::UnknownRequestor | Rejection::BadRequestorSignature => Code::RejectedSigner,
        Rejection::UnknownPredecessor => Code::UnknownPredecessor,
        Rejection::ReportsMissing => Code::ReportsMissing,
        Rejection::OtherReports => Code::OtherReports,
        Rejection::AccessEnded => Code::AccessEnded,
        Rejection::Permission(_) => Code::Permission,
        _ => Code::Rejected,
    };
    Refusal::new(code, rejection.to_string())
}
