//! What is refused before any state is asked.

use super::{NO_SIGNATURE, first_block, head, spoiled_details, stated};
use crate::network::entries::{self as make, parent_entry, side_entry};
use crate::network::{Parties, T0, parties};
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::Hash32;
use medshare_crypto::seal::SealingPublicKey;
use medshare_ledger::check::check_entry;
use medshare_ledger::codec::{decode, encode};
use medshare_ledger::entry::{Decision, Entry};
use medshare_ledger::id::{BlockId, Label, NetworkId, NodeId, OwnerId, SideBlockId, Timestamp};
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::rejection::Rejection as R;
use medshare_ledger::request::MAX_REQUEST_LIFETIME_MS;
use medshare_ledger::side_block::{SideBlock, SideEvent};

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

fn malformed_label() -> Label {
    decode(&encode(&"two words".to_owned())).unwrap()
}

/// A key whose X25519 half, its last 32 bytes, agrees on zero with everybody.
fn of_low_order(key: &SealingPublicKey) -> SealingPublicKey {
    let mut bytes = key.to_bytes();
    bytes[SealingPublicKey::LEN - 32..].fill(0);
    SealingPublicKey::from_bytes(bytes)
}

/// What the stateless check says.
pub fn stateless() -> Vec<(R, Entry)> {
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
        (R::BadSealingKey, make::identity(p, |i| i.sealing_key = SealingPublicKey::from_bytes([0xff; 1216]))),
        (R::BadSealingKey, make::identity(p, |i| i.sealing_key = of_low_order(&i.sealing_key))),
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

#[test]
fn stateless_check_refuses_what_breaks_its_rules() {
    let p = Parties::new();
    for (row, (expected, entry)) in stateless().into_iter().enumerate() {
        let kind = entry.kind();
        assert_eq!(check_entry(entry, &p.facts).err(), Some(expected), "row {row}, {kind}");
    }
}

fn spoiled(p: &Parties, spoil: impl FnOnce(&mut ParentBlock)) -> Entry {
    let mut block = first_block(p);
    spoil(&mut block);
    parent_entry(&block)
}

fn opening(p: &Parties) -> SideBlock {
    let parent = first_block(p);
    make::opening(p, &parent, head(&parent), make::lease(p, parent.id, 1, T0 + 60))
}
