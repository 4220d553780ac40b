//! A small ledger of requestors and what they are granted, nodes that prove what it has, and liars, who certify alone what they make up.

use crate::binary::Folder;
use crate::fake_ledger::{ALL, Ledger, now};
use crate::fake_node::FakeNode;
use medshare_contract_abi::permissions::Status;
use medshare_crypto::hash::Hash32;
use medshare_exchange::proxy_key::ProxyKeyDelivery;
use medshare_ledger::codec;
use medshare_ledger::entry::{Entry, Identity};
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::grant_proof::GrantProof;
use medshare_ledger::id::{RequestorId, Timestamp};
use medshare_ledger::identity_proof::IdentityProof;
use medshare_ledger::state::{AccessRecord, AttributeKeyRecord, GrantRecord, IdentityRecord, StateKey};
use medshare_ledger::testing::Validators;
use medshare_loopback::{Answer, Question};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

type State = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The ledger.
#[derive(Clone)]
pub struct Registry {
    pub facts: NetworkFacts,
    validators: Validators,
    state: Arc<Mutex<State>>,
    entries: Arc<Mutex<Vec<Entry>>>,
    deliveries: Arc<Mutex<Vec<ProxyKeyDelivery>>>,
}

impl Registry {
    /// Of the network that was founded in the folder; nobody is registered.
    pub fn of(folder: &Folder) -> Self {
        let Ledger { facts, validators, .. } = Ledger::of(folder, Status::Granted);
        let made =
            Self { facts, validators, state: Arc::default(), entries: Arc::default(), deliveries: Arc::default() };
        // a state has something
        made.put(&StateKey::Access(RequestorId::from_bytes([0; 16])), &AccessRecord::default());
        made
    }

    /// Another one beside it, as it is now.
    pub fn apart(&self) -> Self {
        let state = self.state.lock().unwrap().clone();
        Self { state: Arc::new(Mutex::new(state)), ..self.clone() }
    }

    pub fn put<T: codec::Canonical>(&self, key: &StateKey, value: &T) {
        self.state.lock().unwrap().insert(key.to_bytes(), Some(codec::encode(value)));
    }

    /// Somebody is registered so.
    pub fn register(&self, requestor: RequestorId, identity: Identity) {
        self.put(&StateKey::Identity(requestor), &IdentityRecord { identity, entry: Hash32::ZERO });
    }

    /// What was handed in and is on the ledger.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap().clone()
    }

    /// The deliveries that honest nodes got.
    pub fn deliveries(&self) -> Vec<ProxyKeyDelivery> {
        self.deliveries.lock().unwrap().clone()
    }

    /// The proof that is asked for, as so many validators certified it so long ago.
    pub fn proof(&self, question: &Question, signers: usize, age_ms: u64) -> Option<Answer> {
        let path = question.target.split('?').next()?.strip_suffix("/proof")?;
        let (tree, anchor) = self.validators.certify(signers, Timestamp(now() - age_ms), &self.state.lock().unwrap());
        if let Some(requestor) = path.strip_prefix("/v1/identities/") {
            let proof = IdentityProof::build(&tree, anchor, requestor.parse().unwrap()).unwrap();
            return Some(Answer::bytes(codec::encode(&proof)));
        }
        let (requestor, attribute) = path.strip_prefix("/v1/grants/")?.split_once('/')?;
        let attribute = attribute.replace("%40", "@");
        let proof = GrantProof::build(&tree, anchor, requestor.parse().unwrap(), &attribute).unwrap();
        Some(Answer::bytes(codec::encode(&proof)))
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
        if let Some(proof) = self.proof(question, ALL, 0) {
            return proof;
        }
        match (question.method.as_str(), question.target.as_str()) {
            ("POST", "/v1/entries") => self.take(codec::decode(&question.body).unwrap()),
            ("POST", "/v1/proxy-keys") => {
                let delivery: ProxyKeyDelivery = codec::decode(&question.body).unwrap();
                self.deliveries.lock().unwrap().push(delivery.clone());
                self.take(delivery.grant)
            }
            (_, asked) => match asked.strip_prefix("/v1/entries/").and_then(|asked| asked.split('?').next()) {
                Some(hash) if self.has(&hash.parse().unwrap()) => answer("applied"),
                _ => Answer::error(404, "not-found"),
            },
        }
    }

    fn has(&self, hash: &Hash32) -> bool {
        self.entries().iter().any(|entry| entry.hash() == *hash)
    }

    fn take(&self, entry: Entry) -> Answer {
        let hash = entry.hash();
        if self.has(&hash) {
            return answer("applied");
        }
        match &entry {
            Entry::Identity(identity, ..) => {
                self.register(RequestorId::of_key(&identity.key), identity.clone());
            }
            Entry::AttributeKeys(keys, _) => {
                for key in &keys.keys {
                    let record = AttributeKeyRecord { version: key.version, public: key.public.clone(), entry: hash };
                    self.put(&StateKey::AttributeKey(key.attribute.clone()), &record);
                }
            }
            Entry::AttributeGrant(grant, _) => {
                let record =
                    GrantRecord { version: grant.version, proxy_key: grant.proxy_key, at: grant.at, entry: hash };
                self.put(&StateKey::Grant(grant.requestor, grant.attribute.clone()), &record);
                let attributes = vec![grant.attribute.clone()];
                let access = AccessRecord { attributes, revocations: grant.revocations, ..AccessRecord::default() };
                self.put(&StateKey::Access(grant.requestor), &access);
            }
            other => unreachable!("{other:?} is not handed in here"),
        }
        self.entries.lock().unwrap().push(entry);
        answer("applied")
    }
}

/// What a node says of an entry.
pub fn answer(state: &str) -> Answer {
    let (code, error) = match state {
        "rejected" => (307, json!({"code": "rejected", "message": "a lie", "hint": null})),
        _ => (0, json!(null)),
    };
    Answer::json(&json!({"entry": "e", "state": state, "code": code, "error": error, "height": 9}))
}

/// Whether a grant or another entry is handed in.
pub fn is_handed_in(question: &Question) -> bool {
    question.method == "POST"
}
