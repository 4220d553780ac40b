//! An owner's node among three others, of which some lie; the network that decides is played by the test.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::unreachable, reason = "tests")]

use super::*;
use crate::ProcessingNode;
use crate::packages::Packages;
use crate::pipeline::process;
use crate::progress::{Progress, Taken};
use crate::templates::Templates;
use crate::validation::Judge;
use medshare_crypto::sign::SigningKey;
use medshare_deid::DeidConfig;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_genesis::keys::{NodeKeys, RequestorKeys};
use medshare_ledger::id::Timestamp;
use medshare_node_authenticator::request::Authenticated;
use medshare_node_chain::Chain;
use medshare_node_chain::clock::now;
use medshare_node_chain::testing::{K, Parties, execute, label};
use medshare_node_net::{Incoming, Keypair, NetworkConfig, NetworkHandle, Peer, start};
use medshare_node_sources::Connector;
use medshare_node_sources::folder::FolderConnector;
use medshare_node_store::private::{PrivateStore, Unfinished};
use medshare_node_submission::Submission;
use rand::rngs::OsRng;
use std::net::TcpListener;
use tokio::sync::mpsc;

/// After so long a test gives up; a node that never answers would be waited for much longer.
const SOON: Duration = Duration::from_secs(60);

/// How a second node answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Honest,
    Silent,
    Refusing(&'static str),
    /// Asks for the template and is silent then.
    Greedy,
    /// Drops every question.
    Gone,
}

struct World {
    parties: Arc<Parties>,
    processing: Arc<ProcessingNode>,
    _source: tempfile::TempDir,
}

impl World {
    /// The owner's node, and three others that behave like this.
    async fn new(manners: [Manner; 3]) -> Self {
        let parties = Arc::new(Parties { at: Timestamp(now().0 - 10_000), ..Parties::new() });
        let chain = Arc::new(parties.ready_chain());
        let mut networks = networks(&parties).into_iter();
        let (network, _) = networks.next().unwrap();
        for (index, (manner, (handle, questions))) in (1..).zip(manners.into_iter().zip(networks)) {
            tokio::spawn(answer(Arc::clone(&parties), Arc::clone(&chain), index, manner, handle, questions));
        }
        while network.peers().iter().filter(|peer| peer.connected).count() < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let source = tempfile::tempdir().unwrap();
        let rows: String = (0..12).map(|n| format!("Person{n},{},asthma\n", ["female", "male"][n % 2])).collect();
        std::fs::write(source.path().join("cohort.csv"), format!("name,sex,diagnosis\n{rows}")).unwrap();
        let processing = Arc::new(processing(&parties, &chain, network, source.path()));
        tokio::spawn(decide(Arc::clone(&parties), chain));
        Self { parties, processing, _source: source }
    }

    async fn registered(&self) -> RequestorKeys {
        let keys = RequestorKeys::generate(&mut OsRng);
        self.processing.submission.submit_and_wait(self.parties.identity_of(&keys)).await.unwrap();
        keys
    }

    /// Takes a request in as the door does, and processes it to its end.
    fn asked(&self, by: &RequestorKeys, nonce: u8) -> impl Future<Output = RequestStatus> + use<> {
        let (key, created, deadline) = (by.signing.verifying_key(), now(), now().plus_ms(60_000));
        let asked = DataRequest { key, created, deadline, ..self.parties.asked(nonce) };
        let signed = SignedRequest::sign(asked, &by.signing);
        let (state, hash) = (self.processing.chain.state(), signed.hash());
        let request = Authenticated {
            hash,
            identity: state.identity(by.id()).unwrap().unwrap(),
            dataset: state.dataset(self.parties.owner(0), &label("cohort")).unwrap().unwrap(),
            owner: state.owner(self.parties.owner(0)).unwrap().unwrap(),
            received: now(),
            signed,
        };
        let unfinished = Unfinished { received: request.received, requestor: by.id(), form: request.signed.encode() };
        assert_eq!(self.processing.progress.begin(hash, &unfinished).unwrap(), Taken::New);
        let processing = Arc::clone(&self.processing);
        async move {
            process(&processing, request).await;
            processing.progress.status(&hash).unwrap().unwrap()
        }
    }

