#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::sealed_before;
use medshare_contract_abi::Action;
use medshare_contract_abi::codec::Encode as _;
use medshare_contract_abi::usage::{Comment, UsageCall};
use medshare_crypto::hash::Hash32;
use medshare_crypto::letter::Letter;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::report::report_commitment;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
use medshare_ledger::side_block::Report;
use rand_core::OsRng;

fn key() -> SigningKey {
    SigningKey::from_seed([7; 32].into())
}

fn made(sequence: u32) -> MadeReport {
    made_at(sequence, Timestamp(3))
}

fn made_at(sequence: u32, at: Timestamp) -> MadeReport {
    let sealed = vec![4; 5];
    let report = Report {
        parent: BlockId::from_bytes([1; 32]),
        lease: LeaseId::from_bytes([2; 16]),
        sequence,
        previous: Hash32::ZERO,
        kind: 2,
        at,
        commitment: report_commitment(&sealed),
    };
    MadeReport::new(ReportEnvelope { agent_signature: key().sign(&report), report, sealed }, Timestamp(6))
}

fn keep(vault: &Vault, report: &MadeReport) {
    vault.keep_report(report, &key().verifying_key()).unwrap();
}

fn numbers(reports: &[MadeReport]) -> Vec<u32> {
    reports.iter().map(|made| made.envelope.report.sequence).collect()
}

#[test]
fn what_an_interruption_left_of_a_report_is_no_second_one_and_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let path = |name: &str| folder.path().join(name);
    let report = made(1);
    keep(&vault, &report);
    let name = name_of(KEPT, &report);
    for left in [new_of(&name), old_of(&name)] {
        std::fs::copy(path(&name), path(&left)).unwrap();
    }
    assert_eq!(numbers(&vault.kept_reports().unwrap()), [1]);
    vault.discard_report(&report).unwrap();
    vault.discard_report(&report).unwrap();
    drop(vault);
    assert!(!folder.path().exists(), "nothing of it is left, and so the folder goes");
}

#[test]
fn what_a_version_before_kept_is_kept_on() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let report = made(7);
    std::fs::write(folder.path().join("report.7"), codec::encode(&report.envelope)).unwrap();
    let kept = vault.kept_reports().unwrap();
    assert_eq!((numbers(&kept), kept[0].lease_expires), (vec![7], None));
    assert!(folder.path().join(name_of(KEPT, &report)).exists());
}

#[test]
fn different_reports_of_one_number_are_kept_beside_each_other_wherever_they_are_put() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let keys = RequestorKeys::generate(&mut OsRng);
    let both = [3, 4].map(|at| made_at(2, Timestamp(at)));
    let both = both.map(|made| made.of_violation(&UsageCall::Retrieve, &keys, &mut OsRng).unwrap());
    both.iter().for_each(|report| keep(&vault, report));
    assert_eq!(numbers(&vault.kept_reports().unwrap()), [2, 2]);
    both.iter().for_each(|report| vault.give_up(report).unwrap());
    assert_eq!(numbers(&vault.owed_reports().unwrap()), [2, 2]);
    both.iter().for_each(|report| vault.set_apart(report).unwrap());
    assert_eq!(vault.unrecorded_count().unwrap(), 2);
    both.iter().for_each(|report| keep(&vault, report));
    vault.discard_report(&both[0]).unwrap();
    assert_eq!(vault.kept_reports().unwrap()[0].envelope.report.at, Timestamp(4));
}

#[test]
fn what_a_version_before_kept_of_a_report_does_not_replace_what_this_one_keeps_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let report = made(7);
    keep(&vault, &report);
    let (lease, before) = (report.envelope.report.lease, codec::encode(&report.envelope));
    for name in ["report.7".to_owned(), format!("report.{lease}.7"), format!("report.{lease}.7.old")] {
        std::fs::write(folder.path().join(&name), &before).unwrap();
        let kept = vault.kept_reports().unwrap();
        assert_eq!((numbers(&kept), kept[0].lease_expires), (vec![7], Some(Timestamp(6))));
        assert!(!folder.path().join(name).exists());
    }
}

