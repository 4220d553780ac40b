#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::unreachable, reason = "tests")]

mod places;
mod rows;

use super::*;
use crate::gates::Gate;
use crate::sender::Sender;
use crate::services::testing::{connected, services};
use medshare_contract_abi::Sensitivity;
use medshare_contract_host::USAGE_WASM;
use medshare_crypto::abe::{AuthorityPublic, PublicKeys, encrypt};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::policy::Policy;
use medshare_crypto::seal::{Encapsulation, SealingPublicKey};
use medshare_exchange::manifest::attribute_context;
use medshare_exchange::proxy_key::proxy_key_commitment;
use medshare_ledger::entry::{AttributeGrant, Entry};
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::id::{LeaseId, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::side_block::{Lease, Predecessor, SideBlock};
use medshare_node_chain::clock::now;
use medshare_node_chain::testing::{ATTRIBUTE, Parties, T0, label};
use medshare_node_net::Protocol;
use rand::rngs::OsRng;
use std::time::Duration;

/// Opens for somebody.
async fn open(services: &Arc<Services>, request: OpenRequest) -> Result<OpenAnswer, Refusal> {
    super::open(services, &Sender::UNKNOWN.into(), request).await
}

const OTHER: &str = "OTHER@university";
const LAXER: &str = "RESEARCHER@university OR OTHER@university";

fn key_block(parties: &Parties, policy: &str, request: &Hash32) -> Vec<u8> {
    let policy: Policy = policy.parse().unwrap();
    let mut public = PublicKeys::new();
    let authority = &parties.authority.secret;
    public.add_authority(&AuthorityPublic::from_bytes(&authority.public().to_bytes()).unwrap());
    for attribute in policy.attributes() {
        public.add_attribute(&authority.attribute_public(&attribute, 1).unwrap()).unwrap();
    }
    encrypt(&policy, &public, &attribute_context(request), &mut OsRng).unwrap().0.to_bytes()
}

/// The manifest that the owner's node makes for the request with this nonce.
fn manifest(parties: &Parties, nonce: u8) -> Manifest {
    let (asked, request) = (parties.asked(nonce), parties.request(nonce).hash());
    let dataset = parties.facts.genesis().datasets[0].clone();
    Manifest {
        network: asked.network,
        owner: asked.owner,
        requestor: asked.requestor(),
        dataset: asked.dataset,
        record_type: asked.record_type,
        purpose: asked.purpose,
        request,
        sensitivity: Sensitivity::High.code(),
        permitted_mask: dataset.permitted_mask,
        exempt_mask: 0,
        expires: parties.at.plus_ms(dataset.lifetime_ms),
        node: parties.node(0),
        created: parties.at,
        contract: USAGE_WASM.to_vec(),
        contract_key: SealingPublicKey::from_bytes([0; SealingPublicKey::LEN]),
        policy: ATTRIBUTE.to_owned(),
        attribute_block: key_block(parties, ATTRIBUTE, &request),
        requestor_block: Encapsulation::from_bytes([0; Encapsulation::LEN]),
        key_commitment: [0; 32],
        files: Vec::new(),
        payload_length: 0,
    }
}

/// An opening of this package, which is decided, by its requestor.
fn asked(parties: &Parties, services: &Services, nonce: u8, manifest: &Manifest) -> OpenRequest {
    asked_of(parties, services, nonce, manifest).0
}

/// The same, and the package's parent block.
fn asked_of(parties: &Parties, services: &Services, nonce: u8, manifest: &Manifest) -> (OpenRequest, ParentBlock) {
    let head = services.chain.state().thread_head(parties.requestor.id()).unwrap();
    let mut block = parties.parent_block_at(&parties.request(nonce), head, parties.at);
    let mut request = OpenRequest {
        lease: Lease {
            id: LeaseId::from_bytes([1; 16]),
            parent: block.id,
            node: services.node,
            agent: parties.requestor.signing.verifying_key(),
            created: parties.at.plus_ms(3_000),
            expires: parties.at.plus_ms(63_000),
            previous: None,
        },
        requestor_signature: medshare_crypto::sign::Signature::from_bytes([0; 64]),
        payload_digest: sha256(b"payload"),
        manifest: codec::encode(manifest),
    };
    block.details.package = request.package();
    let block = block.relink(head, parties.at, parties.facts.network(), &parties.nodes[0]);
    request.lease.parent = block.id;
    request.requestor_signature = parties.requestor.signing.sign(&request.lease);
    parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(block.clone()))]);
    (request, block)
}