    fn asked_last(&self) -> NodeId {
        let connected = self.processing.network.peers().iter().map(|peer| peer.node).collect();
        let validators = self.parties.facts.validators().as_slice();
        self.processing.second_nodes.in_turn(validators, self.processing.node, &connected)[2].0
    }
}

fn networks(parties: &Parties) -> Vec<(NetworkHandle, mpsc::Receiver<Incoming>)> {
    let listeners: Vec<_> = (0..4).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let keys: Vec<_> = (0..4).map(|_| Keypair::generate_ed25519()).collect();
    let peer = |index: usize| {
        let port = listeners[index].local_addr().unwrap().port();
        let address = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
        Peer { node: parties.node(index), peer: keys[index].public().to_peer_id(), address }
    };
    let peers: Vec<Peer> = (0..4).map(peer).collect();
    drop(listeners);
    let config = |index: usize| NetworkConfig {
        network: parties.facts.network(),
        listen: peers[index].address.clone(),
        keypair: keys[index].clone(),
        peers: peers.iter().filter(|peer| peer.node != parties.node(index)).cloned().collect(),
    };
    (0..4).map(|index| start(config(index)).unwrap()).collect()
}

fn processing(
    parties: &Parties,
    chain: &Arc<Chain>,
    network: NetworkHandle,
    source: &std::path::Path,
) -> ProcessingNode {
    let signing = Arc::new(SigningKey::from_seed(parties.nodes[0].seed()));
    let submission = Submission::new(Arc::clone(chain), network.clone(), || (), Arc::clone(&signing));
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    let mut config = DeidConfig { k: K, ..DeidConfig::default() };
    config.table.direct_identifiers = names(&["name"]);
    config.table.quasi_identifiers = names(&["sex"]);
    config.table.sensitive = names(&["diagnosis"]);
    let dataset = (parties.owner(0), label("cohort"));
    let connector: Arc<dyn Connector> = Arc::new(FolderConnector::new(source.to_owned()));
    ProcessingNode {
        node: parties.node(0),
        keys: Arc::new(NodeKeys::generate(&mut OsRng)),
        signing,
        chain: Arc::clone(chain),
        network,
        submission: Arc::new(submission),
        packages: Arc::new(Packages::open(parties.home.path()).unwrap()),
        progress: Progress::open(Arc::new(PrivateStore::open(parties.home.path()).unwrap()), Arc::clone(chain))
            .unwrap(),
        connectors: [(dataset.clone(), connector)].into(),
        deid_configs: [(dataset, config)].into(),
        prepared: Default::default(),
        policy_keys: Default::default(),
        second_nodes: Default::default(),
        working: Working::new(2),
    }
}

/// Answers of the node with this index.
async fn answer(
    parties: Arc<Parties>,
    chain: Arc<Chain>,
    index: usize,
    manner: Manner,
    _handle: NetworkHandle,
    mut questions: mpsc::Receiver<Incoming>,
) {
    let (templates, mut unanswered) = (Templates::default(), Vec::new());
    while let Some(question) = questions.recv().await {
        let key = &parties.nodes[index];
        let (me, sealing) = (parties.node(index), &parties.sealing(index));
        let judge = Judge { me, key, sealing, chain: &chain, templates: &templates };
        let judged = judge.answer(&question.bytes, question.from);
        let asks_for_template = judged == 2u32.to_be_bytes();
        let answer = match manner {
            Manner::Honest => judged,
            Manner::Gone => continue,
            Manner::Refusing(words) => {
                [&1u32.to_be_bytes()[..], &(words.len() as u64).to_be_bytes(), words.as_bytes()].concat()
            }
            Manner::Greedy if asks_for_template => judged,
            Manner::Greedy | Manner::Silent => {
                unanswered.push(question);
                continue;
            }
        };
        drop(question.reply.send(answer));
    }
}

