//! The table of what is refused: for every rejection code an entry that draws it, and no other.

use crate::network::entries::{self as make, Head, parent_entry, side_entry};
use crate::network::node::Forgetful;
use crate::network::{Node, Parties, T0, parties};
use medshare_contract_abi::permissions::PermissionRejection;
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::sign::Signature;
use medshare_ledger::check::{check_entry, check_snapshot};
use medshare_ledger::codec::{decode, encode};
use medshare_ledger::entry::{Decision, Entry};
use medshare_ledger::execution::apply_batch;
use medshare_ledger::facts::Parameters;
use medshare_ledger::id::{BlockId, Label, LeaseId, NetworkId, NodeId, OwnerId, RequestorId, SideBlockId, Timestamp};
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::purpose::ActReason;
use medshare_ledger::rejection::Rejection as R;
use medshare_ledger::request::{
    DAY_MS, MAX_REQUEST_LIFETIME_MS, MAX_REQUESTS_A_DAY, MAX_REQUESTS_OF_ORGANISATION_A_DAY, Quota,
};
use medshare_ledger::side_block::{Predecessor, SideBlock, SideEvent};
use medshare_ledger::state::{DayCount, Overlay, StateKey, StateView};
use std::collections::BTreeSet;

const NO_SIGNATURE: Signature = Signature::from_bytes([0; 64]);
pub const NOW: u64 = T0 + 1_000;

fn first_block(p: &Parties) -> ParentBlock {
    make::parent_block(p, ("first", T0 + 20), Hash32::ZERO, |_, _, _| {})
}

fn spoiled(p: &Parties, spoil: impl FnOnce(&mut ParentBlock)) -> Entry {
    let mut block = first_block(p);
    spoil(&mut block);
    parent_entry(&block)
}

fn spoiled_details(p: &Parties, spoil: impl FnOnce(&mut medshare_ledger::parent_block::Details)) -> Entry {
    parent_entry(&make::parent_block(p, ("first", T0 + 20), Hash32::ZERO, |details, _, _| spoil(details)))
}

fn with_signature(mut entry: Entry, place: usize) -> Entry {
    match &mut entry {
        Entry::Identity(_, first, second) => *if place == 0 { first } else { second } = NO_SIGNATURE,
        Entry::AttributeKeys(_, signature)
        | Entry::AttributeGrant(_, signature)
        | Entry::ContractCode(_, signature)
        | Entry::OwnerDecision(_, signature)
        | Entry::Revocation(_, signature)
        | Entry::Request(_, signature) => *signature = NO_SIGNATURE,
        Entry::ParentBlock(block) => {
            *if place == 0 { &mut block.node_signature } else { &mut block.validation_signature } = NO_SIGNATURE;
        }
        Entry::SideBlock(block) => block.node_signature = NO_SIGNATURE,
    }
    entry
}

fn head(parent: &ParentBlock) -> Head {
    Head { previous: parent.id.as_hash(), violations: 0 }
}

fn opening(p: &Parties) -> SideBlock {
    let parent = first_block(p);
    make::opening(p, &parent, head(&parent), make::lease(p, parent.id, 1, T0 + 60))
}

/// What an opening states of lease `lease` before it.
pub fn stated(lease: u8, reports: u32, last_report: Hash32) -> Predecessor {
    Predecessor { lease: LeaseId::from_bytes([lease; 16]), reports, last_report }
}

fn malformed_label() -> Label {
    decode(&encode(&"two words".to_owned())).unwrap()
}

