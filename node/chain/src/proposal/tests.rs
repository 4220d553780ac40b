#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::choosing::MAX_RECORDED_OF_SOURCE;
use super::{Behind, Chosen, Judgement};
use crate::chain::{Chain, Outcome};
use crate::testing::{ATTRIBUTE, Parties, T0, execute, label};
use medshare_contract_abi::permissions::{PermissionInput, PermissionOutcome};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::entry::Entry;
use medshare_ledger::execution::{ContractFault, Contracts};
use medshare_ledger::id::{Height, Timestamp};
use medshare_ledger::rejection::Rejection;
use std::time::{Duration, Instant};

/// A time behind all that the parties sign.
pub(super) const NOW: Timestamp = Timestamp(T0 + 60_000);

pub(super) fn proposed(parties: &Parties, chain: &Chain) -> Vec<Hash32> {
    let batch = chain.propose(parties.node(0), NOW).unwrap();
    batch.entries().iter().map(VerifiedEntry::hash).collect()
}

pub(super) fn choose(chain: &Chain) -> Chosen {
    let until = Instant::now() + Duration::from_secs(3_600);
    chain.behind(&chain.tip()).choose(&chain.mempool, NOW, until).unwrap()
}

pub(super) fn wait(parties: &Parties, chain: &Chain, entry: Entry) -> Hash32 {
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
    // Each has what it needs before it; the first one is looked at again because that came, and has been overtaken or applies.
    let chosen = proposed(&parties, &chain);
    let at = |hash| chosen.iter().position(|other| *other == hash);
    assert!(at(later) > at(keys) && at(later) > at(identity) && at(keys).is_some() && at(identity).is_some());
    assert!(at(grant).is_none_or(|grant| Some(grant) < at(later)));
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
async fn what_is_impossible_by_facts_that_stay_is_answered_without_a_place_in_the_history() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let size = chain.tip().history.size();
    let again = wait(&parties, &chain, parties.identity());
    assert!(proposed(&parties, &chain).is_empty());
    assert!(chain.mempool.is_empty());
    assert_eq!(chain.outcome(&again, Duration::ZERO).await.unwrap(), Outcome::Refused(Rejection::IdentityExists));
    assert!(chain.views().entry(&again).unwrap().is_none());
    assert_eq!(chain.tip().history.size(), size);
}

#[tokio::test]
async fn who_waits_at_a_node_that_does_not_propose_hears_what_became_impossible() {
    let parties = Parties::new();
    let chain = parties.chain();
    let early = wait(&parties, &chain, parties.identity());
    assert_eq!(chain.outcome(&early, Duration::ZERO).await.unwrap(), Outcome::TimedOut);
    let other = Parties { at: Timestamp(T0 + 1), ..parties };
    other.decide(&chain, vec![other.identity()]);
    assert_eq!(chain.outcome(&early, Duration::ZERO).await.unwrap(), Outcome::Refused(Rejection::IdentityExists));
}

#[tokio::test]
async fn what_people_signed_and_never_applies_is_rejected_by_the_ledger() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let superseded = wait(&parties, &chain, parties.grant(T0, sha256(b"another key")));
    let batch = chain.propose(parties.node(0), NOW).unwrap();
    assert_eq!(batch.entries().iter().map(VerifiedEntry::hash).collect::<Vec<_>>(), [superseded]);
    assert_eq!(chain.outcome(&superseded, Duration::ZERO).await.unwrap(), Outcome::TimedOut, "nothing is decided");
    execute(&chain, &batch.to_bytes()).unwrap();
    let outcome = chain.outcome(&superseded, Duration::ZERO).await.unwrap();
    assert!(matches!(outcome, Outcome::Rejected(_, Some(Rejection::GrantSuperseded))), "{outcome:?}");
    // Nobody can have it decided at a better time, at a node that has just started neither.
    wait(&parties, &chain, parties.grant(T0, sha256(b"another key")));
    assert!(proposed(&parties, &chain).is_empty() && chain.mempool.is_empty());
}

#[test]
fn a_request_that_never_applies_is_refused_and_takes_no_place_in_the_history() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let nowhere = DataRequest { dataset: label("other"), ..parties.asked(20) };
    let hash = wait(&parties, &chain, SignedRequest::sign(nowhere, &parties.requestor.signing).entry());
    assert!(proposed(&parties, &chain).is_empty() && chain.mempool.is_empty());
    assert_eq!(chain.fate(&hash).unwrap(), Some(Outcome::Refused(Rejection::UnknownDataSet)));
}

