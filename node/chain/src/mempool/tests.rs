#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod lacking;
mod sharing;

use super::*;
use crate::testing::{Parties, T0};
use medshare_crypto::hash::sha256;
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{BlockId, Timestamp};
use medshare_ledger::side_block::SideBlock;
use rand::rngs::OsRng;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// So many grants of one authority.
fn grants(parties: &Parties, count: u64) -> Vec<VerifiedEntry> {
    (0..count).map(|n| parties.verified(parties.grant(T0 + n, sha256(b"k")))).collect()
}

fn hashes(entries: &[VerifiedEntry]) -> Vec<Hash32> {
    entries.iter().map(VerifiedEntry::hash).collect()
}

/// Large ones of an owner.
fn code(parties: &Parties, n: u32) -> VerifiedEntry {
    parties.verified(parties.contract_code(n.to_be_bytes().repeat(30_000)))
}

#[test]
fn entries_of_one_source_come_out_in_the_order_of_their_arrival() {
    let (mempool, entries) = (Mempool::default(), grants(&Parties::new(), 5));
    assert!(mempool.is_empty());
    for entry in entries.iter().rev() {
        assert_eq!(mempool.insert(entry.clone()), Ok(true));
    }
    let mut expected = hashes(&entries);
    expected.reverse();
    assert_eq!(hashes(&mempool.candidates(0, 100)), expected);
    assert_eq!(hashes(&mempool.candidates(7, 2)), expected[..2]);
    assert_eq!(mempool.len(), 5);
}

#[test]
fn an_entry_waits_once() {
    let (mempool, entries) = (Mempool::default(), grants(&Parties::new(), 1));
    assert_eq!(mempool.insert(entries[0].clone()), Ok(true));
    assert_eq!(mempool.insert(entries[0].clone()), Ok(false));
    assert_eq!(mempool.len(), 1);
    assert_eq!(mempool.get(&entries[0].hash()).unwrap().hash(), entries[0].hash());
}

#[test]
fn removed_entries_give_their_room_back_and_may_come_again() {
    let (mempool, entries) = (Mempool::default(), grants(&Parties::new(), 3));
    for entry in &entries {
        mempool.insert(entry.clone()).unwrap();
    }
    mempool.remove([entries[1].hash(), entries[1].hash(), sha256(b"unknown")]);
    assert_eq!(hashes(&mempool.candidates(0, 9)), [entries[0].hash(), entries[2].hash()]);
    assert!(mempool.get(&entries[1].hash()).is_none());
    assert_eq!(mempool.insert(entries[1].clone()), Ok(true));
    mempool.remove(hashes(&entries));
    assert!(mempool.is_empty());
    assert_eq!(mempool.queue().shares.room, 0);
}

#[test]
fn one_source_fills_the_room_and_gives_it_up_to_another() {
    let parties = Parties::new();
    let mempool = Mempool::default();
    let size = code(&parties, 0).size();
    let fits = MAX_WAITING_BYTES / size;
    for n in 0..u32::try_from(fits).unwrap() {
        assert_eq!(mempool.insert(code(&parties, n)), Ok(true));
    }
    assert_eq!(mempool.insert(code(&parties, u32::MAX)), Err(NotTaken::Full), "no more of this source");
    assert!(!mempool.has_room(&Origin::of(code(&parties, 0).entry(), None), size));
    let others = grants(&parties, 40);
    for entry in &others {
        assert!(mempool.has_room(&Origin::of(entry.entry(), None), entry.size()));
        assert_eq!(mempool.insert(entry.clone()), Ok(true));
    }
    assert!(others.iter().all(|entry| mempool.get(&entry.hash()).is_some()));
    assert!(mempool.len() < fits + others.len(), "what had the most gave room");
}

