//! An application that orders texts, and networks of it.

pub mod application;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use medshare_crypto::hash::Hash32;
use medshare_crypto::seal::SealingPublicKey;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::id::{Height, NetworkId, NodeId};
use medshare_ledger::validator::{Validator, ValidatorSet};
use medshare_node_consensus::{
    Decision, EngineConfig, EngineHandle, Halt, HaltReason, HaltWatch, Neighbours, Progress, Timing, Wake, start,
};
use medshare_node_net::Keypair;

use application::Chain;
pub use application::Toy;

pub const NETWORK: NetworkId = NetworkId::from_bytes([3; 32]);

struct Node {
    key: Arc<SigningKey>,
    peer: Keypair,
    port: u16,
    home: tempfile::TempDir,
    chain: Arc<Mutex<Chain>>,
    wake: Wake,
    neighbours: Neighbours,
    fail_commit_at: Option<Height>,
    running: Option<(EngineHandle, HaltWatch)>,
}

pub struct Cluster {
    nodes: Vec<Node>,
    validators: ValidatorSet,
    waiting: Arc<Mutex<Vec<String>>>,
    timing: Timing,
    pub stalled_after: Duration,
}

impl Cluster {
    pub fn new(count: u8, timing: Timing) -> Self {
        let listeners: Vec<_> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let node = |(index, listener): (u8, &TcpListener)| Node {
            key: Arc::new(SigningKey::from_seed([index + 1; 32].into())),
            peer: Keypair::generate_ed25519(),
            port: listener.local_addr().unwrap().port(),
            home: tempfile::tempdir().unwrap(),
            chain: Arc::default(),
            wake: Wake::new(),
            neighbours: Neighbours::default(),
            fail_commit_at: None,
            running: None,
        };
        let nodes: Vec<Node> = (0..count).zip(&listeners).map(node).collect();
        for node in &nodes {
            std::fs::create_dir(node.home.path().join("keys")).unwrap();
            std::fs::write(node.home.path().join("keys/founding"), "").unwrap();
        }
        let validator = |node: &Node| {
            let key = node.key.verifying_key();
            let organisation = "organisation".parse().unwrap();
            let sealing_key = SealingPublicKey::from_bytes([0; SealingPublicKey::LEN]);
            Validator { id: NodeId::of_key(&key), key, sealing_key, organisation }
        };
        let validators = ValidatorSet::new(nodes.iter().map(validator).collect());
        Self { nodes, validators, waiting: Arc::default(), timing, stalled_after: Duration::from_secs(10) }
    }

    pub fn config(&self, index: usize, halt: Halt) -> EngineConfig {
        let node = &self.nodes[index];
        let others = self.nodes.iter().filter(|other| other.port != node.port);
        let address = |port: u16| format!("/ip4/127.0.0.1/tcp/{port}");
        let peer = |other: &Node| format!("{}/p2p/{}", address(other.port), other.peer.public().to_peer_id());
        EngineConfig {
            home: node.home.path().to_owned(),
            network: NETWORK,
            signing_key: node.key.clone(),
            peer_key: node.peer.clone(),
            listen: address(node.port).parse().unwrap(),
            peers: others.map(|other| peer(other).parse().unwrap()).collect(),
            timing: self.timing,
            stalled_after: self.stalled_after,
            wake: node.wake.clone(),
            neighbours: node.neighbours.clone(),
            halt,
        }
    }

    /// Starts a node, which hears from all others how far they are.
    pub async fn start(&mut self, index: usize) {
        for other in (0..self.nodes.len()).filter(|other| *other != index) {
            self.tell(index, other, self.tip(other));
        }
        self.start_alone(index).await;
    }

    /// Tells a node how far another one has proven to be.
    pub fn tell(&self, index: usize, other: usize, height: Height) {
        let decision = |index: usize| {
            let (_, batch) = self.nodes[other].chain.lock().unwrap().batches[index];
            Decision { height, batch }
        };
        let proven = (height.0 as usize).checked_sub(1).map(decision);
        let other = NodeId::of_key(&self.nodes[other].key.verifying_key());
        self.nodes[index].neighbours.set_proven(other, proven);
    }

    /// Tells a node that another one is not reached.
    pub fn lose(&self, index: usize, other: usize) {
        let other = NodeId::of_key(&self.nodes[other].key.verifying_key());
        self.nodes[index].neighbours.set_away(other, true);
    }

