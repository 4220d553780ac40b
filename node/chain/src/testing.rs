//! A network of four organisations, and what its parties sign in the tests of this crate and of those above it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::new_without_default,
    reason = "tests"
)]

pub mod anything;
mod choices;
mod hostile;

mod blocks;

use crate::chain::Chain;
use crate::execute::ExecuteError;
use medshare_contract_abi::{Action, ActionSet, Sensitivity};
use medshare_contract_host::{PERMISSIONS_WASM, USAGE_WASM};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::sign::{Signature, SigningKey};
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_genesis::keys::{AuthorityKeys, RequestorKeys};
use medshare_ledger::batch::{Proposal, UncheckedBatch};
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::check::{VerifiedEntry, check_entry};
use medshare_ledger::entry::{
    AttributeGrant, AttributeKey, AttributeKeys, ContractCode, Entry, Identity, IdentityCard,
};
use medshare_ledger::event::{Stage, StageEvent};
use medshare_ledger::facts::{Authority, DataSet, GenesisFacts, NetworkFacts, Owner, Parameters, RecordType};
use medshare_ledger::id::{Height, Label, NodeId, OwnerId, PackageId, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::{Details, ParentBlock};
use medshare_ledger::purpose::{ActReason, Purpose, UseTerms};
use medshare_ledger::state::EntryChain;
use medshare_ledger::validator::Validator;
use medshare_ledger::vote::{Vote, VoteKind};
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
        let mut facts = genesis(&nodes, &owners, &authority);
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

    /// OID of an owner.
    #[must_use]
    pub fn owner(&self, index: usize) -> OwnerId {
        OwnerId::of_key(&self.owners[index].verifying_key())
    }

    /// The requestor's registration.
    #[must_use]
    pub fn identity(&self) -> Entry {
        self.identity_of(&self.requestor)
    }

    /// The registration of somebody with these keys.
    #[must_use]
    pub fn identity_of(&self, keys: &RequestorKeys) -> Entry {
        let registration = keys.attributes.registration(keys.id().as_bytes(), &mut OsRng).unwrap();
        let identity = Identity {
            network: self.facts.network(),
            key: keys.signing.verifying_key(),
            sealing_key: keys.sealing.public_key().to_bytes(),
            registration: registration.to_bytes(),
            role: label("researcher"),
            organisation: self.owner(1),
            at: self.at,
        };
        let (organisation, requestor) = (self.owners[1].sign(&identity), keys.signing.sign(&IdentityCard(&identity)));
        Entry::Identity(identity, organisation, requestor)
    }

    /// Public keys of attributes.
    #[must_use]
    pub fn attribute_keys(&self, names: &[&str]) -> Entry {
        let public = |name: &&str| {
            let public = self.authority.secret.attribute_public(&name.parse().unwrap(), 1).unwrap();
            AttributeKey { attribute: (*name).to_owned(), version: 1, public: public.to_bytes() }
        };
        let keys = AttributeKeys {
            network: self.facts.network(),
            authority: label("university"),
            keys: names.iter().map(public).collect(),
            at: self.at,
        };
        let signature = self.authority.signing.sign(&keys);
        Entry::AttributeKeys(keys, signature)
    }

    /// The grant of [`ATTRIBUTE`] to the requestor.
    #[must_use]
    pub fn grant(&self, at: u64, proxy_key: Hash32) -> Entry {
        self.grant_behind(EntryChain::default(), at, proxy_key)
    }

    /// The same by an authority that knew of these revocations.
    #[must_use]
    pub fn grant_behind(&self, revocations: EntryChain, at: u64, proxy_key: Hash32) -> Entry {
        let grant = AttributeGrant {
            network: self.facts.network(),
            authority: label("university"),
            requestor: self.requestor.id(),
            attribute: ATTRIBUTE.to_owned(),
            version: 1,
            proxy_key,
            revocations,
            at: Timestamp(at),
        };
        let signature = self.authority.signing.sign(&grant);
        Entry::AttributeGrant(grant, signature)
    }

    /// A contract that the first owner publishes.
    #[must_use]
    pub fn contract_code(&self, code: Vec<u8>) -> Entry {
        let code = ContractCode { network: self.facts.network(), owner: self.owner(0), code, at: self.at };
        let signature = self.owners[0].sign(&code);
        Entry::ContractCode(code, signature)
    }

    /// A request for the data set, unsigned.
    pub fn asked(&self, nonce: u8) -> DataRequest {
        DataRequest {
            network: self.facts.network(),
            key: self.requestor.signing.verifying_key(),
            owner: self.owner(0),
            dataset: label("cohort"),
            terms_version: 1,
            record_type: RecordType::Table,
            purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: Vec::new() },
            created: self.at,
            deadline: self.at.plus_ms(3_600_000),
            nonce: [nonce; 16],
        }
    }

    /// A request for the data set, signed.
    #[must_use]
    pub fn request(&self, nonce: u8) -> SignedRequest {
        SignedRequest::sign(self.asked(nonce), &self.requestor.signing)
    }

    /// A request for the data set of the owner at this index, signed.
    #[must_use]
    pub fn request_to(&self, owner: usize, nonce: u8) -> SignedRequest {
        let asked = self.asked(nonce);
        let request = DataRequest { owner: self.owner(owner), dataset: self.dataset_of(owner).id, ..asked };
        SignedRequest::sign(request, &self.requestor.signing)
    }

    fn dataset_of(&self, owner: usize) -> DataSet {
        let id = self.owner(owner);
        self.facts.genesis().datasets.iter().find(|dataset| dataset.owner == id).unwrap().clone()
    }

    /// The parent block of a request, made by the owner's node and validated by the next one.
    pub fn parent_block(&self, request: &SignedRequest, previous: Hash32) -> ParentBlock {
        self.parent_block_at(request, previous, Timestamp(T0))
    }

    /// The same, made at some time.
    pub fn parent_block_at(&self, request: &SignedRequest, previous: Hash32, at: Timestamp) -> ParentBlock {
        self.parent_block_of(0, request, previous, at)
    }

    /// The same of the owner at this index.
    pub fn parent_block_of(
        &self,
        owner: usize,
        request: &SignedRequest,
        previous: Hash32,
        at: Timestamp,
    ) -> ParentBlock {
        let dataset = self.dataset_of(owner);
        let (node, second) = (owner, (owner + 1) % self.nodes.len());
        let violations = ActionSet::from_bits(dataset.permitted_mask).unwrap().complement();
        let details = Details {
            action_counter: violations.count(),
            violations_mask: violations.bits(),
            exempt_mask: 0,
            ttr: at,
            ttp: at,
            tts: at,
            owner: self.owner(owner),
            requestor: self.requestor.id(),
            dataset: dataset.id,
            sensitivity: Sensitivity::High.code(),
            purpose: request.request.purpose.clone(),
            node: self.node(node),
            second_node: self.node(second),
            package: PackageId::from_bytes([9; 32]),
            contract: sha256(USAGE_WASM),
            request: request.hash(),
            locktime: at.plus_ms(dataset.lifetime_ms),
        };
        let commitment = |stage: Stage| sha256(stage.name().as_bytes());
        let event = |stage: Stage| StageEvent { stage, at, commitment: commitment(stage) };
        let events: Vec<_> = Stage::ALL.into_iter().map(event).collect();
        let link = Link {
            previous,
            version: dataset.rules_version,
            timestamp: at,
            target: self.facts.parameters().target_bits,
        };
        let unsigned = Signature::from_bytes([0; 64]);
        let draft = ParentBlock::build(details.clone(), events.clone(), unsigned, link.clone());
        let validation = self.nodes[second].sign(&draft.block().validation(self.facts.network()).unwrap());
        ParentBlock::build(details, events, validation, link).sign(self.facts.network(), &self.nodes[node])
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
        chain.log().append(&batch).unwrap();
        execute(chain, &batch.bytes).unwrap();
        batch
    }
}

