#![allow(clippy::unwrap_used, reason = "tests")]

use super::asking::{Asking, ahead_ms, is_away, other_ledger};
use super::*;
use crate::services::testing::{connected, starting};
use medshare_node_chain::testing::{ATTRIBUTE, Parties};
use medshare_node_consensus::{Neighbours, Progress};
use medshare_node_net::{PeerStatus, Protocol};
use medshare_node_store::log::DecidedBatch;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

fn voting() -> Progress {
    let committed_at = tokio::time::Instant::now();
    Progress { tip: Height(0), round: 0, lost_rounds: 0, fetched: 0, committed_at, abstains: false, renewals: 0 }
}

fn said(heights: &[u64]) -> Others {
    let others = Others::default();
    for (index, height) in (0u8..).zip(heights) {
        others.set(NodeId::from_bytes([index; 16]), Other { height: Height(*height), ahead_ms: None });
    }
    others
}

#[test]
fn a_state_is_the_networks_once_a_quorum_says_that_it_is_no_further() {
    // of four validators, three decide and one may lie
    for (heights, tip, expected) in [
        (vec![], 9, false),
        (vec![9], 9, false),
        (vec![9, 9], 9, true),
        (vec![9, 8], 9, true),
        (vec![0, 0, 0], 0, false),
        (vec![9, 9], 0, false),
        (vec![u64::MAX, 9], 9, false),
        (vec![100, 0], 1, false),
        (vec![u64::MAX, 10], 9, false),
        (vec![u64::MAX, 10, 9], 9, false),
        (vec![u64::MAX, 9, 3], 9, true),
        (vec![u64::MAX, 9, 9], 9, true),
    ] {
        let others = said(&heights);
        others.confirm(Height(tip), 2, false);
        assert_eq!(others.is_confirmed(), expected, "{heights:?} at {tip}");
        // what was the network's once is followed from there on
        others.set(NodeId::from_bytes([99; 16]), Other { height: Height(tip + 5), ahead_ms: None });
        others.confirm(Height(tip), 2, false);
        assert_eq!(others.is_confirmed(), expected, "{heights:?} at {tip}, later");
    }
}

#[test]
fn a_state_below_what_this_node_voted_in_is_not_the_networks() {
    // three of four moved their logs away, and fetch from the one that lagged: nobody proves more than it
    let others = said(&[9, 3, 9]);
    others.set_proven(Height(9));
    others.confirm(Height(9), 2, true);
    assert!(!others.is_confirmed());
    others.confirm(Height(9), 2, false);
    assert!(others.is_confirmed());
}

#[test]
fn a_liar_that_says_it_has_nothing_does_not_make_a_node_level_that_lags() {
    let parties = Parties::new();
    let chain = parties.chain();
    parties.decide(&chain, vec![]);
    let (honest, liar) = (parties.node(1), parties.node(2));
    let others = Others::default();
    others.say(honest, 100);
    others.say(liar, 0);
    others.confirm(chain.tip().height, 2, false);
    assert!(!others.is_confirmed());
    assert!(others.claims_more(honest, chain.tip().height), "its certificate is asked for");
    others.set_proven(Height(99));
    assert_eq!(others.behind(&chain), 98);
    assert!(!others.claims_more(honest, chain.tip().height), "one height is always on its way");
    // what was proven stays, whoever says what and whoever leaves
    others.say(parties.node(3), 0);
    others.retain(|node| *node != honest);
    others.confirm(chain.tip().height, 2, false);
    assert!(!others.is_confirmed());
    assert_eq!(others.behind(&chain), 98);
    others.confirm(Height(99), 2, false);
    assert!(others.is_confirmed());
}

#[test]
fn one_claim_of_a_height_puts_nobody_behind() {
    let parties = Parties::new();
    let chain = parties.chain();
    (0..3).for_each(|_| drop(parties.decide(&chain, vec![])));
    for (heights, behind) in [
        (vec![], 0),
        (vec![u64::MAX], 0),
        (vec![u64::MAX, 3, 3], 0),
        (vec![u64::MAX, 3, 2], 0),
        (vec![u64::MAX, 5, 3], 2),
        (vec![5, 4, 4], 1),
    ] {
        assert_eq!(said(&heights).behind(&chain), behind, "{heights:?}");
    }
    // one of two liars has gone
    let others = said(&[u64::MAX, u64::MAX, 3]);
    others.retain(|node| *node != NodeId::from_bytes([0; 16]));
    assert_eq!(others.behind(&chain), 0);
}

#[test]
fn a_node_answers_with_the_certificate_of_the_height_that_is_asked_for_or_of_its_last() {
    let parties = Parties::new();
    let chain = parties.chain();
    let ask = |proof_of: Option<u64>| -> Answer {
        let question = codec::encode(&Question { proof_of: proof_of.map(Height) });
        codec::decode(&answer(&chain, &question).unwrap()).unwrap()
    };
    assert_eq!(ask(Some(u64::MAX)).proof, None);
    let decided: Vec<DecidedBatch> = (0..3).map(|_| parties.decide(&chain, vec![])).collect();
    assert_eq!((ask(None).executed, ask(None).proof), (Height(3), None));
    for (asked, index) in [(1, 0), (2, 1), (3, 2), (4, 2), (u64::MAX, 2)] {
        assert_eq!(ask(Some(asked)).proof.as_ref(), decided.get(index).map(|batch| &batch.certificate));
    }
    assert!(answer(&chain, b"another version's").is_err());
}

