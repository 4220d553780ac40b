//! Access is the requestor's, and what she did is not skipped: openings that follow one another, violations that end everything.

use super::rejections::{NOW, assert_refused, opened, prepared, stated};
use crate::network::entries::{self as make, parent_entry, side_entry};
use crate::network::{Node, T0, parties};
use medshare_contract_abi::permissions::PermissionRejection;
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::entry::{Decision, Entry};
use medshare_ledger::id::LeaseId;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::rejection::Rejection as R;
use medshare_ledger::side_block::{Predecessor, Report};

const COPIED: ReportKind = ReportKind::Action(Action::Copy);
const READ: ReportKind = ReportKind::Action(Action::Read);

/// An opening of `block` under lease `id`, which states `previous` as what came before it.
fn opening(node: &Node, block: &ParentBlock, id: u8, previous: Option<Predecessor>) -> Entry {
    let mut lease = make::lease(&node.parties, block.id, id, T0 + 500);
    lease.previous = previous;
    side_entry(&make::opening(&node.parties, block, node.head(block.id), lease))
}

fn reported(node: &Node, block: &ParentBlock, report: &Report) -> Entry {
    side_entry(&make::reported(&node.parties, block, node.head(block.id), report.clone()))
}

/// A node with the first package opened and a second one delivered.
fn two_packages() -> (Node, ParentBlock, ParentBlock) {
    let (mut node, first) = opened(parties::parameters());
    let second = make::parent_block(&node.parties, ("second", T0 + 80), first.id.as_hash(), |_, _, _| {});
    node.apply(parent_entry(&second), T0 + 100);
    (node, first, second)
}

#[test]
fn a_violation_that_was_kept_back_stands_in_the_way_of_the_next_opening() {
    let (mut node, block) = opened(parties::parameters());
    let first = make::report(block.id, 1, 1, Hash32::ZERO, ReportKind::Decrypted, T0 + 80);
    node.apply(reported(&node, &block, &first), T0 + 90);
    // a node answered with an error to this one, and the session was opened again
    let kept_back = make::report(block.id, 1, 2, first.hash(), COPIED, T0 + 95);
    let next = Some(stated(1, 2, kept_back.hash()));
    assert_refused(&node, R::ReportsMissing, opening(&node, &block, 2, next));
    node.apply(reported(&node, &block, &kept_back), T0 + 110);
    assert_refused(&node, R::Permission(PermissionRejection::Revoked), opening(&node, &block, 2, next));
}

#[test]
fn an_opening_follows_the_one_before_when_all_its_reports_are_there() {
    let (mut node, block) = opened(parties::parameters());
    let first = make::report(block.id, 1, 1, Hash32::ZERO, READ, T0 + 80);
    let second = make::report(block.id, 1, 2, first.hash(), READ, T0 + 95);
    node.apply(reported(&node, &block, &first), T0 + 90);
    assert_refused(&node, R::OtherReports, opening(&node, &block, 2, Some(stated(1, 1, sha256(b"another")))));
    assert_refused(&node, R::ReportsMissing, opening(&node, &block, 2, Some(stated(1, 2, second.hash()))));
    node.apply(reported(&node, &block, &second), T0 + 100);
    node.apply(opening(&node, &block, 2, Some(stated(1, 2, second.hash()))), NOW);
    // a session that was brought back from an older copy states less than there is
    node.apply(opening(&node, &block, 3, Some(stated(1, 1, first.hash()))), NOW + 10);
    // an opening that was not reported under leaves nothing to state
    node.apply(opening(&node, &block, 4, Some(stated(3, 0, Hash32::ZERO))), NOW + 20);
    // nobody keeps a session from beginning anew; the ledger shows that it names none before
    node.apply(opening(&node, &block, 5, None), NOW + 30);
}

#[test]
fn a_violation_ends_access_to_everything_until_its_owner_has_decided() {
    let (mut node, first, second) = two_packages();
    let p = parties::Parties::new();
    let copied = make::report(first.id, 1, 1, Hash32::ZERO, COPIED, T0 + 110);
    node.apply(reported(&node, &first, &copied), T0 + 120);
    let third = make::parent_block(&p, ("third", T0 + 500), second.id.as_hash(), |_, _, _| {});
    assert_refused(&node, R::AccessEnded, parent_entry(&third));
    assert_refused(&node, R::AccessEnded, opening(&node, &second, 2, None));
    // an authority that issues before the owner decided brings nothing back
    let known = node.access().revocations;
    node.apply(make::grant(&p, T0 + 125, |g| g.revocations = known), T0 + 130);
    assert_refused(&node, R::AccessEnded, parent_entry(&third));
    assert_refused(&node, R::AccessEnded, opening(&node, &second, 2, None));
    let judged = node.last_violation(first.id);
    node.apply(make::decision(&p, first.id, 0, (Decision::Regrant, judged), T0 + 135), T0 + 140);
    node.apply(opening(&node, &second, 2, None), NOW);
    node.apply(parent_entry(&third), NOW + 10);
    let lease = |block: &ParentBlock, id| node.view().lease(block.id, LeaseId::from_bytes([id; 16])).unwrap().unwrap();
    assert_eq!((lease(&first, 1).revocations, lease(&second, 2).revocations), (0, 1), "what was opened before is over");
}

#[test]
fn two_violations_wait_for_two_decisions() {
    let (mut node, first, second) = two_packages();
    let p = parties::Parties::new();
    node.apply(opening(&node, &second, 2, None), T0 + 505);
    for (block, lease, at) in [(&first, 1, T0 + 510), (&second, 2, T0 + 520)] {
        let copied = make::report(block.id, lease, 1, Hash32::ZERO, COPIED, at);
        node.apply(reported(&node, block, &copied), at + 5);
    }
    assert_eq!(node.access().undecided, 2);
    let judged = node.last_violation(first.id);
    node.apply(make::decision(&p, first.id, 0, (Decision::Review, judged), T0 + 530), T0 + 535);
    assert_eq!(node.access().undecided, 2, "a review is no decision yet");
    node.apply(make::decision(&p, first.id, 1, (Decision::Uphold, judged), T0 + 540), T0 + 545);
    let known = node.access().revocations;
    node.apply(make::grant(&p, T0 + 550, |g| g.revocations = known), T0 + 555);
    let third = make::parent_block(&p, ("third", T0 + 560), second.id.as_hash(), |_, _, _| {});
    assert_refused(&node, R::AccessEnded, parent_entry(&third));
    let retrieve = (Decision::Retrieve, node.last_violation(second.id));
    node.apply(make::decision(&p, second.id, 0, retrieve, T0 + 570), T0 + 575);
    assert_eq!(node.access().undecided, 0);
    node.apply(parent_entry(&third), NOW);
}

#[test]
fn an_owners_own_revocation_ends_access_until_an_authority_issues() {
    let (mut node, block) = prepared(parties::parameters());
    let p = parties::Parties::new();
    node.apply(make::revocation(&p, block.id, 0, T0 + 70), T0 + 80);
    let next = make::parent_block(&p, ("second", T0 + 500), block.id.as_hash(), |_, _, _| {});
    assert_refused(&node, R::AccessEnded, parent_entry(&next));
    let known = node.access().revocations;
    node.apply(make::grant(&p, T0 + 85, |g| g.revocations = known), T0 + 90);
    node.apply(parent_entry(&next), NOW);
}