/// What the stateless check says.
fn stateless() -> Vec<(R, Entry)> {
    let p = &Parties::new();
    let parent = first_block(p);
    let odd_report = |spoil: &dyn Fn(&mut medshare_ledger::side_block::Report)| {
        let copied = ReportKind::Action(Action::Copy);
        let mut report = make::report(parent.id, 1, 1, Hash32::ZERO, copied, T0 + 80);
        spoil(&mut report);
        side_entry(&make::reported(p, &parent, head(&parent), report))
    };
    let event = opening(p).details.event;
    let side = |spoil: &dyn Fn(&mut medshare_ledger::side_block::SideDetails)| {
        let event = event.clone();
        side_entry(&make::side_block(p, &parent, head(&parent), T0 + 60, event, |details, _| spoil(details)))
    };
    vec![
        (R::WrongNetwork, make::identity(p, |i| i.network = NetworkId::from_bytes([0; 32]))),
        (R::WrongNetwork, make::contract_code(p, b"code", |c| c.network = NetworkId::from_bytes([0; 32]))),
        (R::MalformedLabel, make::identity(p, |i| i.role = malformed_label())),
        (R::MalformedLabel, spoiled_details(p, |d| d.dataset = malformed_label())),
        (R::NotAscending, make::attribute_keys(p, |k| k.keys = vec![k.keys[0].clone(), k.keys[0].clone()])),
        (R::OutOfBounds, make::attribute_keys(p, |k| k.keys.clear())),
        (R::OutOfBounds, make::contract_code(p, b"", |_| {})),
        (R::ForeignAttribute, make::grant(p, T0, |g| g.attribute = "RESEARCHER@other".to_owned())),
        (R::ForeignAttribute, make::grant(p, T0, |g| g.attribute = "RESEARCHER".to_owned())),
        (R::WrongStages, spoiled(p, |block| block.events.truncate(6))),
        (R::WrongStages, spoiled(p, |block| block.events.swap(0, 1))),
        (R::TimesOutOfOrder, spoiled_details(p, |d| d.ttr = Timestamp(T0 + 1_000))),
        (R::TimesOutOfOrder, make::request(p, "form", T0, |r| r.deadline = r.at)),
        (R::DeadlineTooLate, make::request(p, "form", T0, |r| r.deadline = r.at.plus_ms(MAX_REQUEST_LIFETIME_MS + 1))),
        (R::BadRequestorSignature, with_signature(make::request(p, "form", T0, |_| {}), 0)),
        (R::BadRequestorSignature, make::request(p, "form", T0, |r| r.key = p.agent.verifying_key())),
        (R::TimesOutOfOrder, spoiled_details(p, |d| d.locktime = d.tts)),
        (R::TimesOutOfOrder, side(&|d| d.tsv = Timestamp(T0))),
        (R::UnknownAction, spoiled_details(p, |d| d.violations_mask |= 0x80)),
        (R::UnknownAction, spoiled_details(p, |d| d.exempt_mask |= 0x40)),
        (R::WrongActionCounter, spoiled_details(p, |d| d.action_counter += 1)),
        (R::ExemptViolation, spoiled_details(p, |d| d.exempt_mask = d.violations_mask)),
        (R::UnknownSensitivity, spoiled_details(p, |d| d.sensitivity = 9)),
        (R::WrongSize, spoiled(p, |block| block.size += 1)),
        (R::WrongMerkleRoot, spoiled(p, |block| block.details.locktime = Timestamp(T0 + 999_999))),
        (R::WrongMerkleRoot, spoiled(p, |block| block.events[2].commitment = Hash32::ZERO)),
        (
            R::TargetMissed,
            spoiled(p, |block| {
                while block.header.meets_target() {
                    block.header.nonce += 1;
                }
                block.id = BlockId::from_bytes(block.header.hash().to_bytes());
            }),
        ),
        (R::WrongBlockId, spoiled(p, |block| block.id = BlockId::from_bytes([0; 32]))),
        (R::WrongBlockId, {
            let mut block = opening(p);
            block.id = SideBlockId::from_bytes([0; 32]);
            side_entry(&block)
        }),
        (R::UnknownReportKind, odd_report(&|report| report.kind = 99)),
        (R::ZeroNumber, odd_report(&|report| report.sequence = 0)),
        (R::ReportChainBroken, odd_report(&|report| report.sequence = 2)),
        (R::ReportChainBroken, {
            let mut lease = make::lease(p, parent.id, 1, T0 + 60);
            lease.previous = Some(stated(0, 1, Hash32::ZERO));
            side_entry(&make::opening(p, &parent, head(&parent), lease))
        }),
        (R::WrongViolationCode, side(&|d| d.vln = 6)),
        (R::WrongParent, side(&|d| d.parent = BlockId::from_bytes([1; 32]))),
        (R::LeaseOfAnotherNode, side(&|d| d.node = p.node(1))),
        (R::WrongParent, odd_report(&|report| report.parent = BlockId::from_bytes([1; 32]))),
        (R::ZeroNumber, make::grant(p, T0, |g| g.version = 0)),
        (R::BadRegistration, make::identity(p, |i| i.registration = make::registration(&p.agent.verifying_key()))),
        (R::BadRegistration, make::identity(p, |i| i.registration[150] ^= 1)),
        (R::BadAttributeKey, make::attribute_keys(p, |k| k.keys[0].version = 2)),
        (R::UnknownNode, spoiled_details(p, |d| d.second_node = NodeId::from_bytes([9; 16]))),
        (R::UnknownNode, {
            let nobody = NodeId::from_bytes([9; 16]);
            let mut lease = make::lease(p, parent.id, 1, T0 + 60);
            lease.node = nobody;
            let requestor_signature = p.requestor.sign(&lease);
            let event = SideEvent::Opening { lease, requestor_signature };
            side_entry(&make::side_block(p, &parent, head(&parent), T0 + 60, event, |d, _| d.node = nobody))
        }),
        (R::UnknownOwner, make::identity(p, |i| i.organisation = OwnerId::from_bytes([9; 16]))),
        (
            R::UnknownAuthority,
            make::grant(p, T0, |g| {
                g.authority = parties::label("nobody");
                g.attribute = "RESEARCHER@nobody".to_owned();
            }),
        ),
        (R::SameOrganisation, spoiled_details(p, |d| d.second_node = d.node)),
        (R::WrongTarget, {
            parent_entry(&make::parent_block(p, ("first", T0), Hash32::ZERO, |_, _, link| link.target = 3))
        }),
        (R::BadOwnerSignature, with_signature(make::identity(p, |_| {}), 0)),
        (R::BadRequestorSignature, with_signature(make::identity(p, |_| {}), 1)),
        (R::BadAuthoritySignature, with_signature(make::attribute_keys(p, |_| {}), 0)),
        (R::BadAuthoritySignature, with_signature(make::grant(p, T0, |_| {}), 0)),
        (R::BadOwnerSignature, with_signature(make::contract_code(p, b"code", |_| {}), 0)),
        (
            R::BadOwnerSignature,
            with_signature(make::decision(p, parent.id, 0, (Decision::Review, Hash32::ZERO), T0), 0),
        ),
        (R::BadOwnerSignature, with_signature(make::revocation(p, parent.id, 0, T0), 0)),
        (R::BadNodeSignature, with_signature(parent_entry(&parent), 0)),
        // Nsig covers the validation's signature, but the latter is looked at first.
        (R::BadValidationSignature, with_signature(parent_entry(&parent), 1)),
        (R::BadNodeSignature, with_signature(side_entry(&opening(p)), 0)),
    ]
}

