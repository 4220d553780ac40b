//! A founded network and a package made in it, for tests.

use crate::fake_ledger::{BLOCK, Founded, Ledger};
use crate::fake_node::{Answer, Asked, FakeNode};
use crate::sealed_before;
use medshare_contract_abi::{Action, ActionSet, Sensitivity};
use medshare_crypto::abe::{AuthorityPublic, ProxyKey, PublicKeys, VerifiedRegistration, encrypt};
use medshare_crypto::derive::{KeyContext, derive_data_key};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::policy::AttributeName;
use medshare_crypto::seal::{SealingSecretKey, encapsulate};
use medshare_crypto::sign::{SigningKey, VerifyingKey};
use medshare_exchange::manifest::{FileEntry, Manifest, attribute_context, requestor_context};
use medshare_exchange::package::{Package, write_package};
use medshare_genesis::dataset::DataSetText;
use medshare_genesis::generate::{Layout, NetworkPlan, generate, local_parameters};
use medshare_genesis::key_files::Protection;
use medshare_genesis::keys::{AuthorityKeys, NodeKeys, RequestorKeys, StoredKeys as _};
use medshare_ledger::facts::{NetworkFacts, RecordType};
use medshare_ledger::id::{BlockId, RequestorId, Timestamp};
use medshare_ledger::purpose::{ActReason, Purpose};
use medshare_ledger::testing::Validators;
use rand_core::OsRng;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use tempfile::TempDir;

pub const PATIENTS: &[u8] = b"{\"resourceType\":\"Patient\"}\n";
const ORGANISATIONS: [&str; 4] = ["north", "south", "east", "west"];
const ATTRIBUTES: [&str; 2] = ["RESEARCHER@UNIVERSITY", "APPROVED@ETHICS-BOARD"];

/// Under which terms the package is made.
#[derive(Clone, Copy)]
pub struct Terms {
    pub sensitivity: Sensitivity,
    pub permitted: ActionSet,
    pub exempt: ActionSet,
    pub max_lease_ms: u64,
}

impl Terms {
    pub fn high() -> Self {
        Self {
            sensitivity: Sensitivity::High,
            permitted: ActionSet::of(&[Action::Read, Action::Write]),
            exempt: ActionSet::EMPTY,
            max_lease_ms: 3_600_000,
        }
    }

    pub fn low() -> Self {
        Self { sensitivity: Sensitivity::Low, exempt: ActionSet::of(&[Action::Read]), ..Self::high() }
    }
}

/// A network with a package for a requestor.
pub struct Fixture {
    pub folder: TempDir,
    pub facts: NetworkFacts,
    pub keys: RequestorKeys,
    pub package: PathBuf,
    pub node: FakeNode,
    founded: Founded,
    ledger: Arc<Mutex<Ledger>>,
}

/// A node with a ledger of its own beside that of the others.
pub struct Apart {
    pub node: FakeNode,
    ledger: Arc<Mutex<Ledger>>,
}

impl Apart {
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }
}

fn dataset() -> DataSetText {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    DataSetText {
        id: "records".to_owned(),
        owner: "north".to_owned(),
        record_type: "fhir-r4".to_owned(),
        rules_version: 1,
        policy: ATTRIBUTES.join(" AND "),
        purposes: names(&["HRESCH"]),
        research: None,
        requires: vec![],
        k: 5,
        permits: names(&["read", "write", "delete", "duplicate", "move", "copy"]),
        exempts: names(&["read"]),
        lifetime_days: 0,
    }
}

pub fn found(folder: &Path, max_lease_ms: u64) -> NetworkFacts {
    let label = |text: &str| text.parse().unwrap();
    let plan = NetworkPlan {
        name: label("test"),
        organisations: ORGANISATIONS.map(label).to_vec(),
        authorities: ["UNIVERSITY", "ETHICS-BOARD"].map(label).to_vec(),
        datasets: vec![dataset()],
        sources: vec![],
        base_port: 7000,
        parameters: medshare_ledger::facts::Parameters { max_lease_ms, ..local_parameters() },
    };
    let protection = Protection::InsecurePlaintext;
    NetworkFacts::new(generate(folder, &plan, &protection, &mut OsRng).unwrap()).unwrap()
}

impl Fixture {
    pub fn new(terms: Terms) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let network = folder.path().join("network");
        let facts = found(&network, terms.max_lease_ms);
        // Of a file of before, so that sessions of before can be laid beside packages.
        let keys = sealed_before::keys();
        let contract_key = SealingSecretKey::generate(&mut OsRng);
        let layout = Layout::new(&network);
        let registration = keys.attributes.registration(keys.id().as_bytes(), &mut OsRng);
        let registration = registration.unwrap().verify().unwrap();
        let (public, proxy_keys) = issue(&layout, &registration);
        let package = folder.path().join("records.package");
        let bytes = make(&facts, &layout, &keys, &public, &contract_key, (terms, Hash32::from_bytes([9; 32]), BLOCK));
        std::fs::write(&package, bytes).unwrap();
        let founded = Founded {
            validators: Validators::new(facts.clone(), validators(&layout)),
            requestor: keys.id(),
            registration,
            proxy_keys,
            contract_key: Arc::new(contract_key),
        };
        let ledger = Arc::new(Mutex::new(Ledger::new(founded.clone())));
        let node = serve(&ledger, keys.signing.verifying_key(), |_| None);
        Self { folder, facts, keys, package, node, founded, ledger }
    }

    /// The package that answers this request for the same data.
    pub fn package_of(&self, request: Hash32, terms: Terms) -> Vec<u8> {
        self.package_under(BLOCK, request, terms)
    }

    /// The same, sealed for this block.
    pub fn package_under(&self, block: BlockId, request: Hash32, terms: Terms) -> Vec<u8> {
        let layout = Layout::new(self.folder.path().join("network"));
        let (public, _) = issue(&layout, &self.founded.registration);
        make(&self.facts, &layout, &self.keys, &public, &self.founded.contract_key, (terms, request, block))
    }

    /// The validators of the network.
    pub fn validators(&self) -> &Validators {
        &self.founded.validators
    }

    /// A validator that tells of a ledger of its own, which it alone certifies.
    pub fn liar(&self) -> Apart {
        let ledger = Arc::new(Mutex::new(Ledger::new(self.founded.clone())));
        ledger.lock().unwrap().signers = 1;
        Apart { node: serve(&ledger, self.keys.signing.verifying_key(), |_| None), ledger }
    }

    /// Another node over the same ledger, which answers what `first` says where that says anything.
    pub fn another_node(&self, first: impl FnMut(&Asked) -> Option<Answer> + Send + 'static) -> FakeNode {
        serve(&self.ledger, self.keys.signing.verifying_key(), first)
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }
}

