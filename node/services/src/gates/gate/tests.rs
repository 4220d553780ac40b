#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::gates::{Gates, QUESTIONS_OF_NODE};
use futures::FutureExt as _;
use medshare_ledger::id::NodeId;
use std::net::Ipv4Addr;
use std::sync::mpsc;

fn subnet(last: u8) -> Subnet {
    Subnet::of(Ipv4Addr::new(192, 0, 2, last).into())
}

/// Lets those that were just started come to where they wait.
async fn until(gate: &Gate<Subnet>, count: usize) {
    while gate.waiting() != count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_those_that_run_and_wait_nobody_is_taken_in() {
    let gate = Arc::new(Gate::new(1, 1));
    let (release, released) = mpsc::channel::<()>();
    let (started, is_started) = oneshot::channel();
    let running = tokio::spawn({
        let gate = Arc::clone(&gate);
        async move {
            gate.pass(subnet(1), move || {
                started.send(()).unwrap();
                released.recv().unwrap();
                Ok(1)
            })
            .await
        }
    });
    is_started.await.unwrap();
    let second = tokio::spawn({
        let gate = Arc::clone(&gate);
        async move { gate.pass(subnet(1), || Ok(2)).await }
    });
    until(&gate, 1).await;
    assert_eq!(gate.pass(subnet(1), || Ok(3)).await.unwrap_err().code, Code::TooManyRequests);
    release.send(()).unwrap();
    assert_eq!((running.await.unwrap(), second.await.unwrap()), (Ok(1), Ok(2)));
    assert_eq!(gate.pass(subnet(1), || Ok(4)).await, Ok(4), "there is room again");
}

#[tokio::test]
async fn whoever_stops_waiting_leaves_the_line() {
    let gate = Gate::new(0, 1);
    let gone = tokio::time::timeout(std::time::Duration::from_millis(1), gate.pass(subnet(1), || Ok(1)));
    gone.await.unwrap_err();
    assert_eq!(gate.waiting(), 0);
}

/// Starts one who waits for a turn and says when it came.
async fn wait_in(
    gate: &Arc<Gate<Subnet>>,
    claim: Claim<Subnet>,
    name: &'static str,
    turns: &mpsc::Sender<&'static str>,
) {
    let before = gate.waiting();
    let (waiter, turns) = (Arc::clone(gate), turns.clone());
    tokio::spawn(async move {
        if let Ok(turn) = waiter.turn(claim).await {
            turns.send(name).unwrap();
            drop(turn);
        }
    });
    until(gate, before + 1).await;
}

/// Those who come in while somebody else has the only turn, in the order of their turns.
async fn in_turn(
    turn: Turn<Subnet>,
    turns: (mpsc::Sender<&'static str>, mpsc::Receiver<&'static str>),
) -> Vec<&'static str> {
    drop((turn, turns.0));
    tokio::task::spawn_blocking(move || turns.1.into_iter().collect()).await.unwrap()
}

#[tokio::test]
async fn one_address_with_a_hundred_questions_does_not_keep_another_out() {
    let gate = Arc::new(Gate::new(1, 16));
    let (turn, turns) = (gate.turn(subnet(1)).await.unwrap(), mpsc::channel());
    for _ in 0..16 {
        wait_in(&gate, subnet(1).into(), "crowd", &turns.0).await;
    }
    for _ in 0..84 {
        assert!(gate.turn(subnet(1)).await.is_err());
    }
    let (waiter, heard) = (Arc::clone(&gate), turns.0.clone());
    let asks = move || {
        heard.send("auditor").unwrap();
        Ok(())
    };
    let auditor = tokio::spawn(async move { waiter.pass(subnet(2), asks).await });
    while gate.0.lock().arrivals < 101 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.waiting(), 16, "one of the many gave up its place");
    let turns = in_turn(turn, turns).await;
    assert!(turns.len() == 16 && turns.iter().position(|who| *who == "auditor").unwrap() <= 1, "{turns:?}");
    assert_eq!(auditor.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_revocation_passes_a_thousand_entries_that_wait() {
    let gate = Arc::new(Gate::new(1, 1024));
    let (turn, turns) = (gate.turn(subnet(1)).await.unwrap(), mpsc::channel());
    for _ in 0..1024 {
        wait_in(&gate, subnet(1).into(), "keys", &turns.0).await;
    }
    for _ in 0..76 {
        assert!(gate.turn(subnet(1)).await.is_err());
    }
    // All of one address, which may be a proxy's, and of one connection.
    for name in ["revocation", "decision"] {
        wait_in(&gate, Claim::from(subnet(1)).urgent(true), name, &turns.0).await;
    }
    let turns = in_turn(turn, turns).await;
    assert_eq!(turns.get(..4).unwrap(), ["revocation", "keys", "decision", "keys"]);
    assert_eq!(turns.len(), 1026);
}

#[tokio::test]
async fn a_node_that_hangs_holds_up_only_those_who_wait_for_it() {
    let (gates, hanging, other) = (Gates::default(), NodeId::from_bytes([1; 16]), NodeId::from_bytes([2; 16]));
    let mut held = Vec::new();
    for _ in 0..QUESTIONS_OF_NODE {
        held.push(gates.questions(hanging).turn(subnet(1)).await.unwrap());
    }
    let third = gates.questions(hanging);
    let waits = tokio::time::timeout(std::time::Duration::from_millis(5), third.turn(subnet(2)));
    waits.await.err().unwrap();
    gates.questions(other).turn(subnet(2)).await.unwrap();
}

#[tokio::test]
async fn gossip_of_those_who_may_lie_leaves_a_core_to_consensus() {
    let gate = Gates::default().gossip;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut looked_at = Vec::new();
    for liar in 0..u8::MAX {
        // it has its turn at once, or waits
        if let Some(turn) = gate.turn(NodeId::from_bytes([liar; 16])).now_or_never() {
            looked_at.push(turn.unwrap());
        }
    }
    assert_eq!(looked_at.len(), (cores / 2).max(1));
    assert!(cores == 1 || looked_at.len() < cores);
}