    /// Starts a node.
    pub async fn start_alone(&mut self, index: usize) {
        let (halt, watch) = Halt::channel();
        let handle = start(self.config(index, halt), Toy::new(self, index)).await.unwrap();
        self.nodes[index].running = Some((handle, watch));
    }

    pub async fn start_all(&mut self) {
        for index in 0..self.nodes.len() {
            self.start(index).await;
        }
    }

    pub async fn stop(&mut self, index: usize) {
        if let Some((handle, _)) = self.nodes[index].running.take() {
            handle.stop().await;
        }
    }

    pub async fn stop_all(&mut self) {
        for index in 0..self.nodes.len() {
            self.stop(index).await;
        }
    }

    pub fn tip(&self, index: usize) -> Height {
        self.nodes[index].chain.lock().unwrap().tip()
    }

    pub fn progress(&self, index: usize) -> Progress {
        self.nodes[index].running.as_ref().unwrap().0.progress()
    }

    pub fn home(&self, index: usize) -> &Path {
        self.nodes[index].home.path()
    }

    pub fn port(&self, index: usize) -> u16 {
        self.nodes[index].port
    }

    pub fn wipe_chain(&mut self, index: usize) {
        let log: PathBuf = self.home(index).join("log");
        std::fs::remove_dir_all(log).unwrap();
        self.nodes[index].chain.lock().unwrap().batches.clear();
    }

    /// Takes away everything but the keys, and what was heard of the others.
    pub fn wipe(&mut self, index: usize) {
        self.wipe_chain(index);
        std::fs::remove_dir_all(self.home(index).join("wal")).unwrap();
        self.nodes[index].neighbours = Neighbours::default();
    }

    /// A copy of what a node keeps of the ledger and of its votes.
    pub fn snapshot(&self, index: usize) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        copy_folders(self.home(index), copy.path());
        copy
    }

    /// Puts a node's home back to where it was, and it forgets what it heard of the others.
    pub fn put_back(&mut self, index: usize, snapshot: &Path) {
        self.wipe(index);
        copy_folders(snapshot, self.home(index));
    }

    /// Cuts the last record off the log.
    pub fn cut_log(&mut self, index: usize) {
        let segment = std::fs::read_dir(self.home(index).join("log")).unwrap().next().unwrap().unwrap().path();
        let bytes = std::fs::metadata(&segment).unwrap().len();
        std::fs::File::options().write(true).open(segment).unwrap().set_len(bytes - 1).unwrap();
    }

    pub fn fail_commit_at(&mut self, index: usize, height: Height) {
        self.nodes[index].fail_commit_at = Some(height);
    }

    pub async fn halted(&mut self, index: usize) -> HaltReason {
        self.nodes[index].running.as_mut().unwrap().1.raised().await
    }

    pub async fn reach_at(&self, index: usize, height: Height) {
        let reached = async {
            while self.tip(index) < height {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let patience = Duration::from_secs(120);
        assert!(
            tokio::time::timeout(patience, reached).await.is_ok(),
            "node {index} is at {:?} instead of {height}: {:?}",
            self.tip(index),
            self.progress(index)
        );
    }

    pub async fn reach(&self, height: Height) {
        for index in 0..self.nodes.len() {
            if self.nodes[index].running.is_some() {
                self.reach_at(index, height).await;
            }
        }
    }

    pub fn submit(&self, text: &str) {
        self.waiting.lock().unwrap().push(text.to_owned());
        self.nodes.iter().for_each(|node| node.wake.wake());
    }

    pub async fn ordered(&self, text: &str) {
        let is_ordered = |node: &Node| {
            let chain = node.chain.lock().unwrap();
            chain.batches.iter().any(|(batch, _)| batch.3.iter().any(|found| found == text))
        };
        while !self.nodes.iter().all(is_ordered) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub fn assert_same_chain(&self) {
        let hashes =
            |node: &Node| -> Vec<Hash32> { node.chain.lock().unwrap().batches.iter().map(|(_, hash)| *hash).collect() };
        let all: Vec<_> = self.nodes.iter().map(hashes).collect();
        let shortest = all.iter().map(Vec::len).min().unwrap();
        assert!(all.iter().all(|chain| chain[..shortest] == all[0][..shortest]));
    }
}

fn copy_folders(from: &Path, to: &Path) {
    for folder in ["log", "wal"] {
        std::fs::create_dir_all(to.join(folder)).unwrap();
        for entry in std::fs::read_dir(from.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, to.join(folder).join(path.file_name().unwrap())).unwrap();
        }
    }
}
