//! An application that orders texts.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::codec;
use medshare_ledger::id::{Height, NodeId};
use medshare_ledger::validator::ValidatorSet;
use medshare_node_consensus::{Application, Candidate, Checking, DecidedBatch, Fault, Reading, Verdict};
use medshare_node_store::log::{BatchLog, SEGMENT_BYTES};

use super::{Cluster, NETWORK};

/// Height, proposer, previous hash, texts.
pub type Batch = (Height, NodeId, Hash32, Vec<String>);

/// A text that makes the check of its batch take that long.
pub const DEAR: (&str, Duration) = ("dear", Duration::from_secs(3));

/// The batches of one node, shared with the test.
#[derive(Default)]
pub struct Chain {
    log: Option<BatchLog>,
    pub(super) batches: Vec<(Batch, Hash32)>,
}

pub struct Toy {
    node: NodeId,
    validators: ValidatorSet,
    chain: Arc<Mutex<Chain>>,
    waiting: Arc<Mutex<Vec<String>>>,
    fail_commit_at: Option<Height>,
}

impl Toy {
    pub fn new(cluster: &Cluster, index: usize) -> Self {
        let node = &cluster.nodes[index];
        let mut chain = node.chain.lock().unwrap();
        let (log, _) = BatchLog::open(&node.home.path().join("log"), SEGMENT_BYTES).unwrap();
        chain.batches = log.iter_from(Height(1)).map(|decided| parse(&decided.unwrap().bytes).unwrap()).collect();
        chain.log = Some(log);
        Self {
            node: NodeId::of_key(&node.key.verifying_key()),
            validators: cluster.validators.clone(),
            chain: node.chain.clone(),
            waiting: cluster.waiting.clone(),
            fail_commit_at: node.fail_commit_at,
        }
    }
}

fn parse(bytes: &[u8]) -> Option<(Batch, Hash32)> {
    Some((codec::decode(bytes).ok()?, sha256(bytes)))
}

impl Drop for Toy {
    fn drop(&mut self) {
        self.chain.lock().unwrap().log = None;
    }
}

impl Chain {
    pub(super) fn tip(&self) -> Height {
        Height(self.batches.len() as u64)
    }

    fn head(&self) -> Hash32 {
        self.batches.last().map_or(Hash32::ZERO, |(_, hash)| *hash)
    }
}

impl Application for Toy {
    fn tip(&self) -> Height {
        self.chain.lock().unwrap().tip()
    }

    fn first_kept(&self) -> Height {
        Height(1)
    }

    fn validators(&self, _height: Height) -> ValidatorSet {
        self.validators.clone()
    }

    fn recent_proposers(&self, count: usize) -> Vec<NodeId> {
        let chain = self.chain.lock().unwrap();
        let from = chain.batches.len().saturating_sub(count);
        chain.batches[from..].iter().map(|(batch, _)| batch.1).collect()
    }

    fn has_waiting(&self) -> bool {
        !self.waiting.lock().unwrap().is_empty()
    }

    async fn propose(&mut self, height: Height, _round: u32) -> Result<Candidate, Fault> {
        let chain = self.chain.lock().unwrap();
        let batch: Batch = (height, self.node, chain.head(), self.waiting.lock().unwrap().clone());
        let bytes = Bytes::from(codec::encode(&batch));
        let hash = sha256(&bytes);
        Ok(Candidate { bytes, hash })
    }

    fn check(&mut self, height: Height, _round: u32, proposer: NodeId, bytes: &Bytes) -> Checking {
        let head = self.chain.lock().unwrap().head();
        let parsed = parse(bytes);
        Box::pin(async move {
            if parsed.as_ref().is_some_and(|(batch, _)| batch.3.iter().any(|text| text == DEAR.0)) {
                tokio::time::sleep(DEAR.1).await;
            }
            Ok(match parsed {
                Some((batch, hash)) if (batch.0, batch.1, batch.2) == (height, proposer, head) => Verdict::Valid(hash),
                _ => Verdict::Invalid { reason: "not on top of the chain".to_owned() },
            })
        })
    }

    fn identify(&mut self, height: Height, bytes: &Bytes) -> Option<Hash32> {
        parse(bytes).filter(|(batch, _)| batch.0 == height).map(|(_, hash)| hash)
    }

    async fn commit(&mut self, bytes: Bytes, certificate: CommitCertificate) -> Result<(), Fault> {
        if self.fail_commit_at == Some(certificate.height) {
            return Err(Fault::new("writing the batch log", "disk full"));
        }
        certificate.verify(NETWORK, &self.validators).unwrap();
        let mut chain = self.chain.lock().unwrap();
        if certificate.height <= chain.tip() {
            return Ok(());
        }
        let (batch, hash) = parse(&bytes).unwrap();
        self.waiting.lock().unwrap().retain(|text| !batch.3.contains(text));
        chain.log.as_mut().unwrap().append(&DecidedBatch { bytes, certificate }).unwrap();
        chain.batches.push((batch, hash));
        Ok(())
    }

    fn decided(&self, heights: RangeInclusive<Height>, most_bytes: usize) -> Reading {
        let reading = self.chain.lock().unwrap().log.as_ref().unwrap().reading(*heights.start());
        let failed = |error| Fault::new("reading the batch log", error);
        Box::new(move || reading.batches_through(*heights.end(), most_bytes).map_err(failed))
    }
}
