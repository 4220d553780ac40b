//! Decisions judge what their owner looked at, and no violation is forgotten: neither by what was signed before it, nor because its
//! package was upheld or called back already.

use super::rejections::{assert_refused, opened, prepared};
use crate::network::entries::{self as make, parent_entry, side_entry};
use crate::network::{Node, Parties, T0, parties};
use medshare_contract_abi::permissions::{PermissionRejection, Status};
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::entry::Decision;
use medshare_ledger::execution::Effect;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::rejection::Rejection as R;
use medshare_ledger::side_block::{SideBlock, SideEvent};

/// Opened, and its data copied.
fn violated() -> (Node, ParentBlock, SideBlock) {
    let (mut node, block) = opened(parties::parameters());
    let copied = make::report(block.id, 1, 1, Hash32::ZERO, ReportKind::Action(Action::Copy), T0 + 80);
    let violation = make::reported(&node.parties, &block, node.head(block.id), copied);
    node.apply(side_entry(&violation), T0 + 90);
    (node, block, violation)
}

#[test]
fn regrant_does_not_count_for_a_violation_that_it_does_not_judge() {
    let (mut node, block, first) = violated();
    let p = Parties::new();
    let regrant = |sequence, judged, at| make::decision(&p, block.id, sequence, (Decision::Regrant, judged), at);
    // Signed for the first violation, it is superfluous once another one gave access back; nobody can use it later.
    let superfluous = regrant(1, first.header.hash(), T0 + 110);
    node.apply(regrant(0, first.header.hash(), T0 + 100), T0 + 105);
    assert_refused(&node, R::Permission(PermissionRejection::NotRevoked), superfluous.clone());
    let again = make::report(
        block.id,
        1,
        2,
        match &first.details.event {
            SideEvent::Reported { report, .. } => report.hash(),
            SideEvent::Opening { .. } => panic!("a report"),
        },
        ReportKind::Action(Action::Move),
        T0 + 120,
    );
    let second = make::reported(&p, &block, node.head(block.id), again);
    node.apply(side_entry(&second), T0 + 130);
    assert_refused(&node, R::JudgesOlderViolation, superfluous);
    assert_refused(&node, R::JudgesOlderViolation, regrant(1, Hash32::ZERO, T0 + 140));
    // Reading on does not keep the owner from deciding, and what takes away needs not name the last violation.
    let report = |kind, sequence, previous| make::report(block.id, 1, sequence, previous, kind, T0 + 150);
    let SideEvent::Reported { report: last, .. } = &second.details.event else { panic!("a report") };
    let read =
        make::reported(&p, &block, node.head(block.id), report(ReportKind::Action(Action::Read), 3, last.hash()));
    node.apply(side_entry(&read), T0 + 160);
    let retrieved =
        node.execute(vec![make::decision(&p, block.id, 1, (Decision::Retrieve, Hash32::ZERO), T0 + 165)], T0 + 170);
    assert_eq!(retrieved.receipts[0].rejection(), None);
    node.apply(regrant(1, second.header.hash(), T0 + 170), T0 + 180);
}

#[test]
fn regrant_after_a_revocation_by_the_owners_wish_judges_no_violation() {
    let (mut node, block) = prepared(parties::parameters());
    node.apply(make::revocation(&node.parties, block.id, 0, T0 + 70), T0 + 80);
    let judged = (Decision::Regrant, sha256(b"a violation that was not"));
    assert_refused(&node, R::JudgesOlderViolation, make::decision(&node.parties, block.id, 1, judged, T0 + 90));
    let regrant = (Decision::Regrant, Hash32::ZERO);
    node.apply(make::decision(&node.parties, block.id, 1, regrant, T0 + 90), T0 + 100);
}

/// The agent of the first lease reports another copy behind what it reported last.
fn copied_again(node: &Node, block: &ParentBlock, last: &SideBlock, at: u64) -> SideBlock {
    let SideEvent::Reported { report, .. } = &last.details.event else { panic!("a report") };
    let kind = ReportKind::Action(Action::Copy);
    let next = make::report(block.id, 1, report.sequence + 1, report.hash(), kind, at);
    make::reported(&node.parties, block, node.head(block.id), next)
}

