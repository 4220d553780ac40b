//! A small ledger of one package, nodes that prove what it has, and liars, who certify alone what they make up.

use crate::binary::Folder;
use crate::fake_node::FakeNode;
use medshare_contract_abi::codec::Encode as _;
use medshare_contract_abi::permissions::{PermissionRecord, Status};
use medshare_crypto::hash::Hash32;
use medshare_genesis::file;
use medshare_genesis::generate::Layout;
use medshare_genesis::keys::{NodeKeys, StoredKeys as _};
use medshare_ledger::codec;
use medshare_ledger::entry::{Decision, Entry, OwnerDecision, Revocation};
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::{BlockId, PackageId, Timestamp};
use medshare_ledger::permission_proof::PermissionProof;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::request_proof::RequestProof;
use medshare_ledger::state::{SideChain, StateKey};
use medshare_ledger::testing::{Validators, permission, request};
use medshare_loopback::{Answer, Question};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

/// The one package.
pub const PARENT: &str = "00e63073aaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
/// Certificates of all validators; of a third a quorum is not made.
pub const ALL: usize = 4;
/// An age of proofs, in milliseconds, that no honest node gives.
pub const LONG_AGO: u64 = 3_600_000;

/// The ledger.
#[derive(Clone)]
pub struct Ledger {
    pub facts: NetworkFacts,
    pub validators: Validators,
    state: Arc<Mutex<State>>,
}

#[derive(Clone)]
struct State {
    permission: PermissionRecord,
    decisions: EntryChain,
    last_violation: Option<Hash32>,
    taken: Vec<Hash32>,
}

/// The time here, in milliseconds.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().try_into().unwrap()
}

impl Ledger {
    /// Of the network that was founded in the folder; the package stands so.
    pub fn of(folder: &Folder, status: Status) -> Self {
        let layout = Layout::new(folder.path().join("net"));
        let facts = NetworkFacts::new(file::load(&layout.genesis()).unwrap()).unwrap();
        let homes = std::fs::read_dir(layout.nodes()).unwrap().map(|home| home.unwrap().path());
        let keys = homes.map(|home| NodeKeys::load(&home.join("keys/node.key"), None).unwrap().signing);
        let validators = Validators::new(facts.clone(), keys.collect());
        let state = State {
            permission: permission(status),
            decisions: EntryChain::default(),
            last_violation: None,
            taken: Vec::new(),
        };
        Self { facts, validators, state: Arc::new(Mutex::new(state)) }
    }

    /// Another one beside it where the package stands so, as far as whoever keeps it says.
    pub fn apart(&self, status: Status) -> Self {
        let mut state = self.state.lock().unwrap().clone();
        state.permission.status = status;
        Self { state: Arc::new(Mutex::new(state)), ..self.clone() }
    }

    /// There is a violation, and so many wait for their owner.
    pub fn violated(self, header: Hash32, undecided: u32) -> Self {
        self.changed(|state| {
            state.permission.undecided = undecided;
            state.last_violation = Some(header);
        })
    }

    /// The owner has decided so often before.
    pub fn decided(self, entries: u8) -> Self {
        self.changed(|state| {
            for number in 0..entries {
                state.decisions = state.decisions.extended(&Hash32::from_bytes([number; 32]));
            }
        })
    }