#[test]
fn what_ends_access_goes_first_and_every_source_has_its_turn() {
    let parties = Parties::new();
    let mempool = Mempool::default();
    let grants = grants(&parties, 50);
    for entry in &grants {
        mempool.insert(entry.clone()).unwrap();
    }
    let contract = code(&parties, 1);
    mempool.insert(contract.clone()).unwrap();
    let revocation = parties.verified(parties.revocation(BlockId::from_bytes([1; 32])));
    mempool.insert(revocation.clone()).unwrap();
    assert_eq!(hashes(&mempool.to_examine(0, 9)), [revocation.hash()]);
    assert_ne!(mempool.candidates(0, 1)[0].hash(), revocation.hash(), "so far it only says so");
    mempool.examined(&revocation.hash(), true);
    assert!(mempool.to_examine(0, 9).is_empty());
    for shift in 0..4 {
        let order = hashes(&mempool.candidates(shift, 100));
        assert_eq!(order.len(), 52);
        assert_eq!(order[0], revocation.hash(), "it came last");
        assert!(order[1..3].contains(&contract.hash()), "fifty of somebody else came before it");
    }
    // The latest ones are given up first, and urgent ones last.
    let queue = mempool.queue();
    let owners = queue.shares.at(Origin::of(contract.entry(), None).path()).unwrap();
    let least = queue.least_needed(owners);
    assert_eq!(least, Some(contract.hash()));
}

#[test]
fn a_violation_brings_what_it_stands_behind_with_it() {
    let parties = Parties::new();
    let parent = parties.parent_block(&parties.request(1), Hash32::ZERO);
    let first = parties.opening(&parent, parent.id.as_hash(), 1);
    let violation = parties.violation(&parent, first.header.hash());
    let mempool = Mempool::default();
    for entry in grants(&parties, 20) {
        mempool.insert(entry).unwrap();
    }
    let [violation, opening, parent] = [
        Entry::SideBlock(Box::new(violation)),
        Entry::SideBlock(Box::new(first)),
        Entry::ParentBlock(Box::new(parent)),
    ]
    .map(|entry| parties.verified(entry));
    for entry in [&violation, &opening, &parent] {
        mempool.insert(entry.clone()).unwrap();
    }
    mempool.examined(&violation.hash(), true);
    assert_eq!(hashes(&mempool.candidates(1, 40))[..3], [parent.hash(), opening.hash(), violation.hash()]);
}

#[test]
fn a_later_form_of_a_block_takes_the_place_of_the_earlier_one_and_of_no_other_nodes() {
    let parties = Parties::new();
    let parent = parties.parent_block(&parties.request(1), Hash32::ZERO);
    let form = |node: usize, at: u64| {
        let details = parties.recorded_by(node, parties.opening_details(&parent, 1, Timestamp(T0), 60_000));
        let block = parties.side_block(&parent, details, sha256(&at.to_be_bytes()), Timestamp(T0 + at));
        let again =
            block.relink(block.header.previous, 0, Timestamp(T0 + at), parties.facts.network(), &parties.nodes[node]);
        parties.verified(Entry::SideBlock(Box::new(again)))
    };
    let (early, late, of_another) = (form(0, 1), form(0, 2), form(1, 3));
    let mempool = Mempool::default();
    assert_eq!(mempool.insert(early.clone()), Ok(true));
    assert_eq!(mempool.insert(late.clone()), Ok(true));
    assert!(mempool.get(&early.hash()).is_none());
    assert_eq!(mempool.insert(early), Ok(false), "it comes once more by another way");
    assert_eq!(mempool.insert(of_another.clone()), Ok(true));
    assert_eq!(mempool.len(), 2);
    assert!(mempool.get(&late.hash()).is_some() && mempool.get(&of_another.hash()).is_some());
}

#[test]
fn two_forms_of_a_block_that_bear_one_date_do_not_replace_each_other() {
    let parties = Parties::new();
    let parent = parties.parent_block(&parties.request(1), Hash32::ZERO);
    let [first, second] = [b"one", b"two"].map(|previous| {
        let details = parties.opening_details(&parent, 1, Timestamp(T0), 60_000);
        let block = parties.side_block(&parent, details, sha256(previous), Timestamp(T0));
        parties.verified(Entry::SideBlock(Box::new(block)))
    });
    let mempool = Mempool::default();
    assert_eq!(mempool.insert(first.clone()), Ok(true));
    for _ in 0..3 {
        assert_eq!(mempool.insert(second.clone()), Ok(false));
        assert_eq!(mempool.insert(first.clone()), Ok(false));
    }
    assert_eq!(hashes(&mempool.candidates(0, 9)), [first.hash()]);
}

