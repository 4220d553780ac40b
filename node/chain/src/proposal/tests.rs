#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use crate::chain::{Chain, Outcome};
use crate::testing::{ATTRIBUTE, Parties, T0, execute};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{Height, Timestamp};
use medshare_ledger::rejection::Rejection;
use std::time::Duration;

/// A time behind all that the parties sign.
const NOW: Timestamp = Timestamp(T0 + 60_000);

fn proposed(parties: &Parties, chain: &Chain) -> Vec<Hash32> {
    let batch = chain.propose(parties.node(0), NOW).unwrap();
    batch.entries().iter().map(VerifiedEntry::hash).collect()
}

fn wait(parties: &Parties, chain: &Chain, entry: Entry) -> Hash32 {
    let entry = parties.verified(entry);
    chain.mempool.insert(entry.clone()).unwrap();
    entry.hash()
}

#[test]
fn what_came_before_what_it_needs_is_proposed_behind_it() {
    let parties = Parties::new();
    let chain = parties.chain();
    let grant = wait(&parties, &chain, parties.grant(T0, sha256(b"k")));
    assert!(chain.mempool.has_fresh());
    assert!(proposed(&parties, &chain).is_empty());
    assert!(!chain.mempool.has_fresh(), "it is worth no height of its own");
    let later = wait(&parties, &chain, parties.grant(T0 + 1, sha256(b"k")));
    let keys = wait(&parties, &chain, parties.attribute_keys(&[ATTRIBUTE]));
    let identity = wait(&parties, &chain, parties.identity());
    // The first one was looked at in vain and waits for the state to change; of what is new, each has what it needs before it.
    let chosen = proposed(&parties, &chain);
    let at = |hash| chosen.iter().position(|other| *other == hash);
    assert!(at(later) > at(keys) && at(later) > at(identity) && at(keys).is_some() && at(identity).is_some());
    assert_eq!(at(grant), None);
}

#[test]
fn blocks_of_a_chain_are_proposed_in_its_order_whatever_the_order_they_came_in() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let mut previous = Hash32::ZERO;
    let mut blocks = Vec::new();
    for nonce in 1..=5 {
        let block = parties.parent_block(&parties.request(nonce), previous);
        previous = block.id.as_hash();
        blocks.push(Entry::ParentBlock(Box::new(block)));
    }
    let expected: Vec<_> = blocks.iter().map(Entry::hash).collect();
    for block in blocks.into_iter().rev() {
        wait(&parties, &chain, block);
    }
    assert_eq!(proposed(&parties, &chain), expected);
}

#[test]
fn the_losers_of_a_race_are_not_burnt() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let forms = [1, 2, 3].map(|nonce| parties.parent_block(&parties.request(nonce), Hash32::ZERO));
    for form in forms {
        wait(&parties, &chain, Entry::ParentBlock(Box::new(form)));
    }
    let size = chain.tip().history.size();
    for _ in 0..3 {
        let batch = chain.propose(parties.node(0), NOW).unwrap();
        execute(&chain, &batch.to_bytes()).unwrap();
    }
    assert_eq!(chain.tip().history.size(), size + 1, "one of them is the first block of the thread");
    assert_eq!(chain.mempool.len(), 2, "the others can still be linked behind it");
    assert_eq!(chain.state().thread(parties.requestor.id()).unwrap().unwrap().count, 1);
}

#[tokio::test]
async fn what_never_applies_is_answered_without_a_place_in_the_history() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let size = chain.tip().history.size();
    let again = wait(&parties, &chain, parties.identity());
    let superseded = wait(&parties, &chain, parties.grant(T0, sha256(b"another key")));
    assert!(proposed(&parties, &chain).is_empty());
    assert!(chain.mempool.is_empty());
    for (hash, reason) in [(again, Rejection::IdentityExists), (superseded, Rejection::GrantSuperseded)] {
        let outcome = chain.outcome(&hash, Duration::ZERO).await.unwrap();
        assert_eq!(outcome, Outcome::Refused(reason));
        assert!(chain.views().entry(&hash).unwrap().is_none());
    }
    // Who waits at a node that does not propose hears of it there.
    let third = wait(&parties, &chain, parties.grant(T0, sha256(b"a third key")));
    assert_eq!(chain.outcome(&third, Duration::ZERO).await.unwrap(), Outcome::Refused(Rejection::GrantSuperseded));
    assert_eq!(chain.tip().history.size(), size);
}

#[test]
fn what_only_an_undecided_proposal_makes_impossible_is_not_refused() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let later = wait(&parties, &chain, parties.grant(T0 + 9, sha256(b"k")));
    let earlier = wait(&parties, &chain, parties.grant(T0 + 5, sha256(b"k")));
    let batch = chain.propose(parties.node(0), NOW).unwrap();
    assert_eq!(batch.entries().iter().map(VerifiedEntry::hash).collect::<Vec<_>>(), [later]);
    assert_eq!(chain.mempool.refusal(&earlier), None);
    assert!(chain.mempool.get(&earlier).is_some(), "nothing was decided yet");
    execute(&chain, &batch.to_bytes()).unwrap();
    assert!(proposed(&parties, &chain).is_empty());
    assert_eq!(chain.mempool.refusal(&earlier), Some(Rejection::GrantSuperseded));
}

#[test]
fn an_entry_is_judged_once_at_a_height() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let hash = wait(&parties, &chain, parties.grant(T0 + 5, sha256(b"k")));
    assert!(chain.mempool.to_judge(&hash, Height(2)).is_some());
    assert!(chain.mempool.to_judge(&hash, Height(2)).is_none());
    assert!(chain.mempool.to_judge(&hash, Height(3)).is_some());
}
