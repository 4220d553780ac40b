//! Networks of three nodes in one process, over loopback.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::net::TcpListener;
use std::time::Duration;

use libp2p::identity::Keypair;
use medshare_ledger::id::{NetworkId, NodeId};
use medshare_node_net::address::AddressError;
use medshare_node_net::{Incoming, NetError, NetworkConfig, NetworkError, NetworkHandle, Peer, Protocol, start};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const NETWORK: NetworkId = NetworkId::from_bytes([3; 32]);

struct Plan {
    keys: Vec<Keypair>,
    peers: Vec<Peer>,
}

impl Plan {
    fn new(count: u8) -> Self {
        let listeners: Vec<_> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let keys: Vec<_> = (0..count).map(|_| Keypair::generate_ed25519()).collect();
        let peer = |index: u8| {
            let port = listeners[index as usize].local_addr().unwrap().port();
            let address = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
            Peer { node: node(index), peer: keys[index as usize].public().to_peer_id(), address }
        };
        let peers = (0..count).map(peer).collect();
        Self { keys, peers }
    }

    fn config(&self, index: usize) -> NetworkConfig {
        let others = self.peers.iter().filter(|peer| peer.node != node(index as u8));
        NetworkConfig {
            network: NETWORK,
            listen: self.peers[index].address.clone(),
            keypair: self.keys[index].clone(),
            peers: others.cloned().collect(),
        }
    }

    fn start(&self, index: usize) -> (NetworkHandle, mpsc::Receiver<Incoming>) {
        start(self.config(index)).unwrap()
    }
}

fn node(index: u8) -> NodeId {
    NodeId::from_bytes([index; 16])
}

/// Answers every question with its sender's first byte and the question, backwards.
fn echo(mut incoming: mpsc::Receiver<Incoming>) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Some(question) = incoming.recv().await {
            let mut answer = vec![question.from.as_bytes()[0]];
            answer.extend(question.bytes.iter().rev());
            question.reply.send(answer).ok();
        }
    })
}

