//! What somebody sends who wants a node to look at much, or at nothing else; each by the name of what must not come of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::tests::{NOW, choose, proposed, wait};
use crate::chain::Chain;
use crate::testing::{ATTRIBUTE, Parties, T0, execute};
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::batch::MAX_BATCH_ENTRIES;
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::entry::{Decision, Entry, OwnerDecision, Revocation};
use medshare_ledger::id::{BlockId, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::side_block::{SideBlock, SideEvent};
use std::time::{Duration, Instant};

/// A package on the ledger.
fn package(parties: &Parties, chain: &Chain, nonce: u8, previous: Hash32) -> ParentBlock {
    let parent = parties.parent_block(&parties.request(nonce), previous);
    parties.decide(chain, vec![Entry::ParentBlock(Box::new(parent.clone()))]);
    parent
}

/// The owner revokes and grants again in turns.
fn decision(parties: &Parties, parent: BlockId, sequence: u32) -> Entry {
    let (network, owner, at) = (parties.facts.network(), parties.owner(0), Timestamp(T0));
    if sequence.is_multiple_of(2) {
        let revocation = Revocation { network, owner, parent, sequence, reason: 1, at };
        let signature = parties.owners[0].sign(&revocation);
        return Entry::Revocation(revocation, signature);
    }
    let decision = Decision::Regrant;
    let decision = OwnerDecision { network, owner, parent, sequence, judged: Hash32::ZERO, decision, at };
    let signature = parties.owners[0].sign(&decision);
    Entry::OwnerDecision(decision, signature)
}

/// What a node signs as a violation under a lease of this number, whether there is one or not.
fn said_violation(parties: &Parties, parent: &ParentBlock, node: usize, lease: u32) -> Entry {
    let mut details = parties.report_details(parent, lease, 1, Timestamp(T0));
    details.node = parties.node(node);
    details.vln = u16::from(Action::Copy.code());
    details.action_counter = 1;
    if let SideEvent::Reported { report, .. } = &mut details.event {
        report.kind = ReportKind::Action(Action::Copy).code();
    }
    let target = parties.facts.parameters().target_bits;
    let link = Link { previous: sha256(&lease.to_be_bytes()), version: 1, timestamp: Timestamp(T0), target };
    let block = SideBlock::build(details, link).sign(parties.facts.network(), &parties.nodes[node]);
    Entry::SideBlock(Box::new(block))
}

#[test]
fn decisions_that_come_in_the_wrong_order_cost_a_few_looks_each_and_not_one_for_every_other() {
    const COUNT: u32 = 300;
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let parent = package(&parties, &chain, 1, Hash32::ZERO).id;
    wait(&parties, &chain, parties.grant(T0 + 1, sha256(b"k")));
    for sequence in (0..COUNT).rev() {
        wait(&parties, &chain, decision(&parties, parent, sequence));
    }
    let chosen = choose(&chain);
    assert_eq!(chosen.entries.len(), COUNT as usize + 1);
    assert!(chosen.attempts <= 3 * COUNT as usize + 8, "{} attempts", chosen.attempts);
}

#[test]
fn a_chain_that_waits_for_its_first_entry_takes_no_more_of_a_batch_than_its_sources_part() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let parent = package(&parties, &chain, 1, Hash32::ZERO).id;
    let count = u32::try_from(MAX_BATCH_ENTRIES).unwrap();
    for sequence in 1..count {
        wait(&parties, &chain, decision(&parties, parent, sequence));
    }
    assert!(choose(&chain).entries.is_empty(), "they wait for the first one");
    wait(&parties, &chain, decision(&parties, parent, 0));
    let names = (0..50).map(|n| format!("A{n}@university"));
    let keys: Vec<_> = names.map(|name| wait(&parties, &chain, parties.attribute_keys(&[&name]))).collect();
    let chosen = choose(&chain);
    let places: Vec<_> =
        keys.iter().filter_map(|key| chosen.entries.iter().position(|entry| entry.hash() == *key)).collect();
    assert_eq!(places.len(), keys.len(), "of {} entries", chosen.entries.len());
    assert!(places.iter().all(|place| *place < MAX_BATCH_ENTRIES / 2), "{places:?}");
    assert!(chosen.entries.len() > MAX_BATCH_ENTRIES / 2, "what is left is for whoever waits");
}

#[test]
fn a_chain_of_blocks_that_is_sent_last_first_costs_a_few_looks_a_block() {
    const COUNT: usize = 100;
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let request = |nonce: usize| parties.request(u8::try_from(nonce).unwrap());
    parties.decide(&chain, (10..=COUNT).map(|nonce| request(nonce).entry()).collect());
    let mut previous = Hash32::ZERO;
    let mut blocks = Vec::new();
    for nonce in 1..=COUNT {
        let block = parties.parent_block(&request(nonce), previous);
        previous = block.id.as_hash();
        blocks.push(Entry::ParentBlock(Box::new(block)));
    }
    let expected: Vec<_> = blocks.iter().map(Entry::hash).collect();
    let mut attempts = 0;
    for block in blocks.into_iter().rev() {
        wait(&parties, &chain, block);
        attempts += choose(&chain).attempts;
    }
    assert!(attempts <= 3 * COUNT, "{attempts} attempts");
    let chosen = choose(&chain);
    assert_eq!(chosen.entries.iter().map(VerifiedEntry::hash).collect::<Vec<_>>(), expected);
}