    fn changed(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state.lock().unwrap());
        self
    }

    /// How many decisions were taken here.
    pub fn taken(&self) -> usize {
        self.state.lock().unwrap().taken.len()
    }

    /// What so many validators certified so long ago.
    pub fn proof(&self, signers: usize, age_ms: u64) -> Answer {
        let State { permission, decisions, last_violation, .. } = self.state.lock().unwrap().clone();
        let parent: BlockId = PARENT.parse().unwrap();
        let side_blocks = SideChain {
            violations: u32::from(last_violation.is_some()),
            last_violation: last_violation.unwrap_or(Hash32::ZERO),
            ..SideChain::of_parent(parent)
        };
        let values = [
            (StateKey::Permission(parent), permission.to_bytes()),
            (StateKey::Decisions(parent), codec::encode(&decisions)),
            (StateKey::SideChain(parent), codec::encode(&side_blocks)),
        ];
        let state = values.into_iter().map(|(key, value)| (key.to_bytes(), Some(value))).collect();
        let (tree, anchor) = self.validators.certify(signers, Timestamp(now() - age_ms), &state);
        Answer::bytes(codec::encode(&PermissionProof::build(&tree, anchor, parent).unwrap()))
    }

    /// That a block answered this request, as all validators certify it.
    pub fn request_proof(&self, asked: &str) -> Answer {
        let (name, block) = (asked.parse().unwrap(), PARENT.parse().unwrap());
        let state = request(name, &self.facts.genesis().datasets[0], Some((block, PackageId::from_bytes([1; 32]))));
        let (tree, anchor) = self.validators.certify(ALL, Timestamp(now()), &state);
        Answer::bytes(codec::encode(&RequestProof::build(&tree, anchor, name, Some(block)).unwrap()))
    }

    /// A node that proves what is here.
    pub fn node(&self) -> FakeNode {
        self.node_that(|_| None)
    }

    /// The same, but for what `first` has an answer for.
    pub fn node_that(&self, mut first: impl FnMut(&Question) -> Option<Answer> + Send + 'static) -> FakeNode {
        let ledger = self.clone();
        FakeNode::hearing(&self.facts.network().to_string(), move |question, _| {
            first(question).unwrap_or_else(|| ledger.answer(question))
        })
    }

    /// What an honest node answers.
    pub fn answer(&self, question: &Question) -> Answer {
        let is_of = |path: &str| question.target.starts_with(path);
        if is_proof(question) {
            self.proof(ALL, 0)
        } else if is_entry(question) {
            self.take(&codec::decode(&question.body).unwrap())
        } else if is_of("/v1/entries/") {
            let hash: Hash32 = question.target["/v1/entries/".len()..].split('?').next().unwrap().parse().unwrap();
            match self.state.lock().unwrap().taken.contains(&hash) {
                true => applied(),
                false => Answer::error(404, "not-found"),
            }
        } else {
            Answer::error(404, "not-found")
        }
    }

    fn take(&self, entry: &Entry) -> Answer {
        let (sequence, becomes) = match entry {
            Entry::Revocation(Revocation { sequence, .. }, _) => (*sequence, Status::Revoked),
            Entry::OwnerDecision(OwnerDecision { sequence, decision, .. }, _) => (*sequence, behind(*decision)),
            other => unreachable!("{other:?} is no decision"),
        };
        let mut state = self.state.lock().unwrap();
        if sequence != state.decisions.count {
            let code = Rejection::DecisionOutOfSequence.code();
            return Answer::json(&json!({"entry": "e", "state": "rejected", "code": code, "error": null, "height": 9}));
        }
        state.permission.status = becomes;
        state.decisions = state.decisions.extended(&entry.hash());
        state.taken.push(entry.hash());
        applied()
    }
}

const fn behind(decision: Decision) -> Status {
    match decision {
        Decision::Review => Status::UnderReview,
        Decision::Regrant => Status::Regranted,
        Decision::Retrieve => Status::Retrieved,
        Decision::Uphold => Status::Upheld,
    }
}

/// What a node says of an entry that it took.
pub fn applied() -> Answer {
    Answer::json(&json!({"entry": "e", "state": "applied", "code": 0, "error": null, "height": 9}))
}

/// Whether the proof of the package is asked for.
pub fn is_proof(question: &Question) -> bool {
    question.target.starts_with(&format!("/v1/permissions/{PARENT}/proof?"))
}

/// Whether an entry is handed in.
pub fn is_entry(question: &Question) -> bool {
    question.method == "POST" && question.target == "/v1/entries"
}