/// Of parties whose clocks are this machine's.
fn of_now() -> Parties {
    Parties { at: Timestamp(now().0 - 4_000), ..Parties::new() }
}

/// What a node answers to it: an honest package gets as far as the keys.
async fn code_of(parties: &Parties, services: &Arc<Services>, nonce: u8, manifest: &Manifest) -> Code {
    let request = asked(parties, services, nonce, manifest);
    open(services, request).await.unwrap_err().code
}

#[tokio::test]
async fn nothing_of_a_package_is_looked_at_for_somebody_else_than_its_requestor() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let mut request = asked(&parties, &services, 1, &manifest(&parties, 1));
    request.requestor_signature = parties.nodes[0].sign(&request.lease);
    request.manifest = vec![0xff; medshare_exchange::manifest::MAX_MANIFEST_BYTES];
    assert_eq!(open(&services, request).await.unwrap_err().code, Code::NotTheRequestor);
}

#[tokio::test]
async fn a_node_helps_to_open_only_what_keeps_to_its_data_sets_terms_and_its_parent_block() {
    let parties = of_now();
    let services = services(&parties, parties.ready_chain());
    let honest = manifest(&parties, 1);
    assert_eq!(code_of(&parties, &services, 1, &honest).await, Code::ProxyKeyLacking);
    let cases: [fn(&Parties, &mut Manifest); 6] = [
        |_, m| m.policy = LAXER.to_owned(),
        |parties, m| m.attribute_block = key_block(parties, LAXER, &m.request),
        |_, m| m.permitted_mask = ActionSet::ALL.bits(),
        |_, m| m.sensitivity = Sensitivity::Low.code(),
        |_, m| m.contract = b"another contract".to_vec(),
        |_, m| m.expires = Timestamp(T0 + 1),
    ];
    for (nonce, change) in (2..).zip(cases) {
        let mut lax = manifest(&parties, nonce);
        change(&parties, &mut lax);
        assert_eq!(code_of(&parties, &services, nonce, &lax).await, Code::OtherTerms, "case {nonce}");
    }
}

#[tokio::test]
async fn a_manifest_of_somebody_elses_making_takes_no_place_of_the_lease_that_he_saw() {
    let parties = of_now();
    let mut services = services(&parties, parties.ready_chain());
    Arc::get_mut(&mut services).unwrap().gates.openings = Gate::new(0, 9);
    let request = asked(&parties, &services, 1, &manifest(&parties, 1));
    let changed = OpenRequest { manifest: [request.manifest.as_slice(), b"more"].concat(), ..request.clone() };
    assert_eq!(
        open(&services, changed).await.unwrap_err().code,
        Code::ChangedPackage,
        "nobody waits for a turn with it"
    );
    drop(services.under_way.begin_opening(&request.lease, parties.requestor.id(), 0).unwrap());
}

#[tokio::test]
async fn a_node_that_lacks_the_proxy_key_leaves_no_opening_behind() {
    let parties = of_now();
    let services = services(&parties, parties.ready_chain());
    let request = asked(&parties, &services, 1, &manifest(&parties, 1));
    let (parent, lease) = (request.lease.parent, request.lease.id);
    assert_eq!(open(&services, request).await.unwrap_err().code, Code::ProxyKeyLacking);
    assert!(services.chain.mempool.is_empty(), "nothing of it waits to be recorded");
    assert!(services.chain.state().lease(parent, lease).unwrap().is_none());
}

/// A node that holds the requestor's key, and what she holds beside it.
fn holding_her_key(parties: &Parties, beside: Vec<Entry>) -> Arc<Services> {
    let chain = parties.chain();
    parties.decide(&chain, vec![parties.identity(), parties.attribute_keys(&[OTHER, ATTRIBUTE])]);
    let services = services(parties, chain);
    let requestor = parties.requestor.id();
    let user = proxy_keys::registration(&services.chain, requestor).unwrap();
    let key = parties.authority.secret.issue(&user, &ATTRIBUTE.parse().unwrap(), 1).unwrap().to_bytes();
    let grant = parties.grant(parties.at.0, proxy_key_commitment(&key));
    parties.decide(&services.chain, [vec![grant, parties.request(1).entry()], beside].concat());
    services.private.put_proxy_key(requestor, ATTRIBUTE, &key).unwrap();
    services
}