/// Whether bytes are points of the curve costs many times a signature: nobody's are looked at before it is known who signed them.
#[test]
fn arithmetic_on_curves_comes_after_the_signature() {
    let p = &Parties::new();
    let keys =
        || make::attribute_keys(p, |k| k.keys.iter_mut().for_each(|key| key.public = vec![0xff; key.public.len()]));
    let identity = || make::identity(p, |i| i.registration = vec![0xff; i.registration.len()]);
    let checked = |entry| check_entry(entry, &p.facts).map(|_| ()).unwrap_err();
    assert_eq!(checked(with_signature(keys(), 0)), R::BadAuthoritySignature);
    assert_eq!(checked(keys()), R::BadAttributeKey);
    assert_eq!(checked(with_signature(identity(), 0)), R::BadOwnerSignature);
    assert_eq!(checked(with_signature(identity(), 1)), R::BadRequestorSignature);
    assert_eq!(checked(identity()), R::BadRegistration);
}

/// A node with a registered requestor, her attribute, and one package.
pub fn prepared(parameters: Parameters) -> (Node, ParentBlock) {
    let p = Parties::with_parameters(parameters.clone());
    let block = first_block(&p);
    let mut entries = vec![
        make::identity(&p, |_| {}),
        make::attribute_keys(&p, |_| {}),
        make::grant(&p, T0 + 1, |_| {}),
        make::contract_code(&p, b"published", |_| {}),
    ];
    entries.extend(make::requests(&p));
    entries.push(parent_entry(&block));
    let mut node = Node::new(Parties::with_parameters(parameters));
    let execution = node.decide(entries, T0 + 50);
    assert!(execution.receipts.iter().all(|receipt| receipt.code == 0), "{:?}", execution.receipts);
    (node, block)
}

