//! Batches: what a validator votes for, and that all of them compute the same.

mod once;

use crate::network::entries::{self as make, parent_entry};
use crate::network::{Node, Parties, T0};
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::{
    Batch, BatchError, CheckError, Decided, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, UncheckedBatch, entry_at,
};
use medshare_ledger::check::{NamedEntry, VerifiedEntry};
use medshare_ledger::codec::{decode, encode};
use medshare_ledger::entry::MAX_ATTRIBUTE_KEYS;
use medshare_ledger::history::Frontier;
use medshare_ledger::id::{Height, Timestamp};
use medshare_ledger::rejection::Rejection;
use medshare_ledger::state::StateFault;
use medshare_ledger::weight::MAX_BATCH_WEIGHT;
use std::cell::Cell;

/// A batch after which the tip's history is not empty, and its bytes.
fn proposed() -> (Node, Batch) {
    let mut node = Node::new(Parties::new());
    node.apply(make::identity(&Parties::new(), |_| {}), T0 + 10);
    let entries = vec![make::attribute_keys(&node.parties, |_| {}), make::contract_code(&node.parties, b"c", |_| {})];
    let batch = decode(&node.batch(entries, T0 + 20).to_bytes()).unwrap();
    (node, batch)
}

fn check(node: &Node, batch: &Batch) -> Option<BatchError> {
    check_until(node, batch, T0 + 30)
}

fn check_until(node: &Node, batch: &Batch, latest: u64) -> Option<BatchError> {
    let sent = UncheckedBatch::decode(&encode(batch)).unwrap();
    match node.tip.check(sent, &node.parties.facts, Some(Timestamp(latest)), &node.store, &|_| None) {
        Ok(_) => None,
        Err(CheckError::Invalid(error)) => Some(error),
        Err(CheckError::Fault(fault)) => panic!("{fault}"),
    }
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
    let found = check(&node, &with_fitting_header(&node, damaged));
    assert_eq!(found, Some(BatchError::Entry { position: 1, rejection }));
    let mut damaged = batch;
    damaged.entries.push(damaged.entries[0].clone());
    let found = check(&node, &with_fitting_header(&node, damaged));
    assert_eq!(found, Some(BatchError::Duplicate { position: 2 }));
}

/// The batch of a proposer that says of its entries, whatever they are, what follows from them.
fn with_fitting_header(node: &Node, batch: Batch) -> Batch {
    let history = node.tip.history.with(batch.entries.iter().map(|entry| NamedEntry::new(entry.clone()).leaf()));
    let mut header = batch.header;
    header.entry_count = batch.entries.len() as u32;
    (header.history_size, header.history_root) = (history.size(), history.root());
    Batch { header, entries: batch.entries }
}

/// The dearest batch costs next to nothing to refuse when its header says that it does not fit.
#[test]
fn a_header_that_does_not_fit_is_found_before_anything_of_the_entries_is_looked_at() {
    struct Counting(Cell<usize>);
    impl Decided for Counting {
        fn is_decided(&self, _: &Hash32, _: Height) -> Result<bool, StateFault> {
            self.0.set(self.0.get() + 1);
            Ok(false)
        }
    }
    let (node, batch) = proposed();
    let looks = |batch: &Batch| {
        let counting = Counting(Cell::new(0));
        let known = |_: &Hash32| {
            counting.0.set(counting.0.get() + 1);
            None
        };
        let sent = UncheckedBatch::decode(&encode(batch)).unwrap();
        let found = node.tip.check(sent, &node.parties.facts, None, &counting, &known);
        (found.is_ok(), counting.0.get())
    };
    assert_eq!(looks(&batch), (true, 4), "each entry is looked for among those decided and those known");
    let mut diverged = batch;
    diverged.header.state_root = Hash32::ZERO;
    assert_eq!(looks(&diverged), (false, 0));
}

#[test]
fn proposal_takes_each_entry_once_and_no_more_than_a_batch_may_hold() {
    let node = Node::new(Parties::new());
    let facts = &node.parties.facts;
    let entries = (0..40_u8).map(|index| {
        let code = vec![index; 130_000];
        VerifiedEntry::from_bytes(&encode(&make::contract_code(&node.parties, &code, |_| {})), facts).unwrap()
    });
    let entries = entries.flat_map(|entry| [entry.clone(), entry]).collect::<Vec<_>>();
    let proposed = node.tip.propose(entries, node.parties.node(0), Timestamp(T0), &node.store).unwrap().batch;
    assert_eq!(proposed.entries().len(), 31);
    let weight = |entries: &[VerifiedEntry]| entries.iter().map(|entry| entry.entry().weight()).sum::<usize>();
    assert!((MAX_BATCH_WEIGHT - 300..=MAX_BATCH_WEIGHT).contains(&weight(proposed.entries())));
    let empty = node.tip.propose([], node.parties.node(0), Timestamp(T0), &node.store).unwrap().batch;
    assert_eq!(empty.to_bytes().len(), 212, "the framing that a proposer counts with");
    let bytes = proposed.to_bytes();
    assert!(bytes.len() <= MAX_BATCH_BYTES);
    assert!(node.tip.check(UncheckedBatch::decode(&bytes).unwrap(), facts, None, &node.store, &|_| None).is_ok());
}

