//! States that validators of a network certify, for the tests of what believes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use crate::batch::BatchHeader;
use crate::certificate::CommitCertificate;
use crate::certified_state::Anchor;
use crate::codec::encode;
use crate::facts::{DataSet, NetworkFacts};
use crate::id::{BlockId, Height, NodeId, PackageId, RequestorId, Timestamp};
use crate::purpose::{ActReason, Purpose};
use crate::state::{BlockRecord, RequestRecord, StateFault, StateKey, WriteSet};
use crate::state_tree::{TreeStore, next_version};
use crate::vote::{Vote, VoteKind};
use medshare_contract_abi::permissions::{PermissionRecord, Status};
use medshare_contract_abi::{ActionSet, Sensitivity};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Height of every header here: what was decided before has a lower one.
pub const HEIGHT: Height = Height(10);

/// The validators of a network, with their keys.
#[derive(Clone)]
pub struct Validators {
    facts: NetworkFacts,
    keys: Arc<Vec<SigningKey>>,
}

/// A state's tree in memory.
#[derive(Default)]
pub struct Tree(BTreeMap<Vec<u8>, Vec<u8>>);

impl TreeStore for Tree {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateFault> {
        Ok(self.0.get(key).cloned())
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, StateFault> {
        let end = [prefix, until].concat();
        let found = self.0.range(prefix.to_vec()..=end).next_back();
        Ok(found.map(|(key, value)| (key.clone(), value.clone())))
    }
}

impl Validators {
    /// Those of these facts.
    #[must_use]
    pub fn new(facts: NetworkFacts, keys: Vec<SigningKey>) -> Self {
        Self { facts, keys: Arc::new(keys) }
    }

    /// A state with the header that so many of the validators certified at this time.
    #[must_use]
    pub fn certify(&self, signers: usize, time: Timestamp, state: &WriteSet) -> (Tree, Anchor) {
        let mut tree = Tree::default();
        let update = next_version(&tree, 0, state, 1).unwrap();
        tree.0.extend(update.puts);
        let anchor = BatchHeader {
            network: self.facts.network(),
            height: HEIGHT,
            previous: Hash32::ZERO,
            entry_count: 0,
            history_size: 0,
            history_root: Hash32::ZERO,
            state_root: update.root,
            validators: self.facts.validators().hash(),
            proposer: NodeId::of_key(&self.keys[0].verifying_key()),
            time,
        };
        let certificate = self.certificate(signers, anchor.hash());
        (tree, (anchor, certificate))
    }

    fn certificate(&self, signers: usize, value: Hash32) -> CommitCertificate {
        let precommit = |key: &SigningKey| {
            let vote = Vote {
                network: self.facts.network(),
                kind: VoteKind::Precommit,
                height: HEIGHT,
                round: 0,
                value: Some(value),
                validator: NodeId::of_key(&key.verifying_key()),
            };
            (vote.validator, key.sign(&vote))
        };
        let mut signatures: Vec<_> = self.keys.iter().take(signers).map(precommit).collect();
        signatures.sort_by_key(|(node, _)| *node);
        CommitCertificate { height: HEIGHT, round: 0, value, signatures }
    }
}

/// A package that stands so, and of which nothing else is known.
#[must_use]
pub const fn permission(status: Status) -> PermissionRecord {
    PermissionRecord {
        status,
        sensitivity: Sensitivity::High,
        violations_mask: ActionSet::EMPTY,
        exempt: ActionSet::EMPTY,
        expires_at_ms: 0,
        openings: 0,
        reports: 0,
        violations: 0,
        undecided: 0,
        destroyed: false,
    }
}

/// A request for data of this set, by its name, with the block that answered it and the package to which that commits.
#[must_use]
pub fn request(name: Hash32, dataset: &DataSet, answer: Option<(BlockId, PackageId)>) -> WriteSet {
    let requestor = RequestorId::from_bytes([1; 16]);
    let request = RequestRecord {
        requestor,
        owner: dataset.owner,
        dataset: dataset.id.clone(),
        terms_version: 1,
        purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: vec![] },
        deadline: Timestamp(1),
        answer: answer.map(|(block, _)| block),
    };
    let block = answer.map(|(block, package)| {
        let record = BlockRecord {
            height: Height(7),
            entry: Hash32::ZERO,
            position: 0,
            requestor,
            owner: dataset.owner,
            dataset: dataset.id.clone(),
            node: NodeId::from_bytes([2; 16]),
            package,
            contract: Hash32::ZERO,
            version: 1,
            violations_mask: 0,
            exempt_mask: 0,
            sensitivity: 1,
            locktime: Timestamp(0),
        };
        (StateKey::Block(block), encode(&record))
    });
    let request = (StateKey::Request(name), encode(&request));
    [request].into_iter().chain(block).map(|(key, value)| (key.to_bytes(), Some(value))).collect()
}