/// The same with the package opened under lease 1.
pub fn opened(parameters: Parameters) -> (Node, ParentBlock) {
    let (mut node, block) = prepared(parameters);
    let lease = make::lease(&node.parties, block.id, 1, T0 + 60);
    let opening = make::opening(&node.parties, &block, node.head(block.id), lease);
    node.apply(side_entry(&opening), T0 + 70);
    (node, block)
}

/// What execution says after [`opened`].
fn after_opening(node: &Node, block: &ParentBlock) -> Vec<(R, Entry)> {
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
        (R::SideChainMoved, side_entry(&make::opening(p, block, self::head(block), make::lease(p, block.id, 2, at)))),
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

#[test]
fn an_owner_with_a_colluding_second_node_cannot_invent_a_request() {
    let (node, block) = prepared(parties::parameters());
    let forged = make::parent_block(&node.parties, ("invented", T0 + 500), block.id.as_hash(), |_, _, _| {});
    // Every signature of the block is good; what it answers was never asked.
    check_entry(parent_entry(&forged), &node.parties.facts).unwrap();
    assert_refused(&node, R::UnknownRequest, parent_entry(&forged));
    // What she asked for in another way is no better.
    let other = make::parent_block(&node.parties, ("second", T0 + 500), block.id.as_hash(), |details, _, _| {
        details.purpose.reason = ActReason::PublicHealth;
    });
    assert_refused(&node, R::RequestDisagrees, parent_entry(&other));
}

#[test]
fn a_request_is_answered_once_and_before_its_deadline() {
    let (mut node, block) = prepared(parties::parameters());
    let short = make::request(&node.parties, "short", T0 + 60, |request| request.deadline = Timestamp(NOW - 1));
    let Entry::Request(asked, _) = &short else { panic!("a request") };
    let name = asked.name();
    node.apply(short, T0 + 70);
    let late = make::parent_block(&node.parties, ("short", T0 + 500), block.id.as_hash(), |d, _, _| d.request = name);
    assert_refused(&node, R::RequestExpired, parent_entry(&late));
    let again = make::parent_block(&node.parties, ("first", T0 + 500), block.id.as_hash(), |_, _, _| {});
    assert_refused(&node, R::RequestReplayed, parent_entry(&again));
}

#[test]
fn a_requestor_makes_no_more_requests_on_a_day_than_one_may() {
    let (mut node, _) = prepared(parties::parameters());
    let asks = |number: u32, at: u64| make::request(&Parties::new(), &format!("form {number}"), at, |_| {});
    // three were made already
    let most = (3..MAX_REQUESTS_A_DAY).map(|number| asks(number, T0 + 60)).collect();
    assert!(node.decide(most, T0 + 70).receipts.iter().all(|receipt| receipt.code == 0));
    assert_refused(&node, R::TooManyRequests, asks(MAX_REQUESTS_A_DAY, T0 + 80));
    let tomorrow = (T0 / DAY_MS + 1) * DAY_MS;
    node.apply(asks(MAX_REQUESTS_A_DAY, tomorrow), tomorrow + 10);
}

#[test]
fn an_organisation_with_any_number_of_keys_makes_no_more_requests_than_one_may() {
    let (node, _) = prepared(parties::parameters());
    let requestor = node.parties.requestor();
    let organisation = node.view().identity(requestor).unwrap().unwrap().identity.organisation;
    let quota = |now| Quota::with_one_more(node.view(), requestor, Timestamp(now)).unwrap();
    // the three of the story so far
    assert_eq!(quota(T0 + 100).unwrap().of_organisation.count, 4);
    assert_eq!(quota(T0 + DAY_MS).unwrap().of_organisation.count, 1);
    let full = DayCount { day: T0 / DAY_MS, count: MAX_REQUESTS_OF_ORGANISATION_A_DAY };
    assert_eq!(full.once_more(Timestamp(T0 + 100), MAX_REQUESTS_OF_ORGANISATION_A_DAY), None);
    let mut full_state = Overlay::new(&node.store);
    full_state.put(&StateKey::OrganisationRequests(organisation), &full);
    let at = |now| Quota::with_one_more(StateView::new(&full_state), requestor, Timestamp(now)).unwrap();
    assert_eq!(at(T0 + 100), Err(R::TooManyRequests));
    assert!(at((T0 / DAY_MS + 1) * DAY_MS).is_ok());
}

#[test]
fn nobody_asks_while_her_access_has_ended() {
    let (mut node, block) = prepared(parties::parameters());
    node.apply(make::revocation(&node.parties, block.id, 0, T0 + 70), T0 + 80);
    assert_refused(&node, R::AccessEnded, make::request(&node.parties, "form", T0 + 500, |_| {}));
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

/// Asserts that execution refuses the entry for this reason and leaves nothing behind.
pub fn assert_refused(node: &Node, expected: R, entry: Entry) {
    let kind = entry.kind();
    let execution = node.execute(vec![entry], NOW);
    assert_eq!(execution.receipts[0].rejection(), Some(expected), "{kind}");
    assert!(execution.writes.is_empty() && execution.effects.is_empty(), "{kind}: {expected}");
}

#[test]
fn stateless_check_refuses_what_breaks_its_rules() {
    let p = Parties::new();
    for (row, (expected, entry)) in stateless().into_iter().enumerate() {
        let kind = entry.kind();
        assert_eq!(check_entry(entry, &p.facts).err(), Some(expected), "row {row}, {kind}");
    }
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
        if let Err(found) = check_snapshot(&entry, node.view(), node.tip.time).unwrap() {
            assert_eq!(found, expected, "{}", entry.entry().kind());
            hopeless += 1;
        }
    }
    assert!(hopeless >= 8, "only {hopeless} were found at the door");
}

#[test]
fn report_that_does_not_carry_the_hash_before_it_is_refused() {
    let (mut node, block) = opened(parties::parameters());
    let first = make::report(block.id, 1, 1, Hash32::ZERO, ReportKind::Decrypted, T0 + 80);
    let first = make::reported(&node.parties, &block, node.head(block.id), first);
    node.apply(side_entry(&first), T0 + 90);
    let second = make::report(block.id, 1, 2, sha256(b"other"), ReportKind::Decrypted, T0 + 95);
    let second = make::reported(&node.parties, &block, node.head(block.id), second);
    assert_refused(&node, R::ReportChainBroken, side_entry(&second));
}

#[test]
fn revoked_requestor_cannot_open_package() {
    let (mut node, block) = prepared(parties::parameters());
    node.apply(make::revocation(&node.parties, block.id, 0, T0 + 70), T0 + 80);
    let lease = make::lease(&node.parties, block.id, 1, T0 + 500);
    let opening = make::opening(&node.parties, &block, node.head(block.id), lease);
    assert_refused(&node, R::Permission(PermissionRejection::Revoked), side_entry(&opening));
}

#[test]
fn requestor_cannot_hold_more_attributes_of_an_authority_than_allowed_and_no_authority_fills_anothers_room() {
    let (mut node, _) = prepared(parties::parameters());
    let names = (0..16).map(|index| format!("A{index:02}@university")).collect::<Vec<_>>();
    let keys = make::attribute_keys(&node.parties, |keys| {
        keys.keys = names.iter().map(|name| make::attribute_key(name, 1)).collect();
    });
    let ethics = |at, node: &Node| {
        make::attribute_keys(&node.parties, |keys| {
            keys.authority = parties::label("ethics");
            keys.keys = vec![make::attribute_key("APPROVED@ethics", 1)];
            keys.at = Timestamp(at);
        })
    };
    node.decide(vec![keys, ethics(T0 + 59, &node)], T0 + 60);
    let grants = names.iter().map(|name| make::grant(&node.parties, T0 + 61, |g| g.attribute = name.clone()));
    let execution = node.decide(grants.collect(), T0 + 70);
    let refused = execution.receipts.iter().filter_map(medshare_ledger::execution::Receipt::rejection);
    assert_eq!(refused.collect::<Vec<_>>(), [R::TooManyAttributes]);
    let approved = make::grant(&node.parties, T0 + 71, |g| {
        g.authority = parties::label("ethics");
        g.attribute = "APPROVED@ethics".to_owned();
    });
    node.apply(approved, T0 + 80);
    assert_eq!(node.view().access(node.parties.requestor()).unwrap().unwrap().attributes.len(), 17);
}

#[test]
fn contract_that_does_not_finish_rejects_the_entry() {
    let (mut node, block) = opened(parties::parameters());
    node.contracts.fails = true;
    let next = make::parent_block(&node.parties, ("second", T0 + 500), block.id.as_hash(), |_, _, _| {});
    assert_refused(&node, R::ContractFailed, parent_entry(&next));
}

/// Its node can sign a block twice, so that the same block comes as another entry.
#[test]
fn block_that_exists_is_refused_also_by_those_who_do_not_remember_its_entry() {
    let (node, block) = prepared(parties::parameters());
    let entry = check_entry(parent_entry(&block), &node.parties.facts).unwrap();
    assert_eq!(check_snapshot(&entry, node.view(), node.tip.time).unwrap(), Err(R::BlockExists));
    let proposal = node.tip.propose([entry], node.parties.node(0), Timestamp(NOW), &Forgetful).unwrap();
    let execution = apply_batch(&node.store, &proposal.batch, &node.contracts).unwrap();
    assert_eq!(execution.receipts[0].rejection(), Some(R::BlockExists));
}

#[test]
fn every_rejection_code_has_a_row() {
    let (node, block) = opened(parties::parameters());
    let rows = stateless().into_iter().chain(after_opening(&node, &block)).map(|(expected, _)| expected.code());
    // These have tests of their own.
    let others = [
        R::GrantBeforeRevocation,
        R::TooManyAttributes,
        R::TooManyRequests,
        R::TooManySideBlocks,
        R::ContractFailed,
        R::OtherReports,
        R::AccessEnded,
        R::BlockExists,
        R::JudgesOlderViolation,
        R::UnknownRevocation,
        R::ReceiptRepeated,
        R::Outdated,
    ];
    let covered = rows.chain(others.map(R::code)).collect::<BTreeSet<_>>();
    let missing = R::ALL.iter().filter(|rejection| !covered.contains(&rejection.code())).collect::<Vec<_>>();
    assert!(missing.is_empty(), "{missing:?}");
}