fn serve(
    ledger: &Arc<Mutex<Ledger>>,
    requestor: VerifyingKey,
    mut first: impl FnMut(&Asked) -> Option<Answer> + Send + 'static,
) -> FakeNode {
    let ledger = Arc::clone(ledger);
    FakeNode::start(move |asked| {
        let mut ledger = ledger.lock().unwrap();
        assert!(ledger.openings.iter().all(|lease| lease.parent == BLOCK));
        first(asked).unwrap_or_else(|| ledger.answer(asked, &requestor))
    })
}

fn validators(layout: &Layout) -> Vec<SigningKey> {
    let key = |organisation: &str| layout.home(organisation).join("keys/node.key");
    ORGANISATIONS.iter().map(|organisation| NodeKeys::load(&key(organisation), None).unwrap().signing).collect()
}

fn issue(layout: &Layout, user: &VerifiedRegistration) -> (PublicKeys, Vec<ProxyKey>) {
    let mut public = PublicKeys::new();
    let mut keys = Vec::new();
    for attribute in ATTRIBUTES {
        let attribute: AttributeName = attribute.parse().unwrap();
        let path = layout.authority_key(attribute.authority().as_str());
        let authority = AuthorityKeys::load(&path, None).unwrap().secret;
        let bytes = authority.public().to_bytes();
        public.add_authority(&AuthorityPublic::from_bytes(&bytes).unwrap());
        let key = authority.attribute_public(&attribute, 1).unwrap();
        public.add_attribute(&key).unwrap();
        keys.push(authority.issue(user, &attribute, 1).unwrap());
    }
    (public, keys)
}

fn make(
    facts: &NetworkFacts,
    layout: &Layout,
    keys: &RequestorKeys,
    public: &PublicKeys,
    contract_key: &SealingSecretKey,
    (terms, request, block): (Terms, Hash32, BlockId),
) -> Vec<u8> {
    let node_key = layout.home("north").join("keys/node.key");
    let node = NodeKeys::load(&node_key, None).unwrap();
    let policy: medshare_crypto::policy::Policy = ATTRIBUTES.join(" AND ").parse().unwrap();
    let context = attribute_context(&request);
    let (ciphertext, secret) = encrypt(&policy, public, &context, &mut OsRng).unwrap();
    let (capsule, hpke) = encapsulate(&keys.sealing.public_key(), &requestor_context(&request), &mut OsRng).unwrap();
    let policy = policy.to_string();
    let key_context = KeyContext { record: request, epoch: 0, policy_hash: sha256(policy.as_bytes()) };
    let (data_key, commitment) = derive_data_key(&secret, Some(&hpke), &key_context);
    let text = [PATIENTS, b"second file"].concat();
    let sealed_length = medshare_crypto::stream::sealed_len(text.len() as u64);
    let entry = |name: &str, offset: usize, length: usize| FileEntry {
        name: name.to_owned(),
        offset: offset as u64,
        length: length as u64,
    };
    let manifest = Manifest {
        network: facts.network(),
        owner: facts.genesis().datasets[0].owner,
        requestor: RequestorId::of_key(&keys.signing.verifying_key()),
        dataset: "records".parse().unwrap(),
        record_type: RecordType::FhirR4,
        purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: vec![] },
        request,
        sensitivity: terms.sensitivity.code(),
        permitted_mask: terms.permitted.bits(),
        exempt_mask: terms.exempt.bits(),
        expires: Timestamp(0),
        node: node.id(),
        created: Timestamp(1),
        contract: medshare_contract_host::USAGE_WASM.to_vec(),
        contract_key: contract_key.public_key(),
        policy,
        attribute_block: ciphertext.to_bytes(),
        requestor_block: capsule,
        key_commitment: commitment.to_bytes(),
        files: vec![entry("Patient.ndjson", 0, PATIENTS.len()), entry("second.txt", PATIENTS.len(), 11)],
        payload_length: sealed_length,
    };
    let mut file = std::io::Cursor::new(Vec::new());
    let unsealed = write_package(manifest, &data_key, &text, &mut file, &mut OsRng).unwrap();
    unsealed.seal(block, &node.signing, &mut file).unwrap();
    Package::read(&mut file).unwrap();
    file.into_inner()
}
