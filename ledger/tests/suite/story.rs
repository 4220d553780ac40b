//! The main story on the ledger alone: delivery, opening, violation, review, re-grant, retrieval, and its audit.

use crate::network::entries::{self, ATTRIBUTE, side_entry};
use crate::network::{Node, Parties, T0};
use medshare_contract_abi::permissions::Status;
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::Hash32;
use medshare_crypto::seal::SealingPublicKey;
use medshare_ledger::bundle::{self, Part};
use medshare_ledger::entry::Decision;
use medshare_ledger::execution::Effect;
use medshare_ledger::id::NetworkId;
use medshare_ledger::parent_block::ParentBlock;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Two packages; the first opened, violated, reviewed and given back.
fn story() -> (Node, ParentBlock, ParentBlock) {
    let mut node = Node::new(Parties::new());
    let p = Parties::new();
    let mut begin =
        vec![entries::identity(&p, |_| {}), entries::attribute_keys(&p, |_| {}), entries::grant(&p, T0 + 1, |_| {})];
    begin.extend(entries::requests(&p));
    node.decide(begin, T0 + 10);
    let first = entries::parent_block(&p, ("first", T0 + 20), Hash32::ZERO, |_, _, _| {});
    let second = entries::parent_block(&p, ("second", T0 + 21), first.id.as_hash(), |_, _, _| {});
    let execution = node.decide(vec![entries::parent_entry(&first), entries::parent_entry(&second)], T0 + 50);
    assert!(execution.receipts.iter().all(|receipt| receipt.code == 0), "{:?}", execution.receipts);
    let opening = entries::opening(&p, &first, node.head(first.id), entries::lease(&p, first.id, 1, T0 + 60));
    node.apply(side_entry(&opening), T0 + 70);
    let report = entries::report(first.id, 1, 1, Hash32::ZERO, ReportKind::Decrypted, T0 + 75);
    let hash = report.hash();
    node.apply(side_entry(&entries::reported(&p, &first, node.head(first.id), report)), T0 + 80);
    let copied = ReportKind::Action(Action::Copy);
    let report = entries::report(first.id, 1, 2, hash, copied, T0 + 85);
    let violation = entries::reported(&p, &first, node.head(first.id), report);
    let execution = node.apply(side_entry(&violation), T0 + 90);
    let revoked = Effect::AccessRevoked { requestor: p.requestor() };
    assert!(execution.effects.contains(&revoked));
    node.apply(entries::decision(&p, first.id, 0, (Decision::Review, violation.header.hash()), T0 + 95), T0 + 100);
    let regrant = (Decision::Regrant, violation.header.hash());
    node.apply(entries::decision(&p, first.id, 1, regrant, T0 + 105), T0 + 110);
    let known = node.access().revocations;
    node.apply(entries::grant(&p, T0 + 115, |g| g.revocations = known), T0 + 120);
    node.apply(entries::revocation(&p, second.id, 0, T0 + 125), T0 + 130);
    node.decide(Vec::new(), T0 + 140);
    (node, first, second)
}

fn audited() -> (Node, Vec<u8>) {
    let (node, ..) = story();
    let (anchor, certificate) = node.decided.last().unwrap();
    let genesis = node.parties.facts.genesis();
    let bytes = bundle::build(&node.store, genesis, (anchor, certificate), node.parties.requestor()).unwrap();
    (node, bytes)
}

#[test]
fn violation_takes_every_attribute_away_and_a_later_grant_brings_it_back() {
    let (mut node, first, _) = story();
    let p = Parties::new();
    // The owner's own revocation of the second package took the attribute away again.
    assert!(node.view().grant(p.requestor(), ATTRIBUTE).unwrap().is_none());
    let access = node.view().access(p.requestor()).unwrap().unwrap();
    assert_eq!((access.attributes.len(), access.grants.count), (0, 2));
    node.apply(entries::grant(&p, T0 + 145, |g| g.revocations = access.revocations), T0 + 150);
    assert!(node.view().grant(p.requestor(), ATTRIBUTE).unwrap().is_some());
    let lease = entries::lease(&p, first.id, 2, T0 + 155);
    let again = entries::opening(&p, &first, node.head(first.id), lease);
    node.apply(side_entry(&again), T0 + 160);
    let permission = node.view().permission(first.id).unwrap().unwrap();
    assert_eq!((permission.status, permission.openings), (Status::Opened, 2));
}

