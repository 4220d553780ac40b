//! Openings that a node only pretended to record, and what was reported under them.

use super::*;
use crate::vault::{MadeReport, Vault, VaultError};
use medshare_contract_abi::usage::{UsageCall, UsageState};
use medshare_crypto::sign::SigningKey;
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::id::{LeaseId, Timestamp};
use medshare_ledger::side_block::Report;

/// A package that was opened by a liar alone, which only pretends to record that and what is done then; after it the honest node is asked.
fn pretended(terms: Terms, actions: &[Action]) -> Desk {
    let mut desk = Desk::new(terms);
    let liar = desk.fixture.liar();
    desk.ask(&[&liar.node]);
    desk.open().unwrap();
    desk.act_each(actions);
    let honest = desk.fixture.node.client();
    desk.node = honest;
    desk
}

/// Every action is permitted.
fn everything() -> Terms {
    Terms { permitted: medshare_contract_abi::ActionSet::ALL, ..Terms::high() }
}

#[test]
fn an_opening_that_was_never_recorded_does_not_keep_a_package_from_being_deleted_for_ever() {
    let desk = pretended(everything(), &[Action::Read]);
    assert!(desk.open().unwrap().disowned.is_some());
    let delete = || desk.agent().resume(&desk.fixture.package, None).unwrap().delete(Comment::default());
    // its lease is not over yet: it may still be recorded
    for _ in 0..2 {
        let kept = delete().unwrap_err();
        assert!(matches!(kept, SessionError::ReportsUnproven { reports: 2, .. }), "{kept}");
    }
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1)], "a delete that did not happen is not recorded");
    // two of four may lie about the ledger's time
    desk.fixture.ledger().ahead_ms = Terms::high().max_lease_ms + 11 * 60 * 1000;
    desk.fixture.ledger().signers = 2;
    delete().unwrap_err();
    desk.fixture.ledger().signers = 4;
    assert_eq!(delete().unwrap().unrecorded, 2);
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (ReportKind::Action(Action::Delete), 2)]);
    assert!(!desk.fixture.package.exists());
    let left = std::fs::read_dir(beside(&desk.fixture.package)).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(left.iter().filter(|name| name.starts_with("unrecorded-report.")).count(), 2, "{left:?}");
}

#[test]
fn the_end_of_an_opening_is_kept_beside_its_reports() {
    let desk = pretended(everything(), &[]);
    desk.open().unwrap();
    desk.fixture.ledger().ahead_ms = Terms::high().max_lease_ms + 1;
    let delete = desk.agent().resume(&desk.fixture.package, None).unwrap().delete(Comment::default());
    assert_eq!(delete.unwrap().unrecorded, 1, "it is not guessed from when its reports were made");
}

#[test]
fn a_violation_under_an_opening_that_was_never_recorded_is_reported_under_the_next() {
    let desk = pretended(Terms::high(), &[Action::Copy]);
    desk.open().unwrap();
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1)], "its opening may still be recorded");
    desk.fixture.ledger().ahead_ms = Terms::high().max_lease_ms + 1;
    assert!(matches!(desk.read(), Err(SessionError::Violation { action: Action::Copy, .. })));
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)]);
}

#[test]
fn a_violation_under_an_opening_that_was_never_recorded_comes_before_the_receipt() {
    let desk = pretended(Terms::high(), &[Action::Copy]);
    desk.open().unwrap();
    desk.fixture.ledger().status = "retrieved";
    let told = desk.read().unwrap_err();
    assert!(
        matches!(told, SessionError::Retrieved { receipt: Receipt::WaitsForViolation }),
        "its opening may still be recorded: {told}"
    );
    desk.fixture.ledger().ahead_ms = Terms::high().max_lease_ms + 1;
    let told = desk.read().unwrap_err();
    assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::Recorded(_) }), "{told}");
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2), (ReportKind::Retrieved, 3)]);
}

impl Desk {
    /// Has the contract remember something else.
    fn remembered(&self, change: impl FnOnce(&mut UsageState)) {
        self.stored(|record| {
            let mut usage = record.usage().unwrap();
            change(&mut usage);
            record.remember(usage);
        });
    }
}

#[test]
fn there_is_no_receipt_while_a_violation_waits_of_which_the_contract_makes_no_report() {
    let desk = pretended(Terms::high(), &[Action::Copy]);
    desk.open().unwrap();
    desk.fixture.ledger().ahead_ms = Terms::high().max_lease_ms + 1;
    desk.fixture.ledger().status = "retrieved";
    // no number is left
    desk.remembered(|usage| usage.sequence = u32::MAX);
    for _ in 0..2 {
        let told = desk.read().unwrap_err();
        assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::WaitsForViolation }), "{told}");
        assert!(desk.stored(|_| ()).agent().is_some());
    }
}

#[test]
fn a_violation_comes_before_the_receipt_also_where_the_contract_took_no_opening() {
    let desk = pretended(Terms::high(), &[Action::Copy]);
    desk.open().unwrap();
    desk.fixture.ledger().ahead_ms = Terms::high().max_lease_ms + 1;
    desk.fixture.ledger().status = "retrieved";
    desk.remembered(|usage| usage.opened = false);
    let told = desk.read().unwrap_err();
    assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::Recorded(_) }), "{told}");
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2), (ReportKind::Retrieved, 3)]);
}

#[test]
fn a_violation_of_which_no_report_can_be_made_or_read_keeps_no_other_back() {
    let desk = pretended(Terms::low(), &[Action::Copy, Action::Move]);
    desk.open().unwrap();
    // one of another package's contract: in this one what was done is exempt
    let vault = Vault::take(&beside(&desk.fixture.package)).unwrap();
    let key = SigningKey::generate(&mut OsRng);
    let first = vault.kept_reports().unwrap().remove(0).envelope;
    let report = Report { lease: LeaseId::from_bytes([0; 16]), ..first.report };
    let envelope = ReportEnvelope { agent_signature: key.sign(&report), report, sealed: first.sealed };
    let call = UsageCall::Act { action: Action::Read, comment: Comment::default() };
    let keys = &desk.fixture.keys;
    let foreign = MadeReport::new(envelope, Timestamp(1)).of_violation(&call, keys, &mut OsRng).unwrap();
    vault.keep_report(&foreign, &key.verifying_key()).unwrap();
    vault.give_up(&foreign).unwrap();
    std::fs::write(vault.folder().join("owed-report.damaged"), b"damaged").unwrap();
    drop(vault);
    desk.fixture.ledger().ahead_ms = Terms::high().max_lease_ms + 1;
    for expected in [Action::Copy, Action::Move] {
        let told = desk.act(Action::Write).unwrap_err();
        assert!(matches!(told, SessionError::Violation { action, .. } if action == expected), "{told}");
    }
    let told = desk.act(Action::Write).unwrap_err();
    assert!(matches!(told, SessionError::Vault(VaultError::DamagedReport { .. })), "{told}");
}