#[test]
fn the_longest_chain_of_waiting_blocks_is_found_and_what_hangs_in_the_air_is_not_in_it() {
    let parties = Parties::new();
    let parent = parties.parent_block(&parties.request(1), Hash32::ZERO);
    let (chain, start) = (Trail::SideBlocks(parent.id), Head { hash: parent.id.as_hash(), violations: 0 });
    let one = parties.opening(&parent, start.hash, 1);
    let two = parties.opening(&parent, one.header.hash(), 2);
    let three = parties.opening(&parent, two.header.hash(), 3);
    let fork = parties.opening(&parent, start.hash, 4);
    let mempool = Mempool::default();
    let insert = |block: &SideBlock| {
        let entry = parties.verified(Entry::SideBlock(Box::new(block.clone())));
        mempool.insert(entry.clone()).unwrap();
        entry.hash()
    };
    let third = insert(&three);
    assert_eq!(mempool.end_of_chain(chain, start, None), start);
    assert!(!mempool.follows(&third, start, None));
    let (first, _) = (insert(&one), insert(&fork));
    insert(&two);
    let end = mempool.end_of_chain(chain, start, None);
    assert_eq!(end.hash, three.header.hash());
    assert!(mempool.follows(&third, start, None));
    assert_eq!(mempool.end_of_chain(chain, start, Some(parties.node(3))), start, "none is that node's");
    mempool.remove([first]);
    assert!(!mempool.follows(&third, start, None));
    assert_eq!(mempool.end_of_chain(chain, start, None).hash, fork.header.hash());
    assert_eq!(mempool.end_of_chain(Trail::Thread(parties.requestor.id()), start, None), start);
}

#[test]
fn what_was_refused_is_not_taken_in_again_and_the_reason_is_kept() {
    let (mempool, entries) = (Mempool::default(), grants(&Parties::new(), 2));
    mempool.insert(entries[0].clone()).unwrap();
    mempool.refuse(&entries[0].hash(), Rejection::GrantSuperseded);
    assert!(mempool.is_empty());
    assert_eq!(mempool.insert(entries[0].clone()), Err(NotTaken::Refused(Rejection::GrantSuperseded)));
    assert_eq!(mempool.refusal(&entries[0].hash()), Some(Rejection::GrantSuperseded));
    assert_eq!(mempool.refusal(&entries[1].hash()), None);
}

#[test]
fn late_entries_are_dropped() {
    let (mempool, entries) = (Mempool::default(), grants(&Parties::new(), 2));
    mempool.insert(entries[0].clone()).unwrap();
    let Some(long_ago) = Instant::now().checked_sub(MAX_WAIT + Duration::from_secs(1)) else { return };
    mempool.queue().waiting.values_mut().for_each(|waiting| waiting.arrived = long_ago);
    mempool.insert(entries[1].clone()).unwrap();
    assert_eq!(hashes(&mempool.candidates(0, 9)), [entries[1].hash()]);
}

#[test]
fn any_number_of_requestors_are_one_source() {
    let parties = Parties::new();
    let sources = (0..5).map(|_| {
        let keys = RequestorKeys::generate(&mut OsRng);
        let asked = DataRequest { key: keys.signing.verifying_key(), ..parties.asked(1) };
        Source::of(&SignedRequest::sign(asked, &keys.signing).entry())
    });
    assert_eq!(sources.collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn of_one_source_no_more_than_its_share_is_urgent() {
    let parties = Parties::new();
    let mempool = Mempool::default();
    for n in 0..200u8 {
        let revocation = parties.verified(parties.revocation(BlockId::from_bytes([n; 32])));
        mempool.insert(revocation.clone()).unwrap();
        mempool.examined(&revocation.hash(), true);
    }
    let grant = grants(&parties, 1).remove(0);
    mempool.insert(grant.clone()).unwrap();
    for shift in 0..2 {
        let place = mempool.candidates(shift, 160).iter().position(|entry| entry.hash() == grant.hash());
        assert!(place.is_some_and(|place| place <= 11), "ten are urgent, and it has its turn: {place:?}");
    }
}

#[test]
fn those_whom_somebody_waits_for_are_looked_after_in_turn() {
    let (mempool, entries) = (Mempool::default(), grants(&Parties::new(), 5));
    for entry in &entries {
        mempool.insert(entry.clone()).unwrap();
    }
    assert!(mempool.asked(9).is_empty());
    for entry in &entries[..3] {
        mempool.ask(&entry.hash());
        mempool.ask(&entry.hash());
    }
    assert_eq!(hashes(&mempool.asked(2)), hashes(&entries[..2]));
    assert_eq!(hashes(&mempool.asked(2)), [entries[2].hash(), entries[0].hash()]);
    mempool.remove([entries[1].hash()]);
    assert_eq!(hashes(&mempool.asked(9)).len(), 2);
}
