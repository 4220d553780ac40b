//! The parts of a node without consensus and without peers, for the tests of this crate.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::Services;
use crate::under_way::places::Places;
use medshare_contract_host::USAGE_WASM;
use medshare_crypto::hash::Hash32;
use medshare_crypto::seal::{Encapsulation, SealingPublicKey};
use medshare_crypto::stream::{DataKey, sealed_len};
use medshare_exchange::manifest::Manifest;
use medshare_exchange::package::write_package;
use medshare_genesis::config::NodeConfig;
use medshare_genesis::keys::NodeKeys;
use medshare_ledger::parent_block::ParentBlock;
use medshare_node_authenticator::admission::Admission;
use medshare_node_chain::Chain;
use medshare_node_chain::testing::{ATTRIBUTE, Parties};
use medshare_node_consensus::Halt;
use medshare_node_net::{self as net, Incoming, NetworkConfig, NetworkHandle, Peer, Protocol};
use medshare_node_processing::ProcessingNode;
use medshare_node_processing::packages::Packages;
use medshare_node_processing::progress::Progress;
use medshare_node_processing::working::Working;
use medshare_node_store::private::PrivateStore;
use medshare_node_submission::Submission;
use rand::rngs::OsRng;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The first node over this chain, in the home of the parties.
pub(crate) fn services(parties: &Parties, chain: Chain) -> Arc<Services> {
    let services = starting(parties, chain);
    services.others.assume_confirmed();
    services
}

/// The same, before the other nodes have said how far they are.
pub(crate) fn starting(parties: &Parties, chain: Chain) -> Arc<Services> {
    let home = parties.home.path();
    let keys = Arc::new(NodeKeys::generate(&mut OsRng));
    let network = net::testing::alone(parties.facts.network(), keys.network_keypair().unwrap());
    let signing = Arc::new(medshare_crypto::sign::SigningKey::from_seed(parties.nodes[0].seed()));
    let (chain, private) = (Arc::new(chain), Arc::new(PrivateStore::open(home).unwrap()));
    let packages = Arc::new(Packages::open(home).unwrap());
    let submission = Arc::new(Submission::new(Arc::clone(&chain), network.clone(), || (), Arc::clone(&signing)));
    let processing = Arc::new(ProcessingNode {
        node: parties.node(0),
        keys: Arc::clone(&keys),
        signing: Arc::clone(&signing),
        chain: Arc::clone(&chain),
        network: network.clone(),
        submission: Arc::clone(&submission),
        packages: Arc::clone(&packages),
        progress: Progress::open(Arc::clone(&private), Arc::clone(&chain)).unwrap(),
        connectors: Default::default(),
        deid_configs: Default::default(),
        prepared: Default::default(),
        policy_keys: Default::default(),
        working: Working::new(1),
        second_nodes: Default::default(),
    });
    Arc::new(Services {
        node: parties.node(0),
        templates: Default::default(),
        memories: Default::default(),
        under_way: Default::default(),
        handed_on: Places::of_requests(),
        deliveries: Places::of_deliveries(),
        admission: Admission::new(None).unwrap(),
        signatures: Default::default(),
        gates: Default::default(),
        instances: Default::default(),
        bodies: Default::default(),
        unread: Default::default(),
        metrics: Default::default(),
        halt: Halt::channel().0,
        others: Default::default(),
        progress: Default::default(),
        config: NodeConfig {
            name: "test".to_owned(),
            consensus_listen: String::new(),
            exchange_listen: String::new(),
            http_listen: ([127, 0, 0, 1], 0).into(),
            tls: None,
            http: Default::default(),
            peers: Vec::new(),
            sources: Vec::new(),
            admission_policies: None,
        },
        submission,
        packages,
        processing,
        signing,
        chain,
        network,
        private,
        keys,
    })
}

