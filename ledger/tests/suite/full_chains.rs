//! What finds room under a parent block that has all the side-blocks it may have, and how often.

use super::rejections::{NOW, assert_refused, opened};
use crate::network::entries::{self as make, side_entry};
use crate::network::{Node, Parties, T0, parties};
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::Hash32;
use medshare_ledger::entry::Decision;
use medshare_ledger::facts::Parameters;
use medshare_ledger::rejection::Rejection as R;

#[test]
fn full_chain_takes_violations_but_nothing_else() {
    let (node, block) = opened(Parameters { max_side_blocks: 1, ..parties::parameters() });
    let (p, head) = (&node.parties, node.head(block.id));
    let lease = make::lease(p, block.id, 2, T0 + 80);
    assert_refused(&node, R::TooManySideBlocks, side_entry(&make::opening(p, &block, head, lease)));
    let report = |kind| make::report(block.id, 1, 1, Hash32::ZERO, kind, T0 + 80);
    let read = make::reported(p, &block, head, report(ReportKind::Action(Action::Read)));
    assert_refused(&node, R::TooManySideBlocks, side_entry(&read));
    let copied = make::reported(p, &block, head, report(ReportKind::Action(Action::Copy)));
    let execution = node.execute(vec![side_entry(&copied)], NOW);
    assert_eq!(execution.receipts[0].rejection(), None);
}

#[test]
fn so_many_violations_find_room_in_a_full_chain_before_their_owner_decides() {
    let (mut node, block) = opened(Parameters { max_side_blocks: 1, ..parties::parameters() });
    let p = Parties::with_parameters(node.parties.facts.parameters().clone());
    let mut last = Hash32::ZERO;
    let mut copied = |node: &Node, sequence: u32| {
        let copied = ReportKind::Action(Action::Copy);
        let report = make::report(block.id, 1, sequence, last, copied, T0 + 80 + u64::from(sequence));
        last = report.hash();
        side_entry(&make::reported(&p, &block, node.head(block.id), report))
    };
    for sequence in 1..=16 {
        let entry = copied(&node, sequence);
        node.apply(entry, T0 + 100 + u64::from(sequence));
    }
    let more = copied(&node, 17);
    assert_refused(&node, R::TooManySideBlocks, more.clone());
    let judged = node.last_violation(block.id);
    node.apply(make::decision(&p, block.id, 0, (Decision::Uphold, judged), T0 + 120), T0 + 130);
    node.apply(more, T0 + 140);
}

#[test]
fn destruction_is_said_once_of_each_lease_and_cannot_fill_a_chain() {
    let (mut node, block) = opened(Parameters { max_side_blocks: 1, ..parties::parameters() });
    let p = Parties::with_parameters(node.parties.facts.parameters().clone());
    node.apply(make::decision(&p, block.id, 0, (Decision::Retrieve, Hash32::ZERO), T0 + 80), T0 + 90);
    let first = make::report(block.id, 1, 1, Hash32::ZERO, ReportKind::Retrieved, T0 + 95);
    node.apply(side_entry(&make::reported(&p, &block, node.head(block.id), first.clone())), T0 + 100);
    let again = make::report(block.id, 1, 2, first.hash(), ReportKind::Retrieved, T0 + 105);
    assert_refused(&node, R::ReceiptRepeated, side_entry(&make::reported(&p, &block, node.head(block.id), again)));
}