/// The owner signs too early, the node refuses and does not order it; a validator keeps it until there is something to close.
#[test]
fn a_decision_that_was_signed_before_a_violation_neither_closes_nor_forgets_it() {
    let p = Parties::new();
    for early in [Decision::Uphold, Decision::Review] {
        let (mut node, block) = opened(parties::parameters());
        let stale = make::decision(&p, block.id, 0, (early, Hash32::ZERO), T0 + 75);
        let copied = make::report(block.id, 1, 1, Hash32::ZERO, ReportKind::Action(Action::Copy), T0 + 80);
        let violation = side_entry(&make::reported(&p, &block, node.head(block.id), copied));
        let execution = node.decide(vec![violation, stale], T0 + 90);
        let rejections = execution.receipts.iter().map(|receipt| receipt.rejection()).collect::<Vec<_>>();
        assert_eq!(rejections, [None, Some(R::JudgesOlderViolation)]);
        assert_eq!(node.access().undecided, 1);
        let judged = node.last_violation(block.id);
        node.apply(make::decision(&p, block.id, 0, (early, judged), T0 + 95), T0 + 100);
    }
}

/// What takes the data back holds at once; the violation that its owner has not seen goes on waiting.
#[test]
fn a_retrieval_forgets_no_violation_that_it_does_not_name() {
    let (mut node, block, first) = violated();
    let p = Parties::new();
    let seen = first.header.hash();
    let newer = copied_again(&node, &block, &first, T0 + 100);
    node.apply(side_entry(&newer), T0 + 110);
    node.apply(make::decision(&p, block.id, 0, (Decision::Retrieve, seen), T0 + 115), T0 + 120);
    assert_eq!(node.view().permission(block.id).unwrap().unwrap().status, Status::Retrieved);
    assert_eq!(node.access().undecided, 1);
    assert_refused(&node, R::JudgesOlderViolation, make::decision(&p, block.id, 1, (Decision::Uphold, seen), T0 + 125));
    let taken_note_of = (Decision::Uphold, newer.header.hash());
    node.apply(make::decision(&p, block.id, 1, taken_note_of, T0 + 130), T0 + 140);
    assert_eq!(node.access().undecided, 0);
}

/// A second session, a machine that was offline, a report that a node held back.
#[test]
fn a_violation_ends_access_also_after_its_package_was_upheld_or_called_back() {
    for decision in [Decision::Uphold, Decision::Retrieve] {
        let (mut node, block, first) = violated();
        let p = Parties::new();
        node.apply(make::decision(&p, block.id, 0, (decision, first.header.hash()), T0 + 100), T0 + 110);
        let known = node.access().revocations;
        node.apply(make::grant(&p, T0 + 115, |g| g.revocations = known), T0 + 120);
        let kept_back = make::grant(&p, T0 + 145, |g| g.revocations = node.access().revocations);
        let late = copied_again(&node, &block, &first, T0 + 125);
        let execution = node.apply(side_entry(&late), T0 + 130);
        assert!(execution.effects.contains(&Effect::AccessRevoked { requestor: p.requestor() }), "{decision:?}");
        let access = node.access();
        assert_eq!((access.attributes.len(), access.revocations.count, access.undecided), (0, 2, 1), "{decision:?}");
        let next = make::parent_block(&p, ("second", T0 + 500), block.id.as_hash(), |_, _, _| {});
        assert_refused(&node, R::AccessEnded, parent_entry(&next));
        assert_refused(&node, R::GrantBeforeRevocation, kept_back);
        // The decision stands; its owner takes note of what came after it.
        let status = node.view().permission(block.id).unwrap().unwrap().status;
        let judged = late.header.hash();
        node.apply(make::decision(&p, block.id, 1, (Decision::Uphold, judged), T0 + 150), T0 + 160);
        assert_eq!(node.view().permission(block.id).unwrap().unwrap().status, status);
        assert_eq!(node.access().undecided, 0);
    }
}
