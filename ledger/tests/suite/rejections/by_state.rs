//! What the state forbids.

use super::{NO_SIGNATURE, NOW, assert_refused, opened, spoiled_details, stated};
use crate::network::entries::{self as make, Head, parent_entry, side_entry};
use crate::network::{Node, Parties, T0, parties};
use medshare_contract_abi::permissions::PermissionRejection;
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::check::{check_entry, check_snapshot};
use medshare_ledger::entry::{Decision, Entry};
use medshare_ledger::id::{BlockId, OwnerId, RequestorId, Timestamp};
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::purpose::ActReason;
use medshare_ledger::rejection::Rejection as R;
use medshare_ledger::side_block::SideEvent;

/// What execution says after [`opened`].
pub fn after_opening(node: &Node, block: &ParentBlock) -> Vec<(R, Entry)> {
    let p = &node.parties;
    let at = T0 + 500;
    let next = |spoil: &dyn Fn(&mut medshare_ledger::parent_block::Details)| {
        parent_entry(&make::parent_block(p, ("second", at), block.id.as_hash(), |details, _, _| spoil(details)))
    };
    let head = node.head(block.id);
    let lease = |id, spoil: &dyn Fn(&mut medshare_ledger::side_block::Lease)| {
        let mut lease = make::lease(p, block.id, id, at);
        spoil(&mut lease);
        side_entry(&make::opening(p, block, head, lease))
    };
    let report = |lease, sequence, previous, kind| make::report(block.id, lease, sequence, previous, kind, at);
    let copied = ReportKind::Action(Action::Copy);
    let unsigned = |event: SideEvent| match event {
        SideEvent::Reported { report, .. } => SideEvent::Reported { report, agent_signature: NO_SIGNATURE },
        SideEvent::Opening { lease, .. } => SideEvent::Opening { lease, requestor_signature: NO_SIGNATURE },
    };
    let record = |report| make::reported(p, block, head, report);
    let again = |event, spoil: &dyn Fn(&mut medshare_ledger::side_block::SideDetails)| {
        side_entry(&make::side_block(p, block, head, at, event, |details, _| spoil(details)))
    };
    let good = record(report(1, 1, Hash32::ZERO, copied)).details.event;
    let other = make::parent_block(p, ("other", at), block.id.as_hash(), |_, _, _| {});
    let stranger = RequestorId::from_bytes([9; 16]);
    vec![
        (R::FromTheFuture, make::grant(p, NOW + 5_001, |_| {})),
        (R::FromTheFuture, make::contract_code(p, b"new", |c| c.at = Timestamp(NOW + 5_001))),
        (R::IdentityExists, make::identity(p, |i| i.at = Timestamp(at))),
        (R::UnknownRequestor, make::grant(p, at, |g| g.requestor = stranger)),
        (
            R::UnknownRequestor,
            spoiled_details(p, |d| {
                d.requestor = stranger;
                d.request = sha256(b"stranger");
            }),
        ),
        (R::UnknownAttribute, make::grant(p, at, |g| g.attribute = "OTHER@university".to_owned())),
        (R::WrongAttributeVersion, make::grant(p, at, |g| g.version = 2)),
        (R::WrongAttributeVersion, make::attribute_keys(p, |k| k.at = Timestamp(at))),
        (R::GrantSuperseded, make::grant(p, T0 + 1, |g| g.proxy_key = Hash32::ZERO)),
        (R::ContractExists, make::contract_code(p, b"published", |c| c.at = Timestamp(at))),
        (R::ContractRefused, make::contract_code(p, b"bad code", |_| {})),
        (R::UnknownContract, next(&|d| d.contract = sha256(b"unpublished"))),
        (R::UnknownDataSet, make::request(p, "form", at, |r| r.dataset = parties::label("other"))),
        (R::UnknownOwner, make::request(p, "form", at, |r| r.owner = OwnerId::from_bytes([9; 16]))),
        (R::WrongRulesVersion, make::request(p, "form", at, |r| r.terms_version = 2)),
        (R::PurposeForbidden, make::request(p, "form", at, |r| r.purpose.reason = ActReason::HealthcareMarketing)),
        (R::PurposeForbidden, make::request(p, "form", at, |r| r.purpose.accepts.clear())),
        (R::RequestExpired, make::request(p, "form", at, |r| r.deadline = Timestamp(NOW - 1))),
        (R::FromTheFuture, make::request(p, "form", NOW + 5_001, |_| {})),
        (R::RequestDisagrees, next(&|d| d.dataset = parties::label("other"))),
        (R::RequestDisagrees, next(&|d| d.owner = OwnerId::from_bytes([9; 16]))),
        (R::NotTheOwnersNode, next(&|d| d.node = p.node(1))),
        (R::RequestDisagrees, {
            let block = make::parent_block(p, ("second", at), block.id.as_hash(), |_, _, link| link.version = 2);
            parent_entry(&block)
        }),
        (R::RequestDisagrees, next(&|d| d.purpose.accepts.clear())),
        (
            R::ViolationsMissing,
            next(&|d| {
                d.violations_mask &= 0b0001_1111;
                d.action_counter = 3;
            }),
        ),
        (R::ExemptionsWidened, next(&|d| d.exempt_mask |= 0b10)),
        (R::LifetimeExceeded, next(&|d| d.locktime = Timestamp(at + 172_800_000))),
        (R::LifetimeExceeded, next(&|d| d.locktime = Timestamp(0))),
        (R::UnknownRequest, {
            parent_entry(&make::parent_block(p, ("invented", at), block.id.as_hash(), |_, _, _| {}))
        }),
        (R::PackageExpired, next(&|d| d.locktime = Timestamp(at + 10))),
        (R::ThreadHeadMoved, { parent_entry(&make::parent_block(p, ("second", at), Hash32::ZERO, |_, _, _| {})) }),
        (R::RequestReplayed, { parent_entry(&make::parent_block(p, ("first", at), block.id.as_hash(), |_, _, _| {})) }),
        (
            R::UnknownParent,
            side_entry(&make::opening(
                p,
                &other,
                Head { previous: other.id.as_hash(), violations: 0 },
                make::lease(p, other.id, 1, at),
            )),
        ),
        (R::UnknownParent, make::decision(p, other.id, 0, (Decision::Review, Hash32::ZERO), at)),
        (R::SideChainMoved, side_entry(&make::opening(p, block, super::head(block), make::lease(p, block.id, 2, at)))),
        (R::ParentDisagrees, again(good.clone(), &|d| d.locktime = Timestamp(0))),
        (R::ParentDisagrees, again(good.clone(), &|d| d.requestor = stranger)),
        (R::WrongActionCounter, again(good.clone(), &|d| d.action_counter = 2)),
        (R::NotTheOwnersNode, again(good.clone(), &|d| d.node = p.node(1))),
        (R::LeaseInUse, lease(1, &|_| {})),
        (R::LeaseExpired, lease(2, &|lease| lease.expires = Timestamp(NOW))),
        (R::LeaseTooLong, lease(2, &|lease| lease.expires = Timestamp(at + 60_001))),
        (R::UnknownPredecessor, lease(2, &|lease| lease.previous = Some(stated(9, 0, Hash32::ZERO)))),
        (R::ReportsMissing, lease(2, &|lease| lease.previous = Some(stated(1, 1, sha256(b"kept back"))))),
        (R::BadRequestorSignature, {
            let event = make::opening(p, block, head, make::lease(p, block.id, 2, at)).details.event;
            again(unsigned(event), &|_| {})
        }),
        (R::UnknownLease, side_entry(&record(report(2, 1, Hash32::ZERO, copied)))),
        (R::BadAgentSignature, again(unsigned(good.clone()), &|_| {})),
        (R::ReportOutOfSequence, side_entry(&record(report(1, 2, sha256(b"?"), copied)))),
        (
            R::ViolationMisjudged,
            again(good, &|d| {
                d.vln = 0;
                d.action_counter = 0;
            }),
        ),
        (R::ViolationMisjudged, {
            let read = record(report(1, 1, Hash32::ZERO, ReportKind::Action(Action::Read)));
            again(read.details.event, &|d| {
                d.vln = 1;
                d.action_counter = 1;
            })
        }),
        (R::DecisionOutOfSequence, make::decision(p, block.id, 1, (Decision::Review, Hash32::ZERO), at)),
        (R::DecisionOutOfSequence, make::revocation(p, block.id, 3, at)),
        (R::NotTheOwner, foreign_decision(p, block.id)),
        (
            R::Permission(PermissionRejection::NotRevoked),
            make::decision(p, block.id, 0, (Decision::Review, Hash32::ZERO), at),
        ),
        (R::Permission(PermissionRejection::NotRetrieved), {
            side_entry(&record(report(1, 1, Hash32::ZERO, ReportKind::Retrieved)))
        }),
    ]
}

fn foreign_decision(p: &Parties, parent: BlockId) -> Entry {
    let Entry::OwnerDecision(mut decision, _) =
        make::decision(p, parent, 0, (Decision::Uphold, Hash32::ZERO), T0 + 500)
    else {
        panic!("a decision")
    };
    decision.owner = p.owner(1);
    let signature = p.owners[1].sign(&decision);
    Entry::OwnerDecision(decision, signature)
}

#[test]
fn execution_refuses_what_the_state_forbids_and_writes_nothing() {
    let (node, block) = opened(parties::parameters());
    for (expected, entry) in after_opening(&node, &block) {
        assert_refused(&node, expected, entry);
    }
}

#[test]
fn snapshot_check_refuses_only_what_execution_refuses_too() {
    let (node, block) = opened(parties::parameters());
    let mut hopeless = 0;
    for (expected, entry) in after_opening(&node, &block) {
        let entry = check_entry(entry, &node.parties.facts).unwrap();
        if let Err(found) = check_snapshot(entry.entry(), node.view(), node.tip.time).unwrap() {
            assert_eq!(found, expected, "{}", entry.entry().kind());
            hopeless += 1;
        }
    }
    assert!(hopeless >= 8, "only {hopeless} were found at the door");
}