/// A package for the request with this nonce as its node stores it, not sealed yet, and a parent block for it.
pub(crate) fn stored_package(parties: &Parties, services: &Services, nonce: u8) -> ParentBlock {
    let request = parties.request(nonce);
    let mut block = parties.parent_block(&request, Hash32::ZERO);
    let details = &block.details;
    let manifest = Manifest {
        network: parties.facts.network(),
        owner: details.owner,
        requestor: details.requestor,
        dataset: details.dataset.clone(),
        record_type: request.request.record_type,
        purpose: details.purpose.clone(),
        request: request.hash(),
        sensitivity: details.sensitivity,
        permitted_mask: parties.facts.genesis().datasets[0].permitted_mask,
        exempt_mask: details.exempt_mask,
        expires: details.locktime,
        node: details.node,
        created: details.ttp,
        contract: USAGE_WASM.to_vec(),
        contract_key: SealingPublicKey::from_bytes([0; SealingPublicKey::LEN]),
        policy: ATTRIBUTE.to_owned(),
        attribute_block: Vec::new(),
        requestor_block: Encapsulation::from_bytes([0; Encapsulation::LEN]),
        key_commitment: [0; 32],
        files: Vec::new(),
        payload_length: sealed_len(0),
    };
    let key = DataKey::from_bytes([7; 32].into());
    let written = services
        .packages
        .draft(&request.hash(), |out| Ok(write_package(manifest, &key, b"", out, &mut OsRng).unwrap()));
    let package = written.unwrap();
    services.packages.store(&package).unwrap();
    block.details.package = package.id;
    block.relink(block.header.previous, block.header.timestamp, parties.facts.network(), &parties.nodes[0])
}

/// Another node of the network, for which a test speaks: it answers nothing of itself.
pub(crate) struct Other {
    /// It is connected as long as this is held.
    network: NetworkHandle,
    pub(crate) questions: mpsc::Receiver<Incoming>,
}

impl Other {
    /// The next question of this kind that it is asked.
    pub(crate) async fn asked(&mut self, protocol: Protocol) -> Incoming {
        loop {
            let question = self.questions.recv().await.unwrap();
            if question.protocol == protocol {
                return question;
            }
        }
    }
}

/// Connects the node with other validators, by their indices.
pub(crate) async fn connected(parties: &Parties, services: &mut Arc<Services>, others: &[usize]) -> Vec<Other> {
    let node = services.node;
    let listeners: Vec<_> = (0..=others.len()).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let keys: Vec<_> = listeners.iter().map(|_| NodeKeys::generate(&mut OsRng).network_keypair().unwrap()).collect();
    let nodes = std::iter::once(node).chain(others.iter().map(|index| parties.node(*index)));
    let peers: Vec<Peer> = nodes
        .zip(&keys)
        .zip(&listeners)
        .map(|((node, keys), listener)| {
            let address = format!("/ip4/127.0.0.1/tcp/{}", listener.local_addr().unwrap().port());
            Peer { node, peer: keys.public().to_peer_id(), address: address.parse().unwrap() }
        })
        .collect();
    drop(listeners);
    let mut started = peers.iter().zip(keys).map(|(own, keypair)| {
        let (network, questions) = net::start(NetworkConfig {
            network: parties.facts.network(),
            listen: own.address.clone(),
            keypair,
            peers: peers.iter().filter(|peer| peer.node != own.node).cloned().collect(),
        })
        .unwrap();
        Other { network, questions }
    });
    let network = started.next().unwrap().network;
    let others: Vec<Other> = started.collect();
    while network.peers().iter().filter(|peer| peer.connected).count() < others.len() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let services = Arc::get_mut(services).unwrap();
    let (chain, signing) = (Arc::clone(&services.chain), Arc::clone(&services.signing));
    services.submission = Arc::new(Submission::new(chain, network.clone(), || (), signing));
    let processing = Arc::get_mut(&mut services.processing).unwrap();
    (processing.network, processing.submission) = (network.clone(), Arc::clone(&services.submission));
    services.network = network;
    others
}