#[test]
fn what_lacks_something_is_not_looked_at_when_something_else_came() {
    let parties = Parties::new();
    let chain = parties.chain();
    let grant = wait(&parties, &chain, parties.grant(T0, sha256(b"k")));
    assert_eq!(choose(&chain).attempts, 1);
    for height in 0..3 {
        parties.decide(&chain, vec![parties.attribute_keys(&[&format!("A{height}@university")])]);
        assert!(!chain.mempool.has_fresh());
        assert_eq!(choose(&chain).attempts, 0);
    }
    parties.decide(&chain, vec![parties.identity()]);
    assert!(chain.mempool.has_fresh());
    assert!(proposed(&parties, &chain).is_empty(), "it lacks the key as well");
    parties.decide(&chain, vec![parties.attribute_keys(&[ATTRIBUTE])]);
    assert_eq!(proposed(&parties, &chain), [grant]);
}

#[test]
fn a_proposal_ends_in_time_with_what_it_has() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    wait(&parties, &chain, parties.grant(T0 + 1, sha256(b"k")));
    let Some(past) = Instant::now().checked_sub(Duration::from_millis(1)) else { return };
    let chosen = chain.behind(&chain.tip()).choose(&chain.mempool, NOW, past).unwrap();
    assert_eq!((chosen.entries.len(), chosen.attempts), (0, 0));
    assert!(chain.mempool.has_fresh(), "what there was no time for is as it was");
    assert_eq!(choose(&chain).entries.len(), 1);
}

#[test]
fn thousands_of_violations_that_only_say_so_keep_no_grant_waiting() {
    const FLOOD: u32 = 4_000;
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let parent = package(&parties, &chain, 1, Hash32::ZERO);
    for lease in 0..FLOOD {
        wait(&parties, &chain, said_violation(&parties, &parent, 3, lease));
    }
    let grant = wait(&parties, &chain, parties.grant(T0 + 1, sha256(b"k")));
    // Every fourth height is the attacker's, who has something applied in it.
    for height in 0..4 {
        let batch = if height == 0 {
            parties.batch(&chain, vec![parties.attribute_keys(&["A@university"])]).bytes.to_vec()
        } else {
            chain.propose(parties.node(0), NOW).unwrap().to_bytes()
        };
        execute(&chain, &batch).unwrap();
    }
    assert_eq!(chain.views().entry(&grant).unwrap().map(|place| place.code), Some(0));
}

#[test]
fn a_violation_that_the_ledger_bears_out_goes_first_and_one_that_only_says_so_does_not() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let parent = package(&parties, &chain, 1, Hash32::ZERO);
    let opening = parties.opening(&parent, parent.id.as_hash(), 1);
    let head = opening.header.hash();
    parties.decide(&chain, vec![Entry::SideBlock(Box::new(opening))]);
    for n in 0..20 {
        wait(&parties, &chain, parties.grant(T0 + 1 + n, sha256(b"k")));
    }
    for lease in 2..22 {
        wait(&parties, &chain, said_violation(&parties, &parent, 3, lease));
    }
    let violation = wait(&parties, &chain, Entry::SideBlock(Box::new(parties.violation(&parent, head))));
    assert_eq!(proposed(&parties, &chain)[0], violation);
}

#[test]
fn what_access_or_a_permission_may_change_within_a_height_is_not_refused_for_good() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let first = package(&parties, &chain, 1, Hash32::ZERO);
    let second = package(&parties, &chain, 2, first.id.as_hash());
    parties.decide(&chain, vec![parties.revocation(first.id)]);
    // This node has not heard of the grant behind which another one put the opening.
    let block = parties.opening(&second, second.id.as_hash(), 1);
    let opening = wait(&parties, &chain, Entry::SideBlock(Box::new(block)));
    let now = Timestamp(T0 + 20_000);
    let propose = |chain: &Chain| {
        let batch = chain.propose(parties.node(0), now).unwrap();
        batch.entries().iter().map(VerifiedEntry::hash).collect::<Vec<_>>()
    };
    assert!(propose(&chain).is_empty());
    assert_eq!(chain.mempool.refusal(&opening), None);
    let access = chain.state().access(parties.requestor.id()).unwrap().unwrap();
    parties.decide(&chain, vec![parties.grant_behind(access.revocations, T0 + 9_000, sha256(b"k"))]);
    assert_eq!(propose(&chain), [opening]);
}
