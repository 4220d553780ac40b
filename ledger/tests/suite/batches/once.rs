//! Entries are decided once, and within the window of their date.

use super::{check, check_until, proposed};
use crate::network::entries as make;
use crate::network::node::Forgetful;
use crate::network::{Node, Parties, T0};
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::{Batch, BatchError, CheckError, Decided, Proposal, UncheckedBatch};
use medshare_ledger::check::{VerifiedEntry, check_entry, check_snapshot};
use medshare_ledger::codec::{decode, encode};
use medshare_ledger::id::{Height, Timestamp};
use medshare_ledger::rejection::Rejection;
use medshare_ledger::state::StateFault;
use medshare_ledger::window::ENTRY_WINDOW_MS;

/// A batch of one entry behind the node's tip, dated `time`, whatever the entry is.
fn batch_of(node: &Node, entry: medshare_ledger::entry::Entry, time: u64) -> Batch {
    let verified = check_entry(entry, &node.parties.facts).unwrap();
    let dated = verified.entry().dated();
    // A proposer that does not keep the rule: it takes the entry for one of now, and changes the time then.
    let lax = node.tip.propose([verified], node.parties.node(0), dated, &Forgetful).unwrap();
    let mut batch: Batch = decode(&lax.batch.to_bytes()).unwrap();
    batch.header.time = Timestamp(time);
    batch
}

#[test]
fn an_entry_is_decided_once_whether_it_was_applied_or_rejected() {
    let mut node = Node::new(Parties::new());
    let p = Parties::new();
    let (applied, rejected) = (make::attribute_keys(&p, |_| {}), make::grant(&p, T0 + 1, |_| {}));
    let execution = node.decide(vec![applied.clone(), rejected.clone()], T0 + 10);
    let codes = execution.receipts.iter().map(|receipt| receipt.code).collect::<Vec<_>>();
    assert_eq!(codes, [0, Rejection::UnknownRequestor.code()]);
    node.apply(make::identity(&p, |_| {}), T0 + 20);
    for entry in [applied, rejected.clone()] {
        let batch = batch_of(&node, entry, T0 + 30);
        assert_eq!(check(&node, &batch), Some(BatchError::DecidedBefore { position: 0 }));
    }
    // What was refused then counts when it is signed anew, and not by being sent again.
    let waiting = [rejected, make::grant(&p, T0 + 21, |_| {})].map(|entry| check_entry(entry, &p.facts).unwrap());
    let [refused, anew] = waiting.each_ref().map(VerifiedEntry::hash);
    let Proposal { batch, hopeless } = node.tip.propose(waiting, p.node(0), Timestamp(T0 + 30), &node.store).unwrap();
    assert_eq!(batch.entries().iter().map(VerifiedEntry::hash).collect::<Vec<_>>(), [anew]);
    assert_eq!(hopeless, [refused]);
}

#[test]
fn an_entry_counts_within_the_window_of_its_date_and_not_a_millisecond_longer() {
    let node = Node::new(Parties::new());
    let far = T0 + 10 * ENTRY_WINDOW_MS;
    for (time, fits) in [
        (T0 - ENTRY_WINDOW_MS - 1, false),
        (T0 - ENTRY_WINDOW_MS, true),
        (T0 + ENTRY_WINDOW_MS, true),
        (T0 + ENTRY_WINDOW_MS + 1, false),
    ] {
        let batch = batch_of(&node, make::attribute_keys(&node.parties, |_| {}), time);
        let expected = (!fits).then_some(BatchError::OutsideWindow { position: 0 });
        assert_eq!(check_until(&node, &batch, far), expected, "{time}");
    }
    // A proposer leaves out what is too old for good, and what is dated ahead for now.
    let verified = |at| {
        let keys = make::attribute_keys(&node.parties, |keys| keys.at = Timestamp(at));
        check_entry(keys, &node.parties.facts).unwrap()
    };
    let (old, ahead) = (verified(T0 - ENTRY_WINDOW_MS - 1), verified(T0 + ENTRY_WINDOW_MS + 1));
    let waiting = [old.clone(), ahead];
    let proposal = node.tip.propose(waiting, node.parties.node(0), Timestamp(T0), &node.store).unwrap();
    assert!(proposal.batch.entries().is_empty());
    assert_eq!(proposal.hopeless, [old.hash()]);
    assert_eq!(check_snapshot(old.entry(), node.view(), Timestamp(T0)).unwrap(), Err(Rejection::Outdated));
}

#[test]
fn an_opening_is_as_old_as_its_lease_and_a_report_as_its_block() {
    let p = Parties::new();
    let parent = make::parent_block(&p, ("first", T0), Hash32::ZERO, |_, _, _| {});
    let head = make::Head { previous: parent.id.as_hash(), violations: 0 };
    let opening = make::opening(&p, &parent, head, make::lease(&p, parent.id, 1, T0));
    let relinked = opening.relink(head.previous, 0, Timestamp(T0 + 9_000), p.network(), &p.nodes[0]);
    assert_eq!(make::side_entry(&relinked).dated(), Timestamp(T0));
    let report = make::report(parent.id, 1, 1, Hash32::ZERO, medshare_contract_abi::ReportKind::Decrypted, T0);
    let report = make::reported(&p, &parent, head, report);
    let late = report.relink(head.previous, 0, Timestamp(T0 + 9_000), p.network(), &p.nodes[0]);
    assert_eq!(make::side_entry(&late).dated(), Timestamp(T0 + 9_000));
}

#[test]
fn a_memory_that_cannot_be_read_is_no_verdict_on_the_batch() {
    struct Broken;
    impl Decided for Broken {
        fn is_decided(&self, _: &Hash32, _: Height) -> Result<bool, StateFault> {
            Err(StateFault::store("no disk"))
        }
    }
    let (node, batch) = proposed();
    let sent = UncheckedBatch::decode(&encode(&batch)).unwrap();
    let found = node.tip.check(sent, &node.parties.facts, None, &Broken, &|_| None);
    assert!(matches!(found, Err(CheckError::Fault(_))));
}
