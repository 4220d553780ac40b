//! A node in memory that decides every batch it is given, with the signatures of all validators.

use super::entries::Head;
use super::parties::Parties;
use super::permissions::TestContracts;
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::{BatchHeader, Decided, Tip, UncheckedBatch, VerifiedBatch};
use medshare_ledger::bundle::BundleSource;
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::check::{VerifiedEntry, check_entry};
use medshare_ledger::codec::encode;
use medshare_ledger::entry::Entry;
use medshare_ledger::execution::{Execution, apply_batch};
use medshare_ledger::history::HistoryLeaves;
use medshare_ledger::id::{BlockId, Height, Timestamp};
use medshare_ledger::state::{AccessRecord, StateFault, StateKey, StateRead, StateView, genesis_state};
use medshare_ledger::state_tree::{StateProof, TreeStore, next_version, prove};
use medshare_ledger::trail::Trail;
use medshare_ledger::vote::{Vote, VoteKind};
use std::collections::BTreeMap;

#[derive(Clone, Default)]
pub struct Store {
    pub state: BTreeMap<Vec<u8>, Vec<u8>>,
    tree: BTreeMap<Vec<u8>, Vec<u8>>,
    entries: Vec<VerifiedEntry>,
    trails: BTreeMap<Vec<u8>, Vec<u64>>,
}

pub struct Node {
    pub parties: Parties,
    pub contracts: TestContracts,
    pub store: Store,
    pub tip: Tip,
    pub decided: Vec<(BatchHeader, CommitCertificate)>,
}

impl StateRead for Store {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, StateFault> {
        Ok(self.state.get(&key.to_bytes()).cloned())
    }
}

impl Decided for Store {
    fn is_decided(&self, entry: &Hash32, _through: Height) -> Result<bool, StateFault> {
        Ok(self.entries.iter().any(|decided| decided.hash() == *entry))
    }
}

/// Who remembers of no entry that it was decided.
pub struct Forgetful;

impl Decided for Forgetful {
    fn is_decided(&self, _: &Hash32, _: Height) -> Result<bool, StateFault> {
        Ok(false)
    }
}

impl TreeStore for Store {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateFault> {
        Ok(self.tree.get(key).cloned())
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, StateFault> {
        let range = prefix.to_vec()..=[prefix, until].concat();
        Ok(self.tree.range(range).next_back().map(|(key, value)| (key.clone(), value.clone())))
    }
}

impl HistoryLeaves for Store {
    fn leaf(&self, index: u64) -> Result<Hash32, StateFault> {
        Ok(self.entries[usize::try_from(index).unwrap()].leaf())
    }
}

impl BundleSource for Store {
    fn entry(&self, index: u64) -> Result<Vec<u8>, StateFault> {
        Ok(encode(self.entries[usize::try_from(index).unwrap()].entry()))
    }

    fn trail(&self, trail: Trail) -> Result<Vec<u64>, StateFault> {
        Ok(self.trails.get(&trail.to_bytes()).cloned().unwrap_or_default())
    }

    fn state_proof(&self, height: u64, key: &StateKey) -> Result<StateProof, StateFault> {
        prove(self, height, key)
    }
}

impl Node {
    pub fn new(parties: Parties) -> Self {
        let mut store = Store::default();
        let writes = genesis_state(parties.facts.genesis());
        let update = next_version(&store, 0, &writes, u64::MAX).unwrap();
        store.tree.extend(update.puts);
        store.state.extend(writes.into_iter().map(|(key, value)| (key, value.unwrap())));
        let tip = Tip::genesis(&parties.facts, update.root);
        Self { parties, contracts: TestContracts::default(), store, tip, decided: Vec::new() }
    }

    pub fn view(&self) -> StateView<'_> {
        StateView::new(&self.store)
    }

    /// Head of the side-blocks of a parent block.
    pub fn head(&self, parent: BlockId) -> Head {
        let chain = self.view().side_chain(parent).unwrap().unwrap();
        Head { previous: chain.head, violations: chain.violations }
    }

    /// The last violation of the package of a parent block; zero where there is none.
    pub fn last_violation(&self, parent: BlockId) -> Hash32 {
        self.view().side_chain(parent).unwrap().unwrap().last_violation
    }

    /// The requestor's record of access.
    pub fn access(&self) -> AccessRecord {
        self.view().access(self.parties.requestor()).unwrap().unwrap_or_default()
    }

    /// The batch of these entries at `time`, checked as another validator would.
    pub fn batch(&self, entries: Vec<Entry>, time: u64) -> VerifiedBatch {
        let facts = &self.parties.facts;
        let verified = entries.into_iter().map(|entry| check_entry(entry, facts).unwrap());
        let proposal = self.tip.propose(verified, self.parties.node(0), Timestamp(time), &self.store).unwrap();
        let sent = UncheckedBatch::decode(&proposal.batch.to_bytes()).unwrap();
        self.tip.check(sent, facts, Some(Timestamp(time)), &self.store, &|_| None).unwrap()
    }

    /// What the entries would do at `time`.
    pub fn execute(&self, entries: Vec<Entry>, time: u64) -> Execution {
        apply_batch(&self.store, &self.batch(entries, time), &self.contracts).unwrap()
    }

    /// Decides the entries at `time`. Returns what they did.
    pub fn decide(&mut self, entries: Vec<Entry>, time: u64) -> Execution {
        let batch = self.batch(entries, time);
        let execution = apply_batch(&self.store, &batch, &self.contracts).unwrap();
        let update = next_version(&self.store, batch.header().height.0, &execution.writes, u64::MAX).unwrap();
        self.store.tree.extend(update.puts);
        for (key, value) in &execution.writes {
            match value {
                Some(value) => self.store.state.insert(key.clone(), value.clone()),
                None => self.store.state.remove(key),
            };
        }
        for (entry, receipt) in batch.entries().iter().zip(&execution.receipts) {
            let index = self.store.entries.len() as u64;
            self.store.entries.push(entry.clone());
            if let (0, Some(trail)) = (receipt.code, Trail::of(entry.entry())) {
                self.store.trails.entry(trail.to_bytes()).or_default().push(index);
            }
        }
        self.decided.push((batch.header().clone(), self.certify(batch.header())));
        let validators = self.view().validators().unwrap().unwrap().hash();
        self.tip = self.tip.advance(&batch, update.root, validators);
        execution
    }

    /// Decides one entry that must be applied.
    pub fn apply(&mut self, entry: Entry, time: u64) -> Execution {
        let execution = self.decide(vec![entry], time);
        assert_eq!(execution.receipts[0].rejection(), None);
        execution
    }

    fn certify(&self, header: &BatchHeader) -> CommitCertificate {
        let signatures = (0..self.parties.nodes.len()).map(|index| {
            let vote = Vote {
                network: header.network,
                kind: VoteKind::Precommit,
                height: header.height,
                round: 0,
                value: Some(header.hash()),
                validator: self.parties.node(index),
            };
            (vote.validator, self.parties.nodes[index].sign(&vote))
        });
        let mut signatures = signatures.collect::<Vec<_>>();
        signatures.sort_by_key(|(node, _)| *node);
        CommitCertificate { height: header.height, round: 0, value: header.hash(), signatures }
    }
}