#[test]
fn a_signer_does_not_fill_batches_with_what_is_rejected() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    for n in 0..50u8 {
        wait(&parties, &chain, parties.grant(T0, sha256(&[n])));
    }
    let good = wait(&parties, &chain, parties.grant(T0 + 1, sha256(b"k")));
    let chosen = proposed(&parties, &chain);
    assert_eq!((chosen[0], chosen.len()), (good, 1 + MAX_RECORDED_OF_SOURCE));
    // They wait for their place without being looked at again.
    assert!(!chain.mempool.has_fresh());
    assert!(choose(&chain).attempts <= 2 + MAX_RECORDED_OF_SOURCE);
}

#[test]
fn blocks_of_nodes_that_never_apply_leave_no_trace() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let parent = parties.parent_block(&parties.request(1), Hash32::ZERO);
    parties.decide(&chain, vec![Entry::ParentBlock(Box::new(parent.clone()))]);
    let details = parties.opening_details(&parent, 1, Timestamp(T0), 600_000);
    let block = parties.side_block(&parent, details, parent.id.as_hash(), Timestamp(T0));
    let too_long = wait(&parties, &chain, Entry::SideBlock(Box::new(block)));
    assert!(proposed(&parties, &chain).is_empty() && chain.mempool.is_empty());
    assert_eq!(chain.mempool.refusal(&too_long), Some(Rejection::LeaseTooLong));
}

#[test]
fn another_form_of_a_block_leaves_when_one_was_applied() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let forms = [Hash32::ZERO, sha256(b"another head")].map(|previous| {
        let parent = parties.parent_block(&parties.request(1), previous);
        Entry::ParentBlock(Box::new(parent))
    });
    wait(&parties, &chain, forms[1].clone());
    assert!(proposed(&parties, &chain).is_empty());
    assert_eq!(chain.mempool.len(), 1, "it waits for its predecessor");
    parties.decide(&chain, vec![forms[0].clone()]);
    assert!(chain.mempool.is_empty());
}

#[tokio::test]
async fn whoever_waits_for_an_entry_has_nothing_executed() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let superseded = wait(&parties, &chain, parties.grant(T0, sha256(b"another key")));
    assert_eq!(chain.outcome(&superseded, Duration::ZERO).await.unwrap(), Outcome::TimedOut);
    assert!(chain.mempool.to_judge(&superseded, chain.tip().height).is_some(), "nobody judged it");
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
    assert_eq!(proposed(&parties, &chain), [earlier], "now it is, and the ledger is to say so");
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

/// A contract host that fails.
struct Failing;

impl Contracts for Failing {
    fn permissions(&self, _: &PermissionInput) -> Result<PermissionOutcome, ContractFault> {
        Err(ContractFault::Host("no memory".into()))
    }

    fn accepts_code(&self, _: &[u8]) -> bool {
        true
    }
}

#[test]
fn what_the_contract_host_fails_on_is_not_for_this_node_to_judge() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let tip = chain.tip();
    let behind = Behind { contracts: &Failing, ..chain.behind(&tip) };
    let block = parties.parent_block(&parties.request(1), Hash32::ZERO);
    let entry = parties.verified(Entry::ParentBlock(Box::new(block)));
    assert_eq!(behind.judge(&entry, NOW).unwrap(), Judgement::NotRun);
    assert_eq!(behind.impossible(&entry).unwrap(), None);
}

#[tokio::test]
async fn a_revocation_that_the_contract_host_fails_on_is_left_for_the_next_height_and_stops_no_others() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let block = parties.parent_block(&parties.request(1), Hash32::ZERO);
    let parent = block.id;
    parties.decide(&chain, vec![Entry::ParentBlock(Box::new(block))]);
    let revocation = wait(&parties, &chain, parties.revocation(parent));
    let grant = wait(&parties, &chain, parties.grant(T0 + 1, sha256(b"next")));
    let while_failing = || {
        let (tip, until) = (chain.tip(), Instant::now() + Duration::from_secs(3_600));
        let behind = Behind { contracts: &Failing, ..chain.behind(&tip) };
        let Chosen { entries, attempts } = behind.choose(&chain.mempool, NOW, until).unwrap();
        (entries.iter().map(VerifiedEntry::hash).collect::<Vec<_>>(), attempts)
    };
    assert_eq!(while_failing(), (vec![grant], 2));
    // Nothing is said of it, it is worth no height, and not looked at again at this one.
    assert_eq!(chain.outcome(&revocation, Duration::ZERO).await.unwrap(), Outcome::TimedOut);
    assert!(chain.mempool.get(&revocation).is_some() && !chain.mempool.has_fresh());
    assert_eq!(while_failing(), (vec![grant], 1));
    chain.mempool.remove([grant]);
    // It is looked at behind what was not looked at in vain.
    parties.decide(&chain, vec![]);
    let keys = wait(&parties, &chain, parties.attribute_keys(&["OTHER@university"]));
    assert_eq!(while_failing(), (vec![keys], 2));
    parties.decide(&chain, vec![]);
    assert!(proposed(&parties, &chain).contains(&revocation), "the host answers again");
}