/// Waits until the opening waits for the ledger.
async fn until_submitted(services: &Services, opening: &tokio::task::JoinHandle<Result<OpenAnswer, Refusal>>) {
    while services.chain.mempool.is_empty() && !opening.is_finished() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!opening.is_finished(), "it waits for the ledger");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transform_does_not_leave_before_its_opening_is_decided() {
    let parties = of_now();
    let services = holding_her_key(&parties, Vec::new());
    let request = asked(&parties, &services, 1, &manifest(&parties, 1));
    let (parent, lease) = (request.lease.parent, request.lease.id);
    let asking = Arc::clone(&services);
    let opening = tokio::spawn(async move { open(&asking, request).await });
    until_submitted(&services, &opening).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!opening.is_finished(), "it waits for the ledger");
    while services.chain.state().lease(parent, lease).unwrap().is_none() && !opening.is_finished() {
        let batch = services.chain.propose(parties.node(0), now()).unwrap();
        let entries: Vec<_> = batch.entries().iter().map(|entry| entry.entry().clone()).collect();
        if !entries.is_empty() {
            parties.decide(&services.chain, entries);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let answer = opening.await.unwrap().unwrap();
    assert!(Transform::from_bytes(&answer.transform).is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_the_package_does_not_need_is_asked_of_nobody() {
    let parties = of_now();
    let grant = AttributeGrant {
        network: parties.facts.network(),
        authority: label("university"),
        requestor: parties.requestor.id(),
        attribute: OTHER.to_owned(),
        version: 1,
        proxy_key: sha256(b"a key that nobody has"),
        revocations: EntryChain::default(),
        at: parties.at,
    };
    let signature = parties.authority.signing.sign(&grant);
    let mut services = holding_her_key(&parties, vec![Entry::AttributeGrant(grant, signature)]);
    // It never answers.
    let mut others = connected(&parties, &mut services, &[1]).await;
    let request = asked(&parties, &services, 1, &manifest(&parties, 1));
    let asking = Arc::clone(&services);
    let opening = tokio::spawn(async move { open(&asking, request).await });
    tokio::select! {
        () = until_submitted(&services, &opening) => {}
        _ = others[0].asked(Protocol::ProxyKeys) => unreachable!("what is held suffices"),
    }
    opening.abort();
}

#[tokio::test]
async fn an_opening_that_skips_a_report_of_the_one_before_is_refused_at_the_door() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let parent = parties.parent_block(&parties.request(1), Hash32::ZERO);
    parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(parent.clone()))]);
    let lease = |id: u8, previous| Lease {
        id: LeaseId::from_bytes([id; 16]),
        parent: parent.id,
        node: parties.node(0),
        agent: parties.requestor.signing.verifying_key(),
        created: Timestamp(T0 + 3_000),
        expires: Timestamp(T0 + 30_000),
        previous,
    };
    let first = lease(1, None);
    let stated = |reports, last_report| Some(Predecessor { lease: first.id, reports, last_report });
    let code = |previous| door::follows(&services, &lease(2, previous)).map_err(|refusal| refusal.code);
    assert_eq!(code(stated(0, Hash32::ZERO)), Err(Code::UnknownPredecessor));
    let details = SideDetails {
        parent: parent.id,
        action_counter: 0,
        tsv: first.created,
        owner: parent.details.owner,
        requestor: parent.details.requestor,
        vln: 0,
        node: parties.node(0),
        locktime: parent.details.locktime,
        event: SideEvent::Opening { requestor_signature: parties.requestor.signing.sign(&first), lease: first.clone() },
    };
    let (version, target) = (parent.header.version, parent.header.target);
    let link = Link { previous: parent.id.as_hash(), version, timestamp: first.created, target };
    let block = SideBlock::build(details, link).sign(parties.facts.network(), &parties.nodes[0]);
    parties.decide(&services.chain, vec![Entry::SideBlock(Box::new(block))]);
    assert_eq!(code(stated(0, Hash32::ZERO)), Ok(()));
    assert_eq!(code(stated(1, sha256(b"kept back"))), Err(Code::ReportsMissing));
    assert_eq!(code(None), Ok(()));
}

#[test]
fn who_holds_her_attributes_is_not_sent_to_her_authorities_for_a_key_that_the_nodes_lack() {
    let refusal = no_transform(&[ATTRIBUTE.to_owned()]);
    assert_eq!(refusal.code, Code::ProxyKeyLacking);
    assert!(refusal.message.starts_with(&format!("this network's nodes lack the proxy key for {ATTRIBUTE}")));
}