#[test]
fn a_violation_that_is_given_up_is_owed_and_only_its_requestor_reads_what_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let keys = RequestorKeys::generate(&mut OsRng);
    let comment = Comment::new("table 2").unwrap();
    let call = UsageCall::Act { action: Action::Copy, comment: comment.clone() };
    let violation = made(2).of_violation(&call, &keys, &mut OsRng).unwrap();
    for report in [&made(1), &violation] {
        keep(&vault, report);
        vault.give_up(report).unwrap();
    }
    assert!(vault.kept_reports().unwrap().is_empty());
    assert_eq!((numbers(&vault.owed_reports().unwrap()), vault.unrecorded_count().unwrap()), (vec![2], 2));
    let owed = vault.owed_reports().unwrap().remove(0);
    assert_eq!(owed.asked(&keys), Some((Action::Copy, comment)));
    assert_eq!(owed.asked(&RequestorKeys::generate(&mut OsRng)), None);
    vault.set_apart(&owed).unwrap();
    assert!(vault.owed_reports().unwrap().is_empty());
}

#[test]
fn what_others_sealed_to_the_requestor_is_not_what_she_was_asked() {
    let keys = sealed_before::keys();
    let comment = Comment::new("put into her mouth").unwrap();
    let violation = made(2);
    let kind = Action::from_code(violation.envelope.report.kind).unwrap();
    let about = violation.envelope.report.hash();
    let call = UsageCall::Act { action: kind, comment };
    // Anybody who knows her keys seals to them, and signs with his own.
    let (her_key, mallory) = (keys.sealing.public_key(), SigningKey::generate(&mut OsRng));
    let purpose = b"medshare/asked-of-contract/v2";
    let words = [&[purpose.len() as u8], purpose.as_slice(), about.as_bytes(), &call.to_bytes()].concat();
    let letter = Letter::write(&mallory, &her_key, &words, &mut OsRng).unwrap().to_bytes();
    // a build before sealed and did not sign
    let before = sealed_before::seal(&keys, b"medshare/asked-of-contract/v1", about.as_bytes(), &call.to_bytes());
    for asked in [letter, sealed_before::letter(&mallory, &keys, &words), before] {
        assert_eq!(violation.clone().with_asked(asked).asked(&keys), None);
    }
    // what she wrote herself, before, is
    let hers = violation.with_asked(sealed_before::letter(&keys.signing, &keys, &words));
    assert_eq!(hers.asked(&keys).map(|(action, _)| action), Some(kind));
}

#[test]
fn what_is_not_as_it_was_kept_is_told_and_never_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let report = made(3);
    keep(&vault, &report);
    let path = folder.path().join(name_of(KEPT, &report));
    let bytes = std::fs::read(&path).unwrap();
    let told = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        vault.kept_reports().map(|kept| kept.len())
    };
    for position in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1;
        let told = told(&damaged);
        // when the lease ends is not signed: from a wrong end follows, at worst, that a violation is reported twice
        assert!(matches!(told, Err(VaultError::DamagedReport { .. }) | Ok(1)), "{position}: {told:?}");
    }
    assert!(matches!(told(b""), Err(VaultError::DamagedReport { .. })));
    assert_eq!(told(&bytes).unwrap(), 1);
}

#[test]
fn a_violation_that_the_agent_named_beside_it_did_not_sign_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let report = made(3);
    let path = folder.path().join(name_of(OWED, &report));
    let forged = Kept { report, agent: SigningKey::generate(&mut OsRng).verifying_key() };
    std::fs::write(&path, codec::encode(&forged)).unwrap();
    assert!(matches!(vault.owed_reports(), Err(VaultError::DamagedReport { path: told }) if told == path));
}
