//! Bringing entries onto the ledger: check, mempool, gossip, wait; blocks that lose the race for their chain's head are
//! linked again, mined again and submitted again.

#![forbid(unsafe_code)]

mod gossip;

use crate::gossip::Gossip;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::check::{NamedEntry, VerifiedEntry, check_snapshot};
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::BlockId;
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::side_block::{SideBlock, SideDetails};
use medshare_ledger::state::SideChain;
use medshare_node_chain::clock::now;
use medshare_node_chain::mempool::Full;
use medshare_node_chain::{Chain, Outcome};
use medshare_node_net::NetworkHandle;
use medshare_node_refusal::{Code, Refusal};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long an entry may take to be decided.
pub const DECISION_LIMIT: Duration = Duration::from_secs(20);
/// After so long without enough validators in reach to decide, nobody is kept waiting any longer.
const QUORUM_LIMIT: Duration = Duration::from_secs(5);
/// How often a block is linked again before its node gives up.
const MAX_RELINKS: usize = 50;

/// The way onto the ledger.
pub struct Submission {
    chain: Arc<Chain>,
    gossip: Gossip,
    network: NetworkHandle,
    wake: Box<dyn Fn() + Send + Sync>,
    key: Arc<SigningKey>,
    heads: Mutex<HashMap<Hash32, Head>>,
}

