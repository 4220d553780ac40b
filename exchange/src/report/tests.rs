#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use medshare_contract_abi::usage::{
    Comment, MAX_COMMENT_BYTES, MAX_STATEMENT_BYTES, Statement, UsageCall, UsageParameters, UsageState,
};
use medshare_contract_abi::{Action, ActionSet, ReportKind, Sensitivity};
use medshare_ledger::id::Timestamp;
use rand::rngs::OsRng;

const PARENT: BlockId = BlockId::from_bytes([1; 32]);
const LEASE: LeaseId = LeaseId::from_bytes([2; 16]);

fn text() -> ReportText {
    let parameters = UsageParameters {
        package: [3; 32],
        owner: [4; 16],
        requestor: [5; 16],
        sensitivity: Sensitivity::High,
        permitted: ActionSet::EMPTY,
        exempt: ActionSet::EMPTY,
        purpose: 1,
        expires_at_ms: 0,
    };
    ReportText {
        input: UsageInput { parameters, state: UsageState::default(), call: UsageCall::Opened, now_ms: 9 },
        body: ReportBody {
            kind: ReportKind::Decrypted,
            sequence: 1,
            violation: false,
            comment: Statement::new("decrypted data").unwrap(),
        },
    }
}

fn report(sealed: &[u8]) -> Report {
    Report {
        parent: PARENT,
        lease: LEASE,
        sequence: 1,
        previous: Hash32::from_bytes([0; 32]),
        kind: ReportKind::Decrypted.code(),
        at: Timestamp(9),
        commitment: report_commitment(sealed),
    }
}

fn sealed() -> (SealingSecretKey, Vec<u8>) {
    let key = SealingSecretKey::generate(&mut OsRng);
    let sealed = text().seal(&key.public_key(), PARENT, LEASE, &mut OsRng).unwrap();
    (key, sealed)
}

#[test]
fn a_report_opens_with_its_contract_key() {
    let (key, sealed) = sealed();
    assert_eq!(ReportText::open(&key, &report(&sealed), &sealed), Ok(text()));
}

#[test]
fn the_longest_report_is_not_too_long() {
    let mut longest = text();
    let comment = Comment::new("x".repeat(MAX_COMMENT_BYTES)).unwrap();
    longest.input.call = UsageCall::Act { action: Action::Copy, comment };
    longest.body.comment = Statement::new("x".repeat(MAX_STATEMENT_BYTES)).unwrap();
    let key = SealingSecretKey::generate(&mut OsRng).public_key();
    let sealed = longest.seal(&key, PARENT, LEASE, &mut OsRng).unwrap();
    assert!(sealed.len() <= MAX_SEALED_REPORT_BYTES, "{}", sealed.len());
}

#[test]
fn another_parent_lease_number_or_key_does_not_open_it() {
    let (key, sealed) = sealed();
    let good = report(&sealed);
    for other in [
        Report { parent: BlockId::from_bytes([9; 32]), ..good.clone() },
        Report { lease: LeaseId::from_bytes([9; 16]), ..good.clone() },
        Report { sequence: 2, ..good.clone() },
    ] {
        assert_eq!(ReportText::open(&key, &other, &sealed), Err(ReportError::Sealed));
    }
    let other = SealingSecretKey::generate(&mut OsRng);
    assert_eq!(ReportText::open(&other, &good, &sealed), Err(ReportError::Sealed));
}

#[test]
fn every_changed_byte_is_found() {
    let (key, sealed) = sealed();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        *changed.get_mut(at).unwrap() ^= 0x80;
        assert_eq!(ReportText::open(&key, &report(&sealed), &changed), Err(ReportError::Sealed));
        assert_ne!(report_commitment(&changed), report_commitment(&sealed));
    }
}

#[test]
fn a_sealed_text_that_is_no_report_is_malformed() {
    let key = SealingSecretKey::generate(&mut OsRng);
    let aad = associated_data(PARENT, LEASE, 1);
    let of = |bytes: &[u8]| seal(&key.public_key(), INFO, &aad, bytes, &mut OsRng).unwrap();
    let unknown_code = ReportTextBytes { input: text().input.to_bytes(), body: vec![0xff; 9], salt: [0; 32] };
    for bytes in [Vec::new(), vec![0; 7], codec::encode(&unknown_code)] {
        let sealed = of(&bytes);
        assert_eq!(ReportText::open(&key, &report(&sealed), &sealed), Err(ReportError::Malformed));
    }
}

#[test]
fn equal_reports_are_not_recognised_by_their_bytes() {
    let (key, first) = sealed();
    let second = text().seal(&key.public_key(), PARENT, LEASE, &mut OsRng).unwrap();
    assert_ne!(report_commitment(&first), report_commitment(&second));
}
