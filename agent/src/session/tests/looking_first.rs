//! What is found out before the contract is asked, and leaves no trace.

use super::*;

#[test]
fn what_the_contract_would_answer_is_told_without_a_trace() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let asked = desk.fixture.node.asked().len();
    let foresee =
        |action| desk.agent().resume(&desk.fixture.package, None).unwrap().foresee(action, Comment::default());
    assert_eq!(foresee(Action::Read).unwrap(), Outlook::Allowed { reported: true });
    assert_eq!(foresee(Action::Copy).unwrap(), Outlook::Violation);
    assert_eq!(desk.fixture.node.asked().len(), asked, "no node hears of it");
    assert_eq!(desk.read().unwrap(), PATIENTS);
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2)]);
    desk.fixture.ledger().status = "revoked";
    desk.read().unwrap_err();
    assert!(matches!(foresee(Action::Read), Err(SessionError::Refused(RefusalCode::Withdrawn))));
    assert_eq!(foresee(Action::Copy).unwrap(), Outlook::Violation);
}

#[test]
fn at_low_sensitivity_it_is_told_that_no_report_is_due() {
    let desk = Desk::new(Terms::low());
    desk.open().unwrap();
    let session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    assert_eq!(session.foresee(Action::Read, Comment::default()).unwrap(), Outlook::Allowed { reported: false });
}

#[test]
fn what_cannot_be_done_is_not_reported_as_done() {
    let everything = Terms { permitted: medshare_contract_abi::ActionSet::ALL, ..Terms::high() };
    let desk = Desk::new(everything);
    let folder = desk.fixture.folder.path();
    desk.open().unwrap();
    let taken = folder.join("taken");
    std::fs::write(&taken, b"mine").unwrap();
    let occupied = folder.join("occupied.package");
    std::fs::create_dir(beside(&occupied)).unwrap();
    for to in [taken.as_path(), &folder.join("missing/p"), folder, &occupied] {
        let session = desk.agent().resume(&desk.fixture.package, None).unwrap();
        let refused = session.relocate(to, Comment::default());
        assert!(matches!(refused, Err(SessionError::Unprepared { .. })), "{}", to.display());
    }
    assert_eq!(std::fs::read(&taken).unwrap(), b"mine");
    assert!(!occupied.exists());
    assert_eq!(desk.kinds().len(), 1);
    assert_eq!(desk.read().unwrap(), PATIENTS);
}

#[test]
fn a_move_that_is_a_violation_leaves_nothing_at_the_new_place() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let to = desk.fixture.folder.path().join("moved.package");
    let session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    assert!(matches!(session.relocate(&to, Comment::default()), Err(SessionError::Violation { .. })));
    assert!(!to.exists() && desk.fixture.package.exists());
}

#[test]
fn a_package_that_was_not_opened_leaves_no_session_behind() {
    let desk = Desk::new(Terms::high());
    assert!(matches!(desk.read(), Err(SessionError::NotOpened)));
    assert!(!beside(&desk.fixture.package).exists());
    desk.fixture.ledger().status = "revoked";
    desk.open().unwrap_err();
    assert!(!beside(&desk.fixture.package).exists());
}