/// Decides what waits, height after height.
async fn decide(parties: Arc<Parties>, chain: Arc<Chain>) {
    loop {
        let deciding = (Arc::clone(&parties), Arc::clone(&chain));
        let work = move || {
            let batch = deciding.1.propose(deciding.0.node(0), now()).unwrap();
            execute(&deciding.1, &batch.to_bytes()).unwrap();
        };
        tokio::task::spawn_blocking(work).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn second_nodes_that_never_answer_keep_no_requests_waiting() {
    for manner in [Manner::Silent, Manner::Greedy] {
        let world = World::new([manner, Manner::Honest, Manner::Honest]).await;
        let other = world.registered().await;
        let requests = (0..5).flat_map(|n| [world.asked(&world.parties.requestor, n), world.asked(&other, n)]);
        let tasks: Vec<_> = requests.map(tokio::spawn).collect();
        let all = async {
            for task in tasks {
                let status = task.await.unwrap();
                assert_eq!(status.state, RequestState::Delivered, "{:?}", status.error);
            }
        };
        tokio::time::timeout(SOON, all).await.unwrap();
        assert_eq!(world.asked_last(), world.parties.node(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_refuses_another_validates() {
    let world = World::new([Manner::Refusing("call this number"), Manner::Honest, Manner::Honest]).await;
    for nonce in 0..4 {
        let status = tokio::time::timeout(SOON, world.asked(&world.parties.requestor, nonce)).await.unwrap();
        assert_eq!(status.state, RequestState::Delivered, "{:?}", status.error);
    }
    assert_eq!(world.asked_last(), world.parties.node(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_final_once_one_more_organisation_than_may_lie_says_so() {
    let refusing = Manner::Refusing("it holds names");
    for (third, code, count) in [(Manner::Honest, None, 0), (refusing, Some("validation-refused"), 2)] {
        let world = World::new([refusing, third, third]).await;
        let status = tokio::time::timeout(SOON, world.asked(&world.parties.requestor, 1)).await.unwrap();
        assert_eq!(status.error.as_ref().map(|error| error.code.as_str()), code);
        let words = status.error.map(|error| error.message).unwrap_or_default();
        assert_eq!(words.matches("it holds names").count(), count, "{words}");
    }
    let world = World::new([refusing, Manner::Gone, Manner::Gone]).await;
    let status = tokio::time::timeout(SOON, world.asked(&world.parties.requestor, 1)).await.unwrap();
    assert_eq!(status.error.unwrap().code, "no-second-node");
}

#[test]
fn who_failed_is_asked_last_until_it_answers() {
    let parties = Parties::new();
    let (nodes, own) = (SecondNodes::default(), parties.node(0));
    let connected: HashSet<NodeId> = (1..4).map(|index| parties.node(index)).collect();
    let order = |connected: &HashSet<NodeId>| -> Vec<NodeId> {
        let order = nodes.in_turn(parties.facts.validators().as_slice(), own, connected);
        order.into_iter().map(|(node, _)| node).collect()
    };
    nodes.set_failed(parties.node(2));
    for _ in 0..4 {
        assert_eq!(order(&connected)[2], parties.node(2));
    }
    let two: HashSet<NodeId> = [parties.node(1), parties.node(2)].into();
    assert_eq!(order(&two), [parties.node(1), parties.node(2), parties.node(3)]);
    nodes.set_sound(parties.node(2));
    assert!((0..3).any(|_| order(&connected)[0] == parties.node(2)));
}

#[tokio::test]
async fn who_waits_for_room_for_a_question_has_no_place() {
    let (nodes, working) = (Arc::new(SecondNodes::default()), Arc::new(Working::new(1)));
    let requestor = RequestorId::from_bytes([1; 16]);
    let all = room(&nodes.questions, usize::MAX).await.unwrap();
    let place = working.place(requestor).await.unwrap();
    let waiting = {
        let (nodes, working) = (Arc::clone(&nodes), Arc::clone(&working));
        tokio::spawn(async move { nodes.room_for_question(1, (&working, place), requestor).await.map(drop) })
    };
    let place = tokio::time::timeout(SOON, working.place(requestor)).await.unwrap().unwrap();
    assert!(!waiting.is_finished());
    drop((all, place));
    tokio::time::timeout(SOON, waiting).await.unwrap().unwrap().unwrap();
    // where there is room, nobody gives a place back
    let place = working.place(requestor).await.unwrap();
    let kept = nodes.room_for_question(1, (&working, place), requestor).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(10), working.place(requestor)).await.is_err());
    drop(kept);
}
