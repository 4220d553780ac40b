//! A disk on which there is no room: what could not be stored is not asked, and what was judged is reported.

use super::*;
use crate::client::Certified;

/// A session of which all is known to be on the ledger, so that nothing is stored before the contract is asked.
fn opened() -> Desk {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let mut session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    assert!(session.discard_proven(Certified::Already).unwrap().everything());
    drop(session);
    desk
}

impl Desk {
    /// Nothing can be written under this name in the session's folder.
    fn obstruct(&self, name: &str) {
        std::fs::create_dir(beside(&self.fixture.package).join(name)).unwrap();
    }
}

#[test]
fn a_violation_that_cannot_be_stored_is_reported_all_the_same_or_was_not_asked() {
    let desk = opened();
    desk.obstruct("new.session");
    let told = desk.act(Action::Copy).unwrap_err();
    assert!(matches!(told, SessionError::Unprepared { .. }), "{told}");
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1)], "it was not asked");
    // there is room, and it cannot take its place
    let desk = opened();
    desk.obstruct("old.session");
    let told = desk.act(Action::Copy).unwrap_err();
    assert!(matches!(told, SessionError::Vault(_)), "{told}");
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)], "it was judged");
}

#[test]
fn a_version_for_which_there_is_no_room_is_not_reported_as_written() {
    let desk = opened();
    desk.obstruct("new.written.second.txt");
    let mut session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    let told = session.write("second.txt", b"mine", Comment::default()).unwrap_err();
    assert!(matches!(told, SessionError::Unprepared { .. }), "{told}");
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1)]);
}

#[test]
fn the_room_of_a_version_that_is_refused_is_given_back() {
    let desk = Desk::new(Terms { permitted: medshare_contract_abi::ActionSet::EMPTY, ..Terms::high() });
    desk.open().unwrap();
    let mut session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    let told = session.write("second.txt", b"mine", Comment::default()).unwrap_err();
    assert!(matches!(told, SessionError::Violation { .. }), "{told}");
    assert!(!beside(&desk.fixture.package).join("new.written.second.txt").exists());
}

#[test]
fn an_opening_that_cannot_be_stored_is_not_asked_for() {
    let desk = opened();
    desk.obstruct("new.session");
    for _ in 0..2 {
        let told = desk.open().unwrap_err();
        assert!(matches!(told, SessionError::Unprepared { .. }), "{told}");
    }
    assert_eq!(desk.fixture.ledger().openings.len(), 1);
}
