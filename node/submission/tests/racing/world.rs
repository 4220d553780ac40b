//! Two nodes on one ledger, whose heights the test decides.

use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::Timestamp;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::side_block::{SideBlock, SideDetails};
use medshare_ledger::state::SideChain;
use medshare_node_chain::Chain;
use medshare_node_chain::clock::now;
use medshare_node_chain::testing::{Parties, execute};
use medshare_node_net::{Keypair, testing::alone};
use medshare_node_refusal::Refusal;
use medshare_node_submission::{Heard, Submission};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// As long as leases of the fixture may last.
pub const LASTS_MS: u64 = 60_000;
/// Heights after which a test gives up.
const MAX_HEIGHTS: usize = 300;
/// How long it is waited that what is under way lines up, before a height is decided all the same.
const LINING_UP: Duration = Duration::from_secs(10);

pub struct Node {
    pub chain: Arc<Chain>,
    pub submission: Arc<Submission>,
    pub _home: TempDir,
}

pub struct World {
    pub parties: Arc<Parties>,
    pub nodes: Vec<Node>,
    /// The package that everything is about.
    pub parent: ParentBlock,
    pub heights: usize,
}

impl World {
    /// Two nodes on one ledger that has a package.
    pub fn new() -> Self {
        Self::of(Parties::with_side_blocks(1_000))
    }

    pub fn of(parties: Parties) -> Self {
        // nodes date what they make themselves, and entries count within minutes of their date
        let parties = Arc::new(Parties { at: now(), ..parties });
        let nodes: Vec<Node> = (0..2).map(|index| node(&parties, index)).collect();
        let made = now();
        let parent = parties.parent_block_at(&parties.request(1), Hash32::ZERO, made);
        let mut world = Self { parties, nodes, parent, heights: 0 };
        let requests = world.requests();
        let made = 2 + requests.len() as u64;
        for entries in
            [vec![world.parties.identity()], requests, vec![Entry::ParentBlock(Box::new(world.parent.clone()))]]
        {
            world.decide_all(entries);
        }
        assert_eq!(world.nodes[1].chain.tip().history.size(), made);
        world
    }

    /// What the requestor asks for, of every owner with a data set.
    fn requests(&self) -> Vec<Entry> {
        let owners = 0..self.parties.facts.genesis().datasets.len();
        let nonces = owners.flat_map(|owner| (1..=61).map(move |nonce| (owner, nonce)));
        nonces.map(|(owner, nonce)| self.parties.request_to(owner, nonce).entry()).collect()
    }

    /// A height with these entries.
    pub fn decide_all(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            self.nodes[0].chain.mempool.insert(self.parties.verified(entry)).unwrap();
        }
        self.decide(0);
    }

    /// A height with this proposer.
    pub fn decide(&mut self, proposer: usize) {
        self.decide_at(proposer, now());
    }

    /// The same, of a proposer with this clock.
    pub fn decide_at(&mut self, proposer: usize, at: Timestamp) {
        let batch = self.nodes[proposer].chain.propose(self.parties.node(proposer), at).unwrap();
        for node in &self.nodes {
            execute(&node.chain, &batch.to_bytes()).unwrap();
        }
        self.heights += 1;
    }

    /// Each node hears what waits at the other.
    fn gossip(&self) {
        for (from, to) in [(0, 1), (1, 0)] {
            let waiting = self.nodes[from].chain.mempool.candidates(0, 10_000);
            let message = codec::encode(&waiting.iter().map(VerifiedEntry::entry).collect::<Vec<_>>());
            // What is refused there is no matter of the network's.
            drop(Heard::read(&message).and_then(|heard| self.nodes[to].submission.take_gossip(heard)));
        }
    }

    /// Decides heights until all these tasks have ended.
    pub async fn run<T: Send + 'static>(&mut self, tasks: Vec<JoinHandle<T>>) -> Vec<T> {
        self.run_in_step(tasks, None).await
    }

    /// The same; where a node is named, each height waits until what is under way there stands behind the head. So how many heights it takes
    /// does not depend on how fast this machine is.
    pub async fn run_in_step<T: Send + 'static>(&mut self, tasks: Vec<JoinHandle<T>>, with: Option<usize>) -> Vec<T> {
        let from = self.heights;
        while !tasks.iter().all(JoinHandle::is_finished) && self.heights < from + MAX_HEIGHTS {
            // What came in since the last height is at its node alone when it is decided who goes first.
            tokio::time::sleep(Duration::from_millis(10)).await;
            if let Some(node) = with {
                let under_way = || tasks.iter().filter(|task| !task.is_finished()).count();
                let lined_up = async {
                    while self.behind_head(node) < under_way() {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                };
                drop(tokio::time::timeout(LINING_UP, lined_up).await);
            }
            self.gossip();
            self.decide(self.heights % 2);
        }
        assert!(self.heights < from + MAX_HEIGHTS, "{MAX_HEIGHTS} heights did not suffice");
        let mut results = Vec::new();
        for task in tasks {
            results.push(task.await.unwrap());
        }
        results
    }

    /// How many blocks wait at a node one behind the other, the first of them behind the head.
    fn behind_head(&self, node: usize) -> usize {
        let chain = &self.nodes[node].chain;
        let waiting = chain.mempool.candidates(0, 10_000);
        let links = waiting.iter().filter_map(|entry| match entry.entry() {
            Entry::SideBlock(block) => Some((block.header.previous, block.header.hash())),
            _ => None,
        });
        let links: HashMap<_, _> = links.collect();
        let executed = chain.state().side_chain(self.parent.id).unwrap();
        let head = executed.unwrap_or_else(|| SideChain::of_parent(self.parent.id)).head;
        std::iter::successors(links.get(&head), |last| links.get(*last)).count()
    }

    pub fn opening(&self, n: u32) -> SideDetails {
        self.parties.opening_details(&self.parent, n, now(), LASTS_MS)
    }

    pub fn append(&self, node: usize, details: SideDetails) -> JoinHandle<Result<SideBlock, Refusal>> {
        let details = self.parties.recorded_by(node, details);
        let (submission, version) = (Arc::clone(&self.nodes[node].submission), self.parent.header.version);
        tokio::spawn(async move { submission.append_side_block(details, version).await })
    }

    pub fn size(&self) -> u64 {
        self.nodes[0].chain.tip().history.size()
    }
}

pub fn node(parties: &Parties, index: usize) -> Node {
    node_that_wakes(parties, index, || ())
}

pub fn node_that_wakes(parties: &Parties, index: usize, wake: impl Fn() + Send + Sync + 'static) -> Node {
    let home = tempfile::tempdir().unwrap();
    let chain = Arc::new(Chain::open(home.path(), Arc::clone(&parties.facts)).unwrap());
    let network = alone(parties.facts.network(), Keypair::generate_ed25519());
    let key = Arc::new(SigningKey::from_seed(parties.nodes[index].seed()));
    let submission = Arc::new(Submission::new(Arc::clone(&chain), network, wake, key));
    Node { chain, submission, _home: home }
}
