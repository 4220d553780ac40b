//! Making, linking and re-linking blocks.

use crate::network::entries::{self as make, parent_entry, side_entry};
use crate::network::{Node, Parties, T0};
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::{Hash32, double_sha256};
use medshare_ledger::check::check_entry;
use medshare_ledger::codec::encode;
use medshare_ledger::header::HEADER_BYTES;
use medshare_ledger::id::{NetworkId, Timestamp};
use medshare_ledger::rejection::Rejection;

#[test]
fn block_id_is_the_double_hash_of_the_88_byte_header() {
    let p = Parties::new();
    let block = make::parent_block(&p, ("request", T0), Hash32::ZERO, |_, _, _| {});
    let header = encode(&block.header);
    assert_eq!(header.len(), HEADER_BYTES);
    assert_eq!(block.id.as_hash(), double_sha256(&header));
    assert_eq!(block.size as usize, encode(&block).len());
    assert!(block.header.meets_target());
}

#[test]
fn parent_block_that_lost_the_race_is_relinked_behind_the_new_head() {
    let mut node = Node::new(Parties::new());
    let p = Parties::new();
    let winner = make::parent_block(&p, ("winner", T0 + 20), Hash32::ZERO, |_, _, _| {});
    let loser = make::parent_block(&p, ("loser", T0 + 20), Hash32::ZERO, |_, _, _| {});
    let asked = ["winner", "loser"].map(|form| make::request(&p, form, T0, |_| {}));
    node.decide([make::identity(&p, |_| {})].into_iter().chain(asked).collect(), T0 + 30);
    let execution = node.decide(vec![parent_entry(&winner), parent_entry(&loser)], T0 + 40);
    assert_eq!(execution.receipts[1].rejection(), Some(Rejection::ThreadHeadMoved));
    let head = node.view().thread_head(p.requestor()).unwrap();
    let again = loser.relink(head, Timestamp(T0 + 50), p.network(), &p.nodes[0]);
    assert_eq!((&again.details, &again.events), (&loser.details, &loser.events));
    assert_ne!(again.id, loser.id);
    node.apply(parent_entry(&again), T0 + 60);
    assert_eq!(node.view().thread(p.requestor()).unwrap().unwrap().count, 2);
}

#[test]
fn side_block_that_lost_the_race_is_relinked_with_the_violations_by_then() {
    let mut node = Node::new(Parties::new());
    let p = Parties::new();
    let parent = make::parent_block(&p, ("request", T0 + 20), Hash32::ZERO, |_, _, _| {});
    let asked = make::request(&p, "request", T0, |_| {});
    node.decide(vec![make::identity(&p, |_| {}), asked, parent_entry(&parent)], T0 + 40);
    for id in 1..=2 {
        let opening = make::opening(&p, &parent, node.head(parent.id), make::lease(&p, parent.id, id, T0 + 40));
        node.apply(side_entry(&opening), T0 + 40 + u64::from(id));
    }
    let head = node.head(parent.id);
    let copied = ReportKind::Action(Action::Copy);
    let report = |lease| make::report(parent.id, lease, 1, Hash32::ZERO, copied, T0 + 50);
    let winner = make::reported(&p, &parent, head, report(1));
    let loser = make::reported(&p, &parent, head, report(2));
    let execution = node.decide(vec![side_entry(&winner), side_entry(&loser)], T0 + 60);
    assert_eq!(execution.receipts[1].rejection(), Some(Rejection::SideChainMoved));
    let head = node.head(parent.id);
    let again = loser.relink(head.previous, head.violations, Timestamp(T0 + 70), p.network(), &p.nodes[0]);
    assert_eq!(again.details.action_counter, 2);
    node.apply(side_entry(&again), T0 + 80);
}

#[test]
fn block_signed_for_another_network_is_refused() {
    let p = Parties::new();
    let block = make::parent_block(&p, ("request", T0), Hash32::ZERO, |_, _, _| {});
    let other = NetworkId::from_bytes([9; 32]);
    let elsewhere = block.relink(Hash32::ZERO, block.header.timestamp, other, &p.nodes[0]);
    assert_eq!(check_entry(parent_entry(&elsewhere), &p.facts).err(), Some(Rejection::BadNodeSignature));
}
