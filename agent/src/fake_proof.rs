//! Proofs of what the small ledger has, certified as by validators of the founded network.

use medshare_contract_abi::codec::Encode as _;
use medshare_contract_abi::permissions::{PermissionRecord, Status};
use medshare_contract_abi::{ActionSet, Sensitivity};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::batch::BatchHeader;
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::codec;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::{Height, NodeId, RequestorId, Timestamp};
use medshare_ledger::opening_proof::{Opening, OpeningProof};
use medshare_ledger::side_block::Lease;
use medshare_ledger::state::{AccessRecord, LeaseRecord, StateFault, StateKey, WriteSet};
use medshare_ledger::state_tree::{TreeStore, next_version};
use medshare_ledger::vote::{Vote, VoteKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The validators of a network.
#[derive(Clone)]
pub struct Validators {
    facts: NetworkFacts,
    keys: Arc<Vec<SigningKey>>,
}

/// What is to be proven.
pub struct Shown<'a> {
    pub requestor: RequestorId,
    pub lease: Option<(&'a Lease, u32, Hash32)>,
    pub status: &'a str,
    pub access_ended: bool,
    /// How far the ledger's time is ahead, in milliseconds.
    pub ahead_ms: u64,
}

#[derive(Default)]
struct Memory(BTreeMap<Vec<u8>, Vec<u8>>);

impl TreeStore for Memory {
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
    pub fn new(facts: NetworkFacts, keys: Vec<SigningKey>) -> Self {
        Self { facts, keys: Arc::new(keys) }
    }

    /// The proof that so many of the validators certify.
    pub fn prove(&self, signers: usize, opening: Opening, shown: &Shown<'_>) -> OpeningProof {
        let mut tree = Memory::default();
        let update = next_version(&tree, 0, &state(opening, shown), 1).unwrap();
        tree.0.extend(update.puts);
        let anchor = BatchHeader {
            network: self.facts.network(),
            height: Height(1),
            previous: Hash32::ZERO,
            entry_count: 0,
            history_size: 0,
            history_root: Hash32::ZERO,
            state_root: update.root,
            validators: self.facts.validators().hash(),
            proposer: NodeId::of_key(&self.keys[0].verifying_key()),
            time: crate::clock::now().plus_ms(shown.ahead_ms),
        };
        let certificate = self.certificate(signers, anchor.hash());
        OpeningProof::build(&tree, (anchor, certificate), opening).unwrap()
    }

    fn certificate(&self, signers: usize, value: Hash32) -> CommitCertificate {
        let precommit = |key: &SigningKey| {
            let vote = Vote {
                network: self.facts.network(),
                kind: VoteKind::Precommit,
                height: Height(1),
                round: 0,
                value: Some(value),
                validator: NodeId::of_key(&key.verifying_key()),
            };
            (vote.validator, key.sign(&vote))
        };
        let mut signatures: Vec<_> = self.keys.iter().take(signers).map(precommit).collect();
        signatures.sort_by_key(|(node, _)| *node);
        CommitCertificate { height: Height(1), round: 0, value, signatures }
    }
}

fn state(opening: Opening, shown: &Shown<'_>) -> WriteSet {
    let lease = shown.lease.map(|(lease, reports, last_report)| {
        let record = LeaseRecord { next_sequence: reports + 1, last_report, ..lease.opened(0) };
        (StateKey::Lease(opening.parent, lease.id), codec::encode(&record))
    });
    let permission = PermissionRecord {
        status: status(shown.status),
        sensitivity: Sensitivity::High,
        violations_mask: ActionSet::EMPTY,
        exempt: ActionSet::EMPTY,
        expires_at_ms: Timestamp(0).0,
        openings: 0,
        reports: 0,
        violations: 0,
        undecided: 0,
        destroyed: false,
    };
    let access = AccessRecord { undecided: u32::from(shown.access_ended), ..AccessRecord::default() };
    let others = [
        (StateKey::Permission(opening.parent), permission.to_bytes()),
        (StateKey::Access(shown.requestor), codec::encode(&access)),
    ];
    lease.into_iter().chain(others).map(|(key, value)| (key.to_bytes(), Some(value))).collect()
}

fn status(word: &str) -> Status {
    match word {
        "granted" => Status::Granted,
        "opened" => Status::Opened,
        "revoked" => Status::Revoked,
        "re-granted" => Status::Regranted,
        "retrieved" => Status::Retrieved,
        other => panic!("{other} is not known here"),
    }
}
