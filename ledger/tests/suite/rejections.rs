//! The table of what is refused: for every rejection code an entry that draws it, and no other.

mod by_state;
mod requests;
mod unverified;

use crate::network::entries::{self as make, Head, parent_entry, side_entry};
use crate::network::node::Forgetful;
use crate::network::{Node, Parties, T0, parties};
use by_state::after_opening;
use medshare_contract_abi::ReportKind;
use medshare_contract_abi::permissions::PermissionRejection;
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::sign::Signature;
use medshare_ledger::check::{check_entry, check_snapshot};
use medshare_ledger::entry::Entry;
use medshare_ledger::execution::apply_batch;
use medshare_ledger::facts::Parameters;
use medshare_ledger::id::{LeaseId, Timestamp};
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::rejection::Rejection as R;
use medshare_ledger::side_block::Predecessor;
use std::collections::BTreeSet;
use unverified::stateless;

const NO_SIGNATURE: Signature = Signature::from_bytes([0; 64]);
pub const NOW: u64 = T0 + 1_000;

fn first_block(p: &Parties) -> ParentBlock {
    make::parent_block(p, ("first", T0 + 20), Hash32::ZERO, |_, _, _| {})
}

fn spoiled_details(p: &Parties, spoil: impl FnOnce(&mut medshare_ledger::parent_block::Details)) -> Entry {
    parent_entry(&make::parent_block(p, ("first", T0 + 20), Hash32::ZERO, |details, _, _| spoil(details)))
}

fn head(parent: &ParentBlock) -> Head {
    Head { previous: parent.id.as_hash(), violations: 0 }
}

/// What an opening states of lease `lease` before it.
pub fn stated(lease: u8, reports: u32, last_report: Hash32) -> Predecessor {
    Predecessor { lease: LeaseId::from_bytes([lease; 16]), reports, last_report }
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

/// Asserts that execution refuses the entry for this reason and leaves nothing behind.
pub fn assert_refused(node: &Node, expected: R, entry: Entry) {
    let kind = entry.kind();
    let execution = node.execute(vec![entry], NOW);
    assert_eq!(execution.receipts[0].rejection(), Some(expected), "{kind}");
    assert!(execution.writes.is_empty() && execution.effects.is_empty(), "{kind}: {expected}");
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
    assert_eq!(check_snapshot(entry.entry(), node.view(), node.tip.time).unwrap(), Err(R::BlockExists));
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