async fn connected(handle: &NetworkHandle, count: usize) {
    let all = async {
        while handle.peers().iter().filter(|peer| peer.connected).count() != count {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_ask_each_other_and_broadcast() {
    let plan = Plan::new(3);
    let (one, one_incoming) = plan.start(0);
    let (two, two_incoming) = plan.start(1);
    let (three, mut three_incoming) = plan.start(2);
    for handle in [&one, &two, &three] {
        connected(handle, 2).await;
    }
    echo(one_incoming);
    echo(two_incoming);
    let answer = one.request(node(1), Protocol::Status, &b"abc"[..]).await.unwrap();
    assert_eq!(&answer[..], b"\0cba");
    let large = vec![5; 40 * 1024 * 1024];
    let answer = three.request(node(0), Protocol::ValidatePackage, large).await;
    assert!(matches!(answer, Err(NetError::NoAnswer { .. })), "the answer is longer than a verdict may be");
    let answer = three.request(node(0), Protocol::ValidatePackage, vec![5; 1024 * 1024 - 1]).await.unwrap();
    assert_eq!((answer.len(), answer[0]), (1024 * 1024, 2));
    two.broadcast(Protocol::EntryGossip, &b"entry"[..]).await.unwrap();
    let told = three_incoming.recv().await.unwrap();
    assert_eq!((told.from, told.protocol, &told.bytes[..]), (node(1), Protocol::EntryGossip, &b"entry"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_with_an_unknown_key_is_refused() {
    let plan = Plan::new(3);
    let (one, one_incoming) = plan.start(0);
    let (_two, two_incoming) = plan.start(1);
    echo(one_incoming);
    echo(two_incoming);
    // Everything of the third node but its key.
    let stranger = NetworkConfig { keypair: Keypair::generate_ed25519(), ..plan.config(2) };
    let (stranger, _incoming) = start(stranger).unwrap();
    connected(&one, 1).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(stranger.peers().iter().filter(|peer| peer.connected).count(), 0);
    assert_eq!(one.request(node(2), Protocol::Status, vec![]).await, Err(NetError::NotConnected { node: node(2) }));
    assert_eq!(one.request(node(9), Protocol::Status, vec![]).await, Err(NetError::UnknownNode { node: node(9) }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_of_another_network_is_not_understood() {
    let plan = Plan::new(2);
    let (one, _one_incoming) = plan.start(0);
    let other = NetworkConfig { network: NetworkId::from_bytes([4; 32]), ..plan.config(1) };
    let (two, two_incoming) = start(other).unwrap();
    echo(two_incoming);
    connected(&one, 1).await;
    let answer = one.request(node(1), Protocol::Status, vec![]).await;
    assert!(matches!(answer, Err(NetError::NoAnswer { .. })), "{answer:?}");
    // Each says so of the other, and does not count on it.
    let answer = two.request(node(0), Protocol::Status, vec![]).await;
    assert!(matches!(answer, Err(NetError::NoAnswer { .. })), "{answer:?}");
    for handle in [&one, &two] {
        let peer = handle.peers()[0];
        assert!(peer.connected && peer.is_foreign && !peer.takes_part(), "{peer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_oversized_question_is_not_sent() {
    let plan = Plan::new(2);
    let (one, _incoming) = plan.start(0);
    let limit = Protocol::Status.max_request_bytes();
    let error = one.request(node(1), Protocol::Status, vec![0; limit + 1]).await.unwrap_err();
    assert_eq!(error, NetError::TooLong { bytes: limit + 1, limit });
    assert!(one.broadcast(Protocol::Status, vec![0; limit + 1]).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_node_is_connected_again() {
    let plan = Plan::new(3);
    let (one, _one_incoming) = plan.start(0);
    let (_three, _three_incoming) = plan.start(2);
    for _ in 0..3 {
        let (two, two_incoming) = plan.start(1);
        let task = echo(two_incoming);
        connected(&one, 2).await;
        connected(&two, 2).await;
        assert_eq!(&one.request(node(1), Protocol::Status, &b"x"[..]).await.unwrap()[..], b"\0x");
        drop(two);
        task.await.unwrap();
        connected(&one, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_nobody_handles_has_no_answer() {
    let plan = Plan::new(2);
    let (one, _one_incoming) = plan.start(0);
    let (_two, mut two_incoming) = plan.start(1);
    connected(&one, 1).await;
    let drop_it = tokio::spawn(async move { drop(two_incoming.recv().await) });
    let answer = one.request(node(1), Protocol::Status, vec![]).await;
    assert!(matches!(answer, Err(NetError::NoAnswer { .. })), "{answer:?}");
    drop_it.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_that_are_given_up_keep_no_others_from_being_asked_and_answered() {
    let plan = Plan::new(2);
    let (one, _one_incoming) = plan.start(0);
    let (_two, mut two_incoming) = plan.start(1);
    connected(&one, 1).await;
    let mut unanswered = Vec::new();
    // Three times as many as may be under way, each given up soon.
    for _ in 0..3 * Protocol::ProxyKeys.questions_per_peer() {
        let want = one.request(node(1), Protocol::ProxyKeys, &b"want"[..]);
        let given_up = tokio::time::timeout(Duration::from_millis(200), want).await;
        assert!(!matches!(given_up, Ok(Err(NetError::Busy { .. }))), "its place is free again");
        unanswered.extend(two_incoming.try_recv());
    }
    assert_eq!(unanswered.len(), Protocol::ProxyKeys.answers_per_peer(), "so many are worked on, and no more");
    let asked = |protocol| one.request(node(1), protocol, &b"x"[..]);
    let answer = tokio::join!(asked(Protocol::EntryGossip), async {
        two_incoming.recv().await.unwrap().reply.send(b"taken".to_vec()).unwrap();
    });
    assert_eq!(&answer.0.unwrap()[..], b"taken", "each kind has its own room there");
    unanswered.clear();
    echo(two_incoming);
    let delivered = async {
        // Until the other has noticed that its handlers are done.
        while asked(Protocol::ProxyKeys).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), delivered).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_port_is_named() {
    let plan = Plan::new(2);
    let _one = plan.start(0);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let error = start(plan.config(0)).unwrap_err();
    assert!(matches!(&error, NetworkError::Address(AddressError::Taken { .. })), "{error}");
}