/// Where the next block of a chain goes while earlier ones of this node are still undecided.
#[derive(Clone, Copy)]
struct Head {
    hash: Hash32,
    violations: u32,
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
        let gossip = Gossip::start(network.clone());
        Self { chain, gossip, network, wake: Box::new(wake), key, heads: Mutex::default() }
    }

    /// Takes in entries that a peer gossiped.
    ///
    /// # Errors
    /// [`Refusal`] of the first that breaks a rule or finds no room; all others are taken in.
    pub fn take_gossip(&self, bytes: &[u8]) -> Result<(), Refusal> {
        let entries: Vec<Entry> = codec::decode(bytes).map_err(|e| Refusal::new(Code::Malformed, e.to_string()))?;
        let taken: Vec<_> = entries.into_iter().map(|entry| self.take(NamedEntry::new(entry))).collect();
        (self.wake)();
        taken.into_iter().collect()
    }

    /// What waits or was decided here before costs no signature check.
    fn take(&self, entry: NamedEntry) -> Result<(), Refusal> {
        let hash = entry.hash();
        if self.chain.mempool.get(&hash).is_none() && self.chain.views().entry(&hash)?.is_none() {
            self.insert(entry.check(self.chain.facts()).map_err(refused)?)?;
        }
        Ok(())
    }

    /// Takes in an entry and tells the other nodes; does not wait.
    ///
    /// # Errors
    /// [`Refusal`] when it breaks a rule that can be checked now, or there is no room.
    pub fn submit(&self, entry: Entry) -> Result<Hash32, Refusal> {
        let entry = NamedEntry::new(entry);
        let hash = entry.hash();
        // What waits or was decided here was checked: whoever sends it again has nothing computed.
        let is_waiting = self.chain.mempool.get(&hash).is_some();
        if is_waiting || self.chain.views().entry(&hash)?.is_some_and(|place| place.code == 0) {
            return Ok(hash);
        }
        let entry = entry.check(self.chain.facts()).map_err(refused)?;
        self.insert(entry.clone())?;
        (self.wake)();
        self.gossip.tell(entry);
        Ok(hash)
    }

    fn insert(&self, entry: VerifiedEntry) -> Result<bool, Refusal> {
        check_snapshot(&entry, self.chain.state())?.map_err(refused)?;
        self.chain.mempool.insert(entry).map_err(|Full::Full| Refusal::new(Code::MempoolFull, Full::Full.to_string()))
    }

    /// Submits an entry and waits until it is decided, no longer than there is hope for it.
    ///
    /// # Errors
    /// [`Refusal`] when it breaks a rule, or was not decided in time.
    pub async fn submit_and_wait(&self, entry: Entry) -> Result<Hash32, Refusal> {
        let hash = self.submit(entry)?;
        let mut outcome = self.chain.outcome(&hash, QUORUM_LIMIT).await?;
        if matches!(outcome, Outcome::TimedOut) && self.reaches_quorum() {
            outcome = self.chain.outcome(&hash, DECISION_LIMIT.saturating_sub(QUORUM_LIMIT)).await?;
        }
        match outcome {
            Outcome::Applied(_) => Ok(hash),
            Outcome::Rejected(_, Some(rejection)) => Err(refused(rejection)),
            Outcome::Rejected(_, None) | Outcome::TimedOut => Err(self.undecided()),
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
        let message = format!(
            "the network did not decide in time: this node reaches {reached} of {all} validators, and it takes {needed}; try again"
        );
        Refusal::new(Code::Undecided, message)
    }

    /// Brings a parent block onto the ledger; `store` is told of every form of it before it is submitted.
    ///
    /// # Errors
    /// [`Refusal`] when it breaks a rule, or was not decided in time.
    pub async fn append_parent_block<S: Future<Output = Result<(), Refusal>>>(
        &self,
        first: impl FnOnce(Link) -> ParentBlock,
        version: u32,
        requestor: medshare_ledger::id::RequestorId,
        store: impl Fn(&ParentBlock) -> S,
    ) -> Result<ParentBlock, Refusal> {
        let chain_key = medshare_crypto::hash::tagged_hash("medshare/thread-key", &[requestor.as_bytes()]);
        let network = self.chain.facts().network();
        let state_head = || self.chain.state().thread_head(requestor);
        let previous = match self.pending(&chain_key) {
            Some(head) => head.hash,
            None => state_head()?,
        };
        let mut block = first(self.link(previous, version));
        for _ in 0..MAX_RELINKS {
            store(&block).await?;
            self.announce(chain_key, Head { hash: block.id.as_hash(), violations: 0 });
            let result = self.submit_and_wait(Entry::ParentBlock(Box::new(block.clone()))).await;
            self.settle(&chain_key, block.id.as_hash());
            match result {
                Ok(_) => return Ok(block),
                Err(refusal) if is_overtaken(&refusal) => {
                    tokio::time::sleep(retry_pause(&refusal)).await;
                    block = block.relink(state_head()?, now(), network, &self.key);
                }
                Err(refusal) => return Err(refusal),
            }
        }
        Err(self.undecided())
    }

    /// Brings a side-block onto the ledger. `details.action_counter` is set here.
    ///
    /// # Errors
    /// [`Refusal`] when it breaks a rule, or was not decided in time.
    pub async fn append_side_block(&self, mut details: SideDetails, version: u32) -> Result<SideBlock, Refusal> {
        let parent: BlockId = details.parent;
        let chain_key = parent.as_hash();
        let network = self.chain.facts().network();
        let state_head = || -> Result<Head, Refusal> {
            let chain = self.chain.state().side_chain(parent)?.unwrap_or_else(|| SideChain::of_parent(parent));
            Ok(Head { hash: chain.head, violations: chain.violations })
        };
        let head = match self.pending(&chain_key) {
            Some(head) => head,
            None => state_head()?,
        };
        details.action_counter = head.violations.saturating_add(u32::from(details.vln != 0));
        let mut block = SideBlock::build(details, self.link(head.hash, version)).sign(network, &self.key);
        for _ in 0..MAX_RELINKS {
            let hash = block.header.hash();
            self.announce(chain_key, Head { hash, violations: block.details.action_counter });
            let result = self.submit_and_wait(Entry::SideBlock(Box::new(block.clone()))).await;
            self.settle(&chain_key, hash);
            match result {
                Ok(_) => return Ok(block),
                Err(refusal) if is_overtaken(&refusal) => {
                    tokio::time::sleep(retry_pause(&refusal)).await;
                    let head = state_head()?;
                    block = block.relink(head.hash, head.violations, now(), network, &self.key);
                }
                Err(refusal) => return Err(refusal),
            }
        }
        Err(self.undecided())
    }

    fn link(&self, previous: Hash32, version: u32) -> Link {
        Link { previous, version, timestamp: now(), target: self.chain.facts().parameters().target_bits }
    }

    fn pending(&self, chain: &Hash32) -> Option<Head> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).get(chain).copied()
    }

    fn announce(&self, chain: Hash32, head: Head) {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).insert(chain, head);
    }

    fn settle(&self, chain: &Hash32, hash: Hash32) {
        let mut heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        if heads.get(chain).is_some_and(|head| head.hash == hash) {
            heads.remove(chain);
        }
    }
}

/// A rule that an entry breaks, as an answer.
#[must_use]
pub fn refused(rejection: Rejection) -> Refusal {
    let code = match rejection {
        Rejection::ThreadHeadMoved | Rejection::SideChainMoved | Rejection::WrongActionCounter => Code::Overtaken,
        Rejection::FromTheFuture => Code::FromTheFuture,
        Rejection::RequestReplayed => Code::Replay,
        Rejection::UnknownRequestor | Rejection::BadRequestorSignature => Code::RejectedSigner,
        Rejection::Permission(_) => Code::Permission,
        _ => Code::Rejected,
    };
    Refusal::new(code, rejection.to_string())
}

fn is_overtaken(refusal: &Refusal) -> bool {
    matches!(refusal.code, Code::Overtaken | Code::FromTheFuture)
}

fn retry_pause(refusal: &Refusal) -> Duration {
    Duration::from_millis(if refusal.code == Code::FromTheFuture { 200 } else { 0 })
}
