//! A network of four organisations, and what its parties sign in the tests of this crate and of those above it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::new_without_default,
    reason = "tests"
)]

pub mod anything;
mod blocks;
mod choices;
mod entries;
mod facts;
mod hostile;
mod packages;

use crate::chain::Chain;
use crate::execute::ExecuteError;
use crate::keys;
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::sign::SigningKey;
use medshare_genesis::keys::{AuthorityKeys, RequestorKeys};
use medshare_ledger::batch::{Proposal, UncheckedBatch};
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::check::{VerifiedEntry, check_entry};
use medshare_ledger::entry::Entry;
use medshare_ledger::facts::{GenesisFacts, NetworkFacts};
use medshare_ledger::id::{Height, Label, NodeId, OwnerId, Timestamp};
use medshare_ledger::vote::{Vote, VoteKind};
use medshare_node_store::kv::Change;
use medshare_node_store::log::DecidedBatch;
use rand::rngs::OsRng;
use std::sync::Arc;
use tempfile::TempDir;

/// When the network's parties start to sign.
pub const T0: u64 = 1_700_000_000_000;
/// The attribute that opens the packages of the data set.
pub const ATTRIBUTE: &str = "RESEARCHER@university";
/// Anonymity that the data set asks for.
pub const K: u32 = 2;

/// Everybody's keys, and a home for one node.
pub struct Parties {
    /// A home for one node.
    pub home: TempDir,
    /// The network that they found.
    pub facts: Arc<NetworkFacts>,
    /// Keys of the validators.
    pub nodes: Vec<SigningKey>,
    /// Keys of the owners, each served by the node of the same index.
    pub owners: Vec<SigningKey>,
    /// Keys of the authority that issues [`ATTRIBUTE`].
    pub authority: AuthorityKeys,
    /// Keys of the requestor.
    pub requestor: RequestorKeys,
    /// When the parties sign what is not given a date.
    pub at: Timestamp,
}

impl Parties {
    /// With the keys of validators and owners always the same.
    #[must_use]
    pub fn new() -> Self {
        Self::with_side_blocks(8)
    }

    /// The same, with room for so many side-blocks under a parent block.
    #[must_use]
    pub fn with_side_blocks(max_side_blocks: u32) -> Self {
        Self::founding(|facts| facts.parameters.max_side_blocks = max_side_blocks)
    }

    /// The same, with other facts in the genesis.
    #[must_use]
    pub fn founding(change: impl FnOnce(&mut GenesisFacts)) -> Self {
        let key = |seed: u8| SigningKey::from_seed([seed; 32].into());
        let nodes: Vec<_> = (1..=4).map(key).collect();
        let owners: Vec<_> = (11..=14).map(key).collect();
        let authority = AuthorityKeys::generate(&label("university"), &mut OsRng).unwrap();
        let mut facts = facts::genesis(&nodes, &owners, &authority);
        change(&mut facts);
        let facts = Arc::new(NetworkFacts::new(facts).unwrap());
        let requestor = RequestorKeys::generate(&mut OsRng);
        Self { home: tempfile::tempdir().unwrap(), facts, nodes, owners, authority, requestor, at: Timestamp(T0) }
    }

    /// The chain in the home.
    pub fn chain(&self) -> Chain {
        Chain::open(self.home.path(), Arc::clone(&self.facts)).unwrap()
    }

    /// The chain after the registration of the requestor and the keys and the grant of her attribute.
    pub fn ready_chain(&self) -> Chain {
        let chain = self.chain();
        self.decide(&chain, vec![self.identity(), self.attribute_keys(&[ATTRIBUTE])]);
        let grant = self.grant(self.at.0, sha256(b"proxy key"));
        self.decide(&chain, std::iter::once(grant).chain((1..=9).map(|nonce| self.request(nonce).entry())).collect());
        chain
    }

    /// NID of a validator.
    #[must_use]
    pub fn node(&self, index: usize) -> NodeId {
        NodeId::of_key(&self.nodes[index].verifying_key())
    }

    /// The key with which a validator opens what is sealed to it.
    #[must_use]
    pub fn sealing(&self, index: usize) -> SealingSecretKey {
        SealingSecretKey::from_bytes(self.nodes[index].seed())
    }

    /// OID of an owner.
    #[must_use]
    pub fn owner(&self, index: usize) -> OwnerId {
        OwnerId::of_key(&self.owners[index].verifying_key())
    }

    /// An entry after its checks.
    #[must_use]
    pub fn verified(&self, entry: Entry) -> VerifiedEntry {
        check_entry(entry, &self.facts).unwrap()
    }

    /// The next batch behind the chain's tip, with its certificate.
    pub fn batch(&self, chain: &Chain, entries: Vec<Entry>) -> DecidedBatch {
        let tip = chain.tip();
        let entries: Vec<_> = entries.into_iter().map(|entry| self.verified(entry)).collect();
        let time = self.at.plus_ms(1_000 * tip.height.next().0);
        let Proposal { batch, hopeless } = tip.propose(entries, self.node(0), time, chain.views()).unwrap();
        assert!(hopeless.is_empty(), "decided before, or of another time");
        let bytes = batch.to_bytes().into();
        DecidedBatch { bytes, certificate: self.certificate(tip.height.next(), batch.hash()) }
    }

    /// Everybody's precommits.
    fn certificate(&self, height: Height, value: Hash32) -> CommitCertificate {
        let precommit = |key: &SigningKey| {
            let vote = Vote {
                network: self.facts.network(),
                kind: VoteKind::Precommit,
                height,
                round: 0,
                value: Some(value),
                validator: NodeId::of_key(&key.verifying_key()),
            };
            (vote.validator, key.sign(&vote))
        };
        let mut signatures: Vec<_> = self.nodes.iter().map(precommit).collect();
        signatures.sort_by_key(|(node, _)| *node);
        CommitCertificate { height, round: 0, value, signatures }
    }

    /// Decides these entries: into the log, then executed.
    pub fn decide(&self, chain: &Chain, entries: Vec<Entry>) -> DecidedBatch {
        let batch = self.batch(chain, entries);
        chain.append(&batch).unwrap();
        execute(chain, &batch.bytes).unwrap();
        batch
    }
}

/// Checks and executes decided bytes.
pub fn execute(chain: &Chain, bytes: &[u8]) -> Result<(), ExecuteError> {
    let batch = UncheckedBatch::decode(bytes)?;
    chain.execute(&chain.check_decided(batch)?)
}

/// Has the views fail when they are asked what became of this entry.
pub fn damage_place(chain: &Chain, entry: &Hash32) {
    chain.views().store().apply(vec![Change::put(keys::entry(entry), vec![7])]).unwrap();
}

/// A label of this text.
#[must_use]
pub fn label(text: &str) -> Label {
    text.parse().unwrap()
}
