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
    for told in [desk.open().unwrap_err(), desk.read().unwrap_err()] {
        assert!(matches!(told, SessionError::Lost { lost: 1 }), "{told}");
    }
    desk.fixture.ledger().status = "retrieved";
    for told in [desk.open().unwrap_err(), desk.read().unwrap_err()] {
        assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::WaitsForLost { lost: 1 } }), "{told}");
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

/// Two violations, the second and the third report, that a node only pretended to record.
fn two_unrecorded() -> Desk {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.feigned(&[Action::Copy, Action::Move]);
    desk
}

fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[40] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn what_is_kept_is_handed_in_once_the_data_was_called_back_though_another_report_is_gone_or_damaged() {
    let ways: [fn(&Path); 2] = [|path| std::fs::remove_file(path).unwrap(), damage];
    for spoil in ways {
        let desk = two_unrecorded();
        spoil(&desk.kept_file(3));
        desk.fixture.ledger().status = "retrieved";
        let told = desk.read().unwrap_err();
        assert!(
            matches!(
                told,
                SessionError::Retrieved {
                    receipt: Receipt::WaitsForLost { lost: 1 } | Receipt::WaitsForDamaged { .. }
                }
            ),
            "{told}"
        );
        assert!(told.to_string().starts_with("the owner has called the data back"), "{told}");
        assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)]);
        assert!(desk.stored(|_| ()).agent().is_some(), "only the receipt waits");
    }
}

#[test]
fn a_damaged_report_keeps_none_back_that_can_be_read() {
    // also where the session was lost
    for (opens, has_session) in [(false, true), (true, true), (true, false)] {
        let desk = two_unrecorded();
        damage(&desk.kept_file(3));
        if !has_session {
            std::fs::remove_file(beside(&desk.fixture.package).join("session")).unwrap();
        }
        let told = if opens { desk.open().unwrap_err() } else { desk.read().unwrap_err() };
        assert!(matches!(told, SessionError::Vault(VaultError::DamagedReport { .. })), "{told}");
        assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)], "{opens} {has_session}");
        assert_eq!(desk.fixture.ledger().openings.len(), 1);
    }
}

#[test]
fn a_violation_that_is_owed_and_damaged_is_told_before_another_opening_is_recorded() {
    let (desk, [_, owed, ..]) = given_up();
    desk.fixture.ledger().status = "re-granted";
    damage(&owed);
    for _ in 0..2 {
        let told = desk.open().unwrap_err();
        assert!(matches!(&told, SessionError::Vault(VaultError::DamagedReport { path }) if *path == owed), "{told}");
    }
    assert_eq!(desk.fixture.ledger().openings.len(), 1);
    // where its session is lost, too
    std::fs::remove_file(beside(&desk.fixture.package).join("session")).unwrap();
    desk.open().unwrap_err();
    assert_eq!(desk.fixture.ledger().openings.len(), 1);
}

/// All three reports of [`overtaken`] are given up, and the package was not opened again.
fn given_up() -> (Desk, [PathBuf; 3]) {
    let (desk, steps) = overtaken();
    desk.fixture.ledger().status = "revoked";
    desk.open().unwrap_err();
    let files = [0, 1, 2].map(|step| steps[step].clone());
    assert!(files.iter().all(|file| file.exists()));
    (desk, files)
}

impl Desk {
    /// As a build before stored it, which remembered neither that others went on nor what was made anew.
    fn of_before(&self) {
        let record = self.stored(|record| record.went_on = false);
        let bytes = medshare_ledger::codec::encode(&record);
        let package = PackageFile::verify(&self.fixture.package, &self.fixture.facts).unwrap().id();
        let bytes = &bytes[..bytes.len() - 9];
        let keys = &self.fixture.keys;
        let sealed = crate::sealed_before::seal(keys, b"medshare/session/v3", package.as_bytes(), bytes);
        std::fs::write(beside(&self.fixture.package).join("session"), sealed).unwrap();
    }
}

#[test]
fn a_session_of_the_build_before_is_known_by_what_it_gave_up_to_be_one_in_which_others_went_on() {
    // it stopped at any report: what it gave up, from the first on, is the last one or leads to it
    for given_up_until in 1..=3 {
        let (desk, files) = given_up();
        for file in &files[given_up_until..] {
            let name = file.file_name().unwrap().to_str().unwrap();
            std::fs::rename(file, file.with_file_name(&name[name.find("report.").unwrap()..])).unwrap();
        }
        desk.of_before();
        let told = desk.read().unwrap_err();
        assert!(matches!(told, SessionError::WentOn), "{given_up_until}: {told}");
        desk.fixture.ledger().status = "retrieved";
        desk.of_before();
        let told = desk.read().unwrap_err();
        assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::Recorded(_) }), "{given_up_until}: {told}");
        let recorded = [(ReportKind::Decrypted, 1), (READ, 2), (COPY, 3), (MOVE, 4), (ReportKind::Retrieved, 5)];
        assert_eq!(desk.kinds(), recorded, "{given_up_until}");
    }
}