#[test]
fn batches_beyond_the_bounds_are_refused_before_anything_is_checked() {
    let (_, mut batch) = proposed();
    batch.entries = vec![batch.entries[0].clone(); MAX_BATCH_ENTRIES + 1];
    for bytes in [encode(&batch), vec![0; MAX_BATCH_BYTES + 1]] {
        assert!(matches!(UncheckedBatch::decode(&bytes), Err(BatchError::TooLarge { .. })));
    }
}

/// A proposer fills a batch with what costs most by the byte: whoever checks it works no longer than over any other.
#[test]
fn a_batch_that_is_too_much_work_is_refused_before_anything_of_it_is_checked() {
    let (_, mut batch) = proposed();
    let p = Parties::new();
    let keys = make::attribute_keys(&p, |keys| keys.keys = vec![keys.keys[0].clone(); MAX_ATTRIBUTE_KEYS]);
    for entry in [keys, make::identity(&p, |_| {})] {
        let (kind, most) = (entry.kind(), MAX_BATCH_WEIGHT / entry.weight());
        assert!(most > 0 && most < MAX_BATCH_ENTRIES, "{kind}");
        batch.entries = vec![entry; most + 1];
        let decoded = UncheckedBatch::decode(&encode(&batch));
        assert!(matches!(decoded, Err(BatchError::TooHeavy { .. })), "{kind}: {decoded:?}");
        batch.entries.pop();
        assert!(UncheckedBatch::decode(&encode(&batch)).is_ok(), "{kind}");
    }
}

#[test]
fn an_entry_is_read_from_its_place_in_the_bytes_alone() {
    let (node, batch) = proposed();
    let sent = UncheckedBatch::decode(&encode(&batch)).unwrap();
    let checked = node.tip.check(sent, &node.parties.facts, None, &node.store, &|_| None).unwrap();
    let bytes = checked.to_bytes();
    let places: Vec<u32> = checked.placed().map(|(offset, _)| offset).collect();
    assert_eq!(places.len(), batch.entries.len());
    for (offset, entry) in places.iter().zip(&batch.entries) {
        assert_eq!(entry_at(&bytes, *offset).as_ref(), Ok(entry));
    }
    for nowhere in [places[1] + 1, bytes.len() as u32, u32::MAX] {
        entry_at(&bytes, nowhere).unwrap_err();
    }
}

#[test]
fn a_batch_follows_the_history_that_its_header_counts_from() {
    let (node, batch) = proposed();
    let follows = |batch: &Batch| UncheckedBatch::decode(&encode(batch)).unwrap().follows(&node.tip.history);
    assert!(follows(&batch));
    let mut exchanged = batch.clone();
    exchanged.entries.swap(0, 1);
    let mut dropped = batch.clone();
    dropped.entries.pop();
    let mut miscounted = batch.clone();
    miscounted.header.entry_count += 1;
    for changed in [exchanged, dropped, miscounted] {
        assert!(!follows(&changed));
    }
    assert!(!UncheckedBatch::decode(&encode(&batch)).unwrap().follows(&Frontier::default()));
}

#[test]
fn known_entries_are_not_taken_on_another_ones_word() {
    let (node, batch) = proposed();
    let other = make::contract_code(&node.parties, b"other", |_| {});
    let other = VerifiedEntry::from_bytes(&encode(&other), &node.parties.facts).unwrap();
    let wrong = |_: &Hash32| Some(other.clone());
    let sent = UncheckedBatch::decode(&encode(&batch)).unwrap();
    let checked = node.tip.check(sent, &node.parties.facts, None, &node.store, &wrong).unwrap();
    assert_eq!(checked.to_bytes(), encode(&batch));
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
            make::request(&p, "first", T0, |_| {}),
            make::request(&p, "second", T0, |_| {}),
            parent_entry(&first),
            make::contract_code(&p, b"code", |_| {}),
        ];
        let execution = node.decide(entries, T0 + 20);
        // Linked anew, as its node does with a block that was decided too early: the same bytes are decided once.
        let again = second.relink(first.id.as_hash(), Timestamp(T0 + 25), p.network(), &p.nodes[0]);
        let again = node.decide(vec![parent_entry(&again)], T0 + 30);
        let codes = execution.receipts.iter().chain(&again.receipts).map(|receipt| receipt.code);
        (codes.collect::<Vec<_>>(), node.tip.clone(), execution)
    };
    let (codes, tip, execution) = run();
    assert_eq!(codes, [Rejection::UnknownRequestor.code(), 0, 0, 0, 0, 0, 0]);
    assert_eq!(run(), (codes, tip, execution));
}
