//! Golden vectors: the canonical bytes of every type that is hashed, signed or stored, in `tests/vectors/*.hex`.
//!
//! A changed vector is a changed protocol and needs a written reason. `MEDSHARE_WRITE_VECTORS=1` writes them anew.

use crate::network::entries::{self as make, Head, parent_entry, side_entry};
use crate::network::{Node, Parties, T0};
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::{Batch, BatchHeader};
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::codec::{Canonical, CodecError, decode, encode};
use medshare_ledger::entry::{Decision, Entry};
use medshare_ledger::facts::GenesisFacts;
use medshare_ledger::id::{Height, LeaseId};
use medshare_ledger::side_block::{Lease, Predecessor, Report};
use medshare_ledger::validator::ValidatorSet;
use medshare_ledger::vote::{Proposal, Vote, VoteKind};
use proptest::prelude::*;
use std::fmt::Debug;
use std::path::PathBuf;

fn entries() -> Vec<(&'static str, Entry)> {
    let p = &Parties::new();
    let parent = make::parent_block(p, ("request", T0), Hash32::ZERO, |_, _, _| {});
    let head = Head { previous: parent.id.as_hash(), violations: 0 };
    let opening = make::opening(p, &parent, head, make::lease(p, parent.id, 1, T0 + 20));
    let copied = make::report(parent.id, 1, 1, Hash32::ZERO, ReportKind::Action(Action::Copy), T0 + 30);
    let report = make::reported(p, &parent, Head { previous: opening.header.hash(), violations: 0 }, copied.clone());
    let previous = Predecessor { lease: LeaseId::from_bytes([1; 16]), reports: 1, last_report: copied.hash() };
    let lease = Lease { previous: Some(previous), ..make::lease(p, parent.id, 2, T0 + 60) };
    let next = make::opening(p, &parent, Head { previous: report.header.hash(), violations: 1 }, lease);
    vec![
        ("identity", make::identity(p, |_| {})),
        ("attribute-keys", make::attribute_keys(p, |_| {})),
        ("attribute-grant", make::grant(p, T0, |_| {})),
        ("contract-code", make::contract_code(p, b"\0asm\x01\0\0\0", |_| {})),
        ("parent-block", parent_entry(&parent)),
        ("side-block-opening", side_entry(&opening)),
        ("side-block-report", side_entry(&report)),
        ("owner-decision", make::decision(p, parent.id, 0, (Decision::Review, report.header.hash()), T0 + 40)),
        ("owner-decision-regrant", {
            let regrant = (Decision::Regrant, report.header.hash());
            make::decision(p, parent.id, 1, regrant, T0 + 45)
        }),
        ("revocation", make::revocation(p, parent.id, 1, T0 + 50)),
        ("side-block-opening-next", side_entry(&next)),
        ("request", make::request(p, "request", T0, |_| {})),
    ]
}

fn node() -> Node {
    let mut node = Node::new(Parties::new());
    node.decide(vec![make::identity(&Parties::new(), |_| {})], T0 + 10);
    node
}

fn vote() -> Vote {
    let p = Parties::new();
    Vote {
        network: p.network(),
        kind: VoteKind::Precommit,
        height: Height(7),
        round: 1,
        value: Some(Hash32::from_bytes([8; 32])),
        validator: p.node(0),
    }
}

fn proposal() -> Proposal {
    let p = Parties::new();
    let value = Hash32::from_bytes([8; 32]);
    let valid_round = Some(0);
    Proposal { network: p.network(), height: Height(7), round: 1, value, valid_round, validator: p.node(0) }
}

/// Compares `value` with its vector, or writes it.
fn check<T: Canonical + PartialEq + Debug>(name: &str, value: &T) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(format!("{name}.hex"));
    let bytes = encode(value);
    if std::env::var_os("MEDSHARE_WRITE_VECTORS").is_some() {
        let lines = bytes.chunks(64).map(hex::encode).collect::<Vec<_>>();
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let expected = hex::decode(text.replace('\n', "")).unwrap();
    assert!(bytes == expected, "the bytes of {name} changed: see the head of this file");
    assert_eq!(&decode::<T>(&bytes).unwrap(), value);
}

#[test]
fn bytes_of_entries_are_those_of_the_vectors() {
    for (name, entry) in entries() {
        check(name, &entry);
    }
}

#[test]
fn bytes_of_everything_else_are_those_of_the_vectors() {
    let node = node();
    let (header, certificate) = node.decided[0].clone();
    let facts = node.parties.facts.genesis().clone();
    let entries = vec![make::identity(&node.parties, |_| {})];
    check::<BatchHeader>("batch-header", &header);
    check::<Batch>("batch", &Batch { header, entries });
    check::<CommitCertificate>("commit-certificate", &certificate);
    check::<GenesisFacts>("genesis-facts", &facts);
    check::<ValidatorSet>("validator-set", &ValidatorSet::new(facts.validators));
    check::<Vote>("vote", &vote());
    check::<Proposal>("proposal", &proposal());
}

#[test]
fn bytes_that_are_cut_off_or_followed_by_others_do_not_decode() {
    for (name, entry) in entries() {
        let mut bytes = encode(&entry);
        for length in 0..bytes.len() {
            assert!(decode::<Entry>(&bytes[..length]).is_err(), "{name} cut at {length}");
        }
        bytes.push(0);
        assert_eq!(decode::<Entry>(&bytes), Err(CodecError::TrailingBytes { count: 1 }), "{name}");
    }
}

#[test]
fn every_flipped_byte_of_an_entry_is_refused() {
    let facts = Parties::new().facts;
    for (name, entry) in entries() {
        let bytes = encode(&entry);
        assert!(VerifiedEntry::from_bytes(&bytes, &facts).is_ok(), "{name}");
        for position in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[position] ^= 1 << (position % 8);
            assert!(VerifiedEntry::from_bytes(&damaged, &facts).is_err(), "{name}, byte {position}");
        }
    }
}

#[test]
fn a_length_beyond_the_input_is_refused_without_allocating_for_it() {
    let mut bytes = encode(&entries()[3].1);
    // The 64-bit length of the code stands behind tag, network and owner.
    bytes[4 + 32 + 16..4 + 32 + 16 + 8].fill(0xff);
    assert!(matches!(decode::<Entry>(&bytes), Err(CodecError::Malformed { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes(
        which in 0..12_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let mut bytes = encode(&entries()[which].1);
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(entry) = decode::<Entry>(&bytes) {
            prop_assert_eq!(encode(&entry), bytes);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = decode::<Entry>(&bytes);
        let _ = decode::<Batch>(&bytes);
        let _ = decode::<GenesisFacts>(&bytes);
        let _ = decode::<CommitCertificate>(&bytes);
        let _ = medshare_ledger::bundle::verify(&bytes, None);
        let _ = medshare_ledger::bundle::verify(&[b"MDSAUD05".as_slice(), &bytes].concat(), None);
    }

    #[test]
    fn leases_and_reports_round_trip(id in any::<u8>(), sequence in 1..u32::MAX, at in any::<u64>()) {
        let p = Parties::new();
        let parent = medshare_ledger::id::BlockId::from_bytes([id; 32]);
        let report = make::report(parent, id, sequence, Hash32::ZERO, ReportKind::Decrypted, at);
        prop_assert_eq!(decode::<Report>(&encode(&report)).unwrap(), report);
        let lease = make::lease(&p, parent, id, at / 2);
        prop_assert_eq!(decode::<Lease>(&encode(&lease)).unwrap(), lease);
    }
}
