//! Batches: what a validator votes for, and that all of them compute the same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong should stop where it went wrong"
)]

mod network;

use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::{Batch, BatchError};
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::codec::encode;
use medshare_ledger::id::{Height, Timestamp};
use medshare_ledger::rejection::Rejection;
use network::entries::{self as make, parent_entry};
use network::{Node, Parties, T0};

/// A batch after which the tip's history is not empty, and its bytes.
fn proposed() -> (Node, Batch) {
    let mut node = Node::new(Parties::new());
    node.apply(make::identity(&Parties::new(), |_| {}), T0 + 10);
    let entries = vec![make::attribute_keys(&node.parties, |_| {}), make::contract_code(&node.parties, b"c", |_| {})];
    let batch = node.batch(entries, T0 + 20).to_batch();
    (node, batch)
}

fn check(node: &Node, batch: &Batch) -> Option<BatchError> {
    node.tip.check(&encode(batch), &node.parties.facts, Some(Timestamp(T0 + 30)), &|_| None).err()
}

#[test]
fn every_header_field_is_compared_with_what_follows_from_the_tip() {
    let (node, batch) = proposed();
    assert_eq!(check(&node, &batch), None);
    type Row = (&'static str, fn(&mut Batch));
    let spoil: [Row; 9] = [
        ("network", |b| b.header.network = medshare_ledger::id::NetworkId::from_bytes([0; 32])),
        ("height", |b| b.header.height = Height(9)),
        ("previous batch", |b| b.header.previous = Hash32::ZERO),
        ("number of entries", |b| b.header.entry_count = 9),
        ("history size", |b| b.header.history_size = 9),
        ("history root", |b| b.entries.swap(0, 1)),
        ("state root", |b| b.header.state_root = Hash32::ZERO),
        ("proposer", |b| b.header.proposer = medshare_ledger::id::NodeId::from_bytes([0; 16])),
        ("validator set", |b| b.header.validators = Hash32::ZERO),
    ];
    for (field, spoil) in spoil {
        let mut damaged = batch.clone();
        spoil(&mut damaged);
        assert_eq!(check(&node, &damaged), Some(BatchError::Header { field }));
    }
}

#[test]
fn batch_time_lies_between_the_previous_batch_and_the_clock() {
    let (node, mut batch) = proposed();
    for time in [T0 + 10, T0 + 31] {
        batch.header.time = Timestamp(time);
        assert!(matches!(check(&node, &batch), Some(BatchError::Time { .. })));
    }
    batch.header.time = Timestamp(T0 + 11);
    assert_eq!(check(&node, &batch), None);
}

#[test]
fn one_bad_or_repeated_entry_spoils_the_batch() {
    let (node, batch) = proposed();
    let mut damaged = batch.clone();
    damaged.entries[1] = make::contract_code(&node.parties, b"", |_| {});
    let rejection = Rejection::OutOfBounds;
    assert_eq!(check(&node, &damaged), Some(BatchError::Entry { position: 1, rejection }));
    let mut damaged = batch;
    damaged.entries.push(damaged.entries[0].clone());
    assert_eq!(check(&node, &damaged), Some(BatchError::Duplicate { position: 2 }));
}

#[test]
fn proposal_takes_each_entry_once_and_no_more_bytes_than_allowed() {
    let node = Node::new(Parties::new());
    let facts = &node.parties.facts;
    let entries = (0..12_u8).map(|index| {
        let code = vec![index; 500_000];
        VerifiedEntry::from_bytes(&encode(&make::contract_code(&node.parties, &code, |_| {})), facts).unwrap()
    });
    let entries = entries.flat_map(|entry| [entry.clone(), entry]).collect::<Vec<_>>();
    let proposed = node.tip.propose(entries, node.parties.node(0), Timestamp(T0));
    assert_eq!(proposed.entries().len(), 8);
    let empty = node.tip.propose([], node.parties.node(0), Timestamp(T0));
    assert_eq!(encode(&empty.to_batch()).len(), 212, "the framing that a proposer counts with");
    let bytes = encode(&proposed.to_batch());
    assert!(bytes.len() <= medshare_ledger::batch::MAX_BATCH_BYTES);
    assert!(node.tip.check(&bytes, facts, None, &|_| None).is_ok());
}

#[test]
fn known_entries_are_not_taken_on_another_ones_word() {
    let (node, batch) = proposed();
    let other = make::contract_code(&node.parties, b"other", |_| {});
    let other = VerifiedEntry::from_bytes(&encode(&other), &node.parties.facts).unwrap();
    let wrong = |_: &Hash32| Some(other.clone());
    let checked = node.tip.check(&encode(&batch), &node.parties.facts, None, &wrong).unwrap();
    assert_eq!(checked.to_batch(), batch);
}

#[test]
fn two_nodes_compute_the_same_roots_and_later_entries_see_earlier_ones() {
    let run = || {
        let mut node = Node::new(Parties::new());
        let p = Parties::new();
        let first = make::parent_block(&p, ("first", T0), Hash32::ZERO, |_, _, _| {});
        let second = make::parent_block(&p, ("second", T0), first.id.as_hash(), |_, _, _| {});
        // The blocks stand before the registration that they need: only after it do they apply.
        let entries = vec![
            parent_entry(&second),
            make::identity(&p, |_| {}),
            parent_entry(&first),
            make::contract_code(&p, b"code", |_| {}),
        ];
        let execution = node.decide(entries, T0 + 20);
        let again = node.decide(vec![parent_entry(&second)], T0 + 30);
        let codes = execution.receipts.iter().chain(&again.receipts).map(|receipt| receipt.code);
        (codes.collect::<Vec<_>>(), node.tip.clone(), execution)
    };
    let (codes, tip, execution) = run();
    assert_eq!(codes, [Rejection::UnknownRequestor.code(), 0, 0, 0, 0]);
    assert_eq!(run(), (codes, tip, execution));
}