#[test]
fn a_certificate_of_another_ledger_at_one_height_is_recognised_and_named() {
    let parties = Parties::new();
    let chain = parties.chain();
    let first = parties.decide(&chain, vec![parties.identity()]);
    parties.decide(&chain, vec![]);
    // the network was founded a second time, by the same validators
    let home = tempfile::tempdir().unwrap();
    let second = Chain::open(home.path(), Arc::clone(&parties.facts)).unwrap();
    let other = parties.decide(&second, vec![parties.attribute_keys(&[ATTRIBUTE])]);
    let node = parties.node(1);
    assert_eq!(other_ledger(&chain, node, &first.certificate).unwrap(), None);
    let reason = other_ledger(&chain, node, &other.certificate).unwrap().unwrap();
    let said = reason.to_string();
    for word in [node.to_string(), "height 1".to_owned(), first.certificate.value.to_string()] {
        assert!(said.contains(&word), "expected {word} in {said}");
    }
    assert!(said.contains(&other.certificate.value.to_string()), "{said}");
    // what is higher than this node's log tells nothing yet
    assert_eq!(other_ledger(&second, node, &parties.decide(&chain, vec![]).certificate).unwrap(), None);
}

#[test]
fn a_node_is_away_once_it_has_not_been_connected_for_a_while() {
    let node = NodeId::from_bytes([1; 16]);
    let status = |connected, seconds| PeerStatus {
        node,
        connected,
        since: SystemTime::now() - Duration::from_secs(seconds),
        is_foreign: false,
    };
    for (connected, seconds, away) in [(true, 0, false), (true, 60, false), (false, 0, false), (false, 60, true)] {
        assert_eq!(is_away(&status(connected, seconds)), away);
    }
    assert!(is_away(&PeerStatus { is_foreign: true, ..status(true, 60) }), "it takes no part");
    // a clock that was set back says nothing
    assert!(!is_away(&PeerStatus { since: SystemTime::now() + Duration::from_secs(60), ..status(false, 0) }));
}

#[test]
fn clocks_are_compared_once_more_than_a_half_have_told_theirs() {
    let others = Others::default();
    let tell = |index: u8, ahead_ms: i64| {
        let other = Other { height: Height(1), ahead_ms: Some(ahead_ms) };
        others.set(NodeId::from_bytes([index; 16]), other);
    };
    assert_eq!(others.clock_ahead_ms(4), None);
    tell(1, 30_000);
    assert_eq!(others.clock_ahead_ms(4), None);
    tell(2, 30_001);
    assert_eq!(others.clock_ahead_ms(4), Some(30_000));
    tell(3, -86_400_000);
    assert_eq!(others.clock_ahead_ms(4), Some(0), "two say one thing, one another, and this clock is in the middle");
    assert_eq!(ahead_ms(Timestamp(5), Timestamp(9)), -4);
    assert_eq!(ahead_ms(Timestamp(u64::MAX), Timestamp(0)), i64::MAX);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_does_not_answer_keeps_nobody_from_being_asked_again() {
    let parties = Parties::new();
    let mut services = starting(&parties, parties.chain());
    let [mut silent, mut other] = <[_; 2]>::try_from(connected(&parties, &mut services, &[1, 2]).await).ok().unwrap();
    let asking = Asking {
        chain: Arc::clone(&services.chain),
        network: services.network.clone(),
        others: Arc::clone(&services.others),
        neighbours: Neighbours::default(),
        progress: tokio::sync::watch::channel(voting()).1,
        halt: services.halt.clone(),
    };
    let following = tokio::spawn(asking.follow());
    let unanswered = silent.asked(Protocol::Status).await;
    // As long as that question is open: longer than an answer may take, had they to wait for each other.
    let answering = async {
        for executed in 1..=3 {
            let answer = Answer { executed: Height(executed), now: now(), proof: None };
            other.asked(Protocol::Status).await.reply.send(codec::encode(&answer)).unwrap();
        }
    };
    tokio::time::timeout(Protocol::Status.timeout() * 4 / 5, answering).await.unwrap();
    while services.others.lock().get(&parties.node(2)).is_none_or(|said| said.height < Height(3)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(services.others.lock().get(&parties.node(1)).is_none());
    drop(unanswered);
    following.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consensus_is_told_who_is_not_reached_any_more() {
    let parties = Parties::new();
    let mut services = starting(&parties, parties.chain());
    let [gone, stays] = <[_; 2]>::try_from(connected(&parties, &mut services, &[1, 2]).await).ok().unwrap();
    let neighbours = Neighbours::default();
    let asking = Asking {
        chain: Arc::clone(&services.chain),
        network: services.network.clone(),
        others: Arc::clone(&services.others),
        neighbours: neighbours.clone(),
        progress: tokio::sync::watch::channel(voting()).1,
        halt: services.halt.clone(),
    };
    let following = tokio::spawn(asking.follow());
    drop(gone);
    let noticed = async {
        while !neighbours.is_away(parties.node(1)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), noticed).await.unwrap();
    assert!(!neighbours.is_away(parties.node(2)));
    drop(stays);
    following.abort();
}