#[test]
fn bundle_verifies_offline_and_shows_the_story() {
    let (node, bytes) = audited();
    let report = bundle::verify(&bytes, Some(node.parties.network())).unwrap();
    assert_eq!((report.signers, report.entries, report.grants, report.revocations), (4, 14, 2, 2));
    assert_eq!(report.history_size, 15);
    let [first, second] = report.packages.as_slice() else { panic!("two packages expected") };
    let answers: Vec<_> = report.requests.iter().map(|request| request.answer).collect();
    assert_eq!(answers, [Some(first.parent), Some(second.parent), None]);
    assert_eq!((first.permission.status, second.permission.status), (Status::Regranted, Status::Revoked));
    let statements = first.side_blocks.iter().map(|side| side.statement()).collect::<Vec<_>>();
    assert_eq!(statements, ["package opened", "decrypted data", "data copied"]);
    assert_eq!(first.side_blocks[2].violation, Some(Action::Copy));
    let hashes = first.side_blocks.iter().map(|side| side.report_hash).collect::<Vec<_>>();
    let decrypted = entries::report(first.parent, 1, 1, Hash32::ZERO, ReportKind::Decrypted, T0 + 75).hash();
    let copied = entries::report(first.parent, 1, 2, decrypted, ReportKind::Action(Action::Copy), T0 + 85).hash();
    assert_eq!(hashes, [None, Some(decrypted), Some(copied)], "an agent finds its reports by them");
    let decisions = first.decisions.iter().map(|made| made.decision).collect::<Vec<_>>();
    assert!(matches!(decisions[..], [Some(Decision::Review), Some(Decision::Regrant)]), "{decisions:?}");
    assert_eq!(second.decisions[0].decision, None);
}

#[test]
fn bundle_of_an_earlier_anchor_stays_provable() {
    let (node, ..) = story();
    let genesis = node.parties.facts.genesis();
    for (anchor, certificate) in &node.decided[2..] {
        let bytes = bundle::build(&node.store, genesis, (anchor, certificate), node.parties.requestor()).unwrap();
        let report = bundle::verify(&bytes, None).unwrap();
        assert_eq!(report.height, anchor.height);
    }
}

#[test]
fn bundle_of_another_network_is_refused() {
    let (_, bytes) = audited();
    let error = bundle::verify(&bytes, Some(NetworkId::from_bytes([0; 32]))).unwrap_err();
    assert_eq!(error.part, Part::Genesis);
}

/// The part that is blamed when a bit of the byte at `position` is flipped.
fn blame(bytes: &[u8], position: usize) -> String {
    let mut damaged = bytes.to_vec();
    damaged[position] ^= 1 << (position % 8);
    match bundle::verify(&damaged, None) {
        Ok(_) => panic!("byte {position} is not covered"),
        Err(error) => error.part.to_string(),
    }
}

/// Where sealing keys stand in a bundle.
fn sealing_keys(node: &Node, bytes: &[u8]) -> Vec<Range<usize>> {
    let of_nodes = node.parties.facts.genesis().validators.iter().map(|validator| &validator.sealing_key);
    let of_requestor = node.view().identity(node.parties.requestor()).unwrap().unwrap().identity.sealing_key;
    let keys = of_nodes.chain([&of_requestor]).map(|key| key.as_bytes().as_slice()).collect::<BTreeSet<_>>();
    let starts = (0..bytes.len()).filter(|start| keys.iter().any(|key| bytes[*start..].starts_with(key)));
    let found = starts.map(|start| start..start + SealingPublicKey::LEN).collect::<Vec<_>>();
    assert!(found.len() >= 6, "of four nodes, of her entry and of her record in the state");
    found
}

#[test]
fn every_flipped_byte_of_a_bundle_is_found_and_named() {
    let (node, bytes) = audited();
    let keys = sealing_keys(&node, &bytes);
    // Of keys of 1,216 bytes, which are alike all through, one byte in sixteen.
    let is_tried = |position: &usize| position.is_multiple_of(16) || !keys.iter().any(|key| key.contains(position));
    let positions = (0..bytes.len()).filter(is_tried).collect::<Vec<_>>();
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let mut blamed = BTreeMap::<String, usize>::new();
    std::thread::scope(|scope| {
        let chunks = positions.chunks(positions.len() / workers + 1);
        let bytes = &bytes;
        let blame_all = move |chunk: &[usize]| chunk.iter().map(|position| blame(bytes, *position)).collect::<Vec<_>>();
        let threads = chunks.map(|chunk| scope.spawn(move || blame_all(chunk))).collect::<Vec<_>>();
        for part in threads.into_iter().flat_map(|thread| thread.join().unwrap()) {
            *blamed.entry(part).or_default() += 1;
        }
    });
    for part in ["genesis", "anchoring batch header", "attribute grant 2", "parent block 1 of the thread"] {
        assert!(blamed.contains_key(part), "{part} is never blamed: {blamed:?}");
    }
    assert!(blamed["framing of the file"] < 1_500, "too much is blamed on the framing: {blamed:?}");
}
