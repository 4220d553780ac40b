//! A program or a machine that stops between any two steps, and reports that are not there any more.

use super::brought_back::Copies;
use super::*;
use crate::vault::VaultError;
use std::path::PathBuf;

const MOVE: ReportKind = ReportKind::Action(Action::Move);

impl Desk {
    /// The file of the report of this number, as it is kept.
    fn kept_file(&self, number: u32) -> PathBuf {
        let names = std::fs::read_dir(beside(&self.fixture.package)).unwrap();
        let mut paths = names.map(|entry| entry.unwrap().path());
        let is_it = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("report.") && name.split('.').nth(2) == Some(&number.to_string())
        };
        paths.find(is_it).unwrap()
    }
}

/// A read and two violations, the second to the fourth report, are overtaken; and where each goes when it is given up.
fn overtaken() -> (Desk, Vec<PathBuf>) {
    let desk = Desk::new(Terms::high());
    Copies { desk: &desk }.overtaken_by(1, || desk.feigned(&[Action::Read, Action::Copy, Action::Move]));
    let given_up = [(2, "unrecorded-"), (3, "owed-"), (4, "owed-")].map(|(number, prefix)| {
        let kept = desk.kept_file(number);
        kept.with_file_name(format!("{prefix}{}", kept.file_name().unwrap().to_str().unwrap()))
    });
    let learned = beside(&desk.fixture.package).join("old.session");
    (desk, given_up.into_iter().chain([learned]).collect())
}

#[test]
fn wherever_the_giving_up_of_reports_is_interrupted_every_violation_comes_before_the_receipt() {
    for step in 0..4 {
        let (desk, steps) = overtaken();
        std::fs::create_dir(&steps[step]).unwrap();
        let stopped = desk.open().unwrap_err();
        assert!(matches!(stopped, SessionError::Vault(_)), "{step}: {stopped}");
        std::fs::remove_dir(&steps[step]).unwrap();
        desk.fixture.ledger().status = "retrieved";
        let told = desk.read().unwrap_err();
        assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::Recorded(_) }), "{step}: {told}");
        let recorded = [(ReportKind::Decrypted, 1), (READ, 2), (COPY, 3), (MOVE, 4), (ReportKind::Retrieved, 5)];
        assert_eq!(desk.kinds(), recorded, "{step}");
        assert!(matches!(desk.read(), Err(SessionError::Destroyed)));
        assert!(desk.kept().is_empty(), "{step}");
    }
}

#[test]
fn wherever_the_giving_up_of_reports_is_interrupted_the_violations_are_made_again_under_the_next_opening() {
    for step in 0..4 {
        let (desk, steps) = overtaken();
        std::fs::create_dir(&steps[step]).unwrap();
        desk.open().unwrap_err();
        std::fs::remove_dir(&steps[step]).unwrap();
        let told = desk.open().unwrap_err();
        assert!(matches!(told, SessionError::Violation { action: Action::Copy, .. }), "{step}: {told}");
        let told = desk.read().unwrap_err();
        assert!(matches!(told, SessionError::Violation { action: Action::Move, .. }), "{step}: {told}");
        let recorded = [(ReportKind::Decrypted, 1), (READ, 2), (ReportKind::Decrypted, 1), (COPY, 2), (MOVE, 3)];
        assert_eq!(desk.kinds(), recorded, "{step}");
    }
}

/// A violation, the second report, that a node only pretended to record.
fn unrecorded() -> Desk {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.read().unwrap();
    desk.feigned(&[Action::Copy]);
    desk
}

#[test]
fn a_last_report_that_is_gone_is_missing_and_does_not_count_as_others_having_gone_on() {
    let desk = unrecorded();
    let path = desk.kept_file(3);
    let kept = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    for status in ["opened", "retrieved"] {
        desk.fixture.ledger().status = status;
        for told in [desk.open().unwrap_err(), desk.read().unwrap_err()] {
            assert!(matches!(told, SessionError::Lost { lost: 1 }), "{status}: {told}");
        }
    }
    assert!(desk.stored(|_| ()).agent().is_some(), "no receipt is made that would never be recorded");
    std::fs::write(&path, kept).unwrap();
    let told = desk.read().unwrap_err();
    assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::Recorded(_) }), "{told}");
    let recorded = [(ReportKind::Decrypted, 1), (READ, 2), (COPY, 3), (ReportKind::Retrieved, 4)];
    assert_eq!(desk.kinds(), recorded);
}

#[test]
fn a_last_report_that_is_damaged_is_named_and_nothing_goes_on() {
    let desk = unrecorded();
    let path = desk.kept_file(3);
    let kept = std::fs::read(&path).unwrap();
    let mut damaged = kept.clone();
    damaged[40] ^= 1;
    std::fs::write(&path, damaged).unwrap();
    for told in [desk.open().unwrap_err(), desk.read().unwrap_err()] {
        assert!(
            matches!(&told, SessionError::Vault(VaultError::DamagedReport { path: named }) if *named == path),
            "{told}"
        );
    }
    assert_eq!(desk.fixture.ledger().openings.len(), 1);
    std::fs::write(&path, kept).unwrap();
    assert!(matches!(desk.open(), Err(SessionError::Node(error)) if error.code() == Some("revoked")));
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2), (COPY, 3)]);
}