/// Checks and executes decided bytes.
pub fn execute(chain: &Chain, bytes: &[u8]) -> Result<(), ExecuteError> {
    let batch = UncheckedBatch::decode(bytes)?;
    chain.execute(&chain.check(batch, None).map_err(|error| chain.unfit(error))?)
}

/// A label of this text.
#[must_use]
pub fn label(text: &str) -> Label {
    text.parse().unwrap()
}

fn genesis(nodes: &[SigningKey], owners: &[SigningKey], authority: &AuthorityKeys) -> GenesisFacts {
    let names = ["north-hospital", "south-hospital", "east-cloud", "west-cloud"].map(label);
    let validator = |(key, name): (&SigningKey, &Label)| Validator {
        id: NodeId::of_key(&key.verifying_key()),
        key: key.verifying_key(),
        sealing_key: [1; 32],
        organisation: name.clone(),
    };
    let owner = |((key, node), name): ((&SigningKey, &SigningKey), &Label)| Owner {
        id: OwnerId::of_key(&key.verifying_key()),
        name: name.clone(),
        key: key.verifying_key(),
        node: NodeId::of_key(&node.verifying_key()),
    };
    let dataset = DataSet {
        id: label("cohort"),
        owner: OwnerId::of_key(&owners[0].verifying_key()),
        record_type: RecordType::Table,
        rules_version: 1,
        policy: ATTRIBUTE.to_owned(),
        terms: UseTerms { reasons: vec![ActReason::HealthcareResearch], research: None, requires: Vec::new() },
        k: K,
        permitted_mask: ActionSet::of(&[Action::Read]).bits(),
        exempt_mask: 0,
        lifetime_ms: 86_400_000,
    };
    let mut validators: Vec<_> = nodes.iter().zip(&names).map(validator).collect();
    validators.sort_by_key(|v| v.id);
    GenesisFacts {
        name: label("test"),
        validators,
        owners: owners.iter().zip(nodes).zip(&names).map(owner).collect(),
        authorities: vec![Authority {
            name: label("university"),
            key: authority.signing.verifying_key(),
            public: authority.secret.public().to_bytes(),
        }],
        datasets: vec![dataset],
        parameters: Parameters {
            target_bits: 0,
            target_time_ms: 250,
            propose_timeout_ms: 800,
            max_side_blocks: 8,
            max_lease_ms: 60_000,
            max_clock_drift_ms: 5_000,
        },
        permissions_contract: sha256(PERMISSIONS_WASM),
        usage_contract: sha256(USAGE_WASM),
    }
}
