//! The parts of a node without consensus and without peers, for the tests of this crate.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::{CompiledContracts, Services};
use crate::authenticator::admission::Admission;
use crate::chain::Chain;
use crate::chain::testing::Parties;
use crate::consensus::{Halt, Wake};
use crate::net::{self, NetworkConfig};
use crate::packages::Packages;
use crate::private::PrivateStore;
use crate::processing::progress::Progress;
use crate::submission::Submission;
use medshare_genesis::config::NodeConfig;
use medshare_genesis::keys::NodeKeys;
use rand::rngs::OsRng;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The first node over this chain, in the home of the parties.
pub(crate) fn services(parties: &Parties, chain: Chain) -> Arc<Services> {
    let home = parties.home.path();
    let keys = Arc::new(NodeKeys::generate(&mut OsRng));
    let (network, _) = net::start(NetworkConfig {
        network: parties.facts.network(),
        listen: "/ip4/127.0.0.1/tcp/0".parse().unwrap(),
        keypair: keys.network_keypair().unwrap(),
        peers: Vec::new(),
    })
    .unwrap();
    let signing = Arc::new(medshare_crypto::sign::SigningKey::from_seed(parties.nodes[0].seed()));
    let (chain, private) = (Arc::new(chain), Arc::new(PrivateStore::open(home).unwrap()));
    Arc::new(Services {
        node: parties.node(0),
        submission: Submission::new(Arc::clone(&chain), network.clone(), Wake::new(), Arc::clone(&signing)),
        packages: Packages::open(home).unwrap(),
        progress: Progress::new(Arc::clone(&private)),
        connectors: Default::default(),
        deid_configs: Default::default(),
        prepared: Default::default(),
        templates: Default::default(),
        policy_keys: Default::default(),
        contracts: CompiledContracts::new().unwrap(),
        admission: Admission::new(None).unwrap(),
        signatures: Default::default(),
        working: Arc::new(Semaphore::new(1)),
        metrics: Default::default(),
        halt: Halt::channel().0,
        turn: Default::default(),
        heights: Default::default(),
        config: NodeConfig {
            name: "test".to_owned(),
            consensus_listen: String::new(),
            exchange_listen: String::new(),
            http_listen: ([127, 0, 0, 1], 0).into(),
            tls: None,
            peers: Vec::new(),
            sources: Vec::new(),
            admission_policies: None,
        },
        signing,
        chain,
        network,
        private,
        keys,
    })
}
