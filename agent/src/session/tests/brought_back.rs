//! A session's folder that comes back from a copy, or is used in two places.

use super::*;
use crate::fake_node::Answer;
use crate::vault::{MadeReport, Vault};
use std::path::PathBuf;

/// Copies of a session's folder.
pub(super) struct Copies<'d> {
    pub(super) desk: &'d Desk,
}

impl Copies<'_> {
    fn folder(&self) -> PathBuf {
        beside(&self.desk.fixture.package)
    }

    /// Puts the folder as it is aside.
    fn keep(&self, name: &str) {
        self.copy(&self.folder(), &self.desk.fixture.folder.path().join(name));
    }

    /// Has the folder as it was.
    fn bring_back(&self, name: &str) {
        std::fs::remove_dir_all(self.folder()).unwrap();
        self.copy(&self.desk.fixture.folder.path().join(name), &self.folder());
    }

    fn copy(&self, from: &Path, to: &Path) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::create_dir(to).unwrap();
        std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o700)).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }

    /// Has only the session's own file as it was: what was kept beside it since stays.
    fn bring_back_the_session_alone(&self, name: &str) {
        std::fs::copy(self.desk.fixture.folder.path().join(name).join("session"), self.folder().join("session"))
            .unwrap();
    }

    /// A violation is made that a node only pretends to record; then the session's file comes back from before it.
    fn with_a_violation_that_came_later(&self) {
        self.desk.open().unwrap();
        self.keep("before");
        self.desk.feigned(&[Action::Copy]);
        self.bring_back_the_session_alone("before");
    }

    /// In a copy a violation is made that no node takes; in another so many reads are, which are recorded.
    pub(super) fn with_a_violation_that_is_overtaken(&self, reads: usize) {
        self.overtaken_by(reads, || {
            self.desk.fixture.ledger().drops_reports = true;
            assert!(matches!(self.desk.act(Action::Copy), Err(SessionError::ViolationUnreported { .. })));
            self.desk.fixture.ledger().drops_reports = false;
        });
    }

    /// In a copy is done what leaves nothing on the ledger; in another so many reads are, which are recorded.
    pub(super) fn overtaken_by(&self, reads: usize, unrecorded: impl FnOnce()) {
        self.desk.open().unwrap();
        self.keep("before");
        unrecorded();
        self.keep("unrecorded");
        self.bring_back("before");
        for _ in 0..reads {
            self.desk.read().unwrap();
        }
        self.bring_back("unrecorded");
    }
}

impl Desk {
    /// Each is allowed, or a violation that a node says it recorded.
    pub(super) fn act_each(&self, actions: &[Action]) {
        for error in actions.iter().filter_map(|action| self.act(*action).err()) {
            assert!(matches!(error, SessionError::Violation { .. }), "{error}");
        }
    }

    /// Does what a node only pretends to record.
    pub(super) fn feigned(&self, actions: &[Action]) {
        self.fixture.ledger().feigns = true;
        self.act_each(actions);
        self.fixture.ledger().feigns = false;
    }
}

#[test]
fn a_session_that_was_brought_back_from_a_copy_reports_its_violation_under_a_new_opening() {
    let desk = Desk::new(Terms::high());
    let copies = Copies { desk: &desk };
    desk.open().unwrap();
    copies.keep("before");
    desk.read().unwrap();
    desk.read().unwrap();
    copies.bring_back("before");
    for action in [Action::Copy, Action::Read] {
        let over = desk.act(action).unwrap_err();
        assert!(matches!(over, SessionError::WentOn), "{over}");
    }
    let recorded = [(ReportKind::Decrypted, 1), (READ, 2), (READ, 3)];
    assert_eq!(desk.kinds(), recorded, "nothing was asked of the contract");
    assert!(desk.stored(|_| ()).pending.is_none());
    desk.open().unwrap();
    let openings = desk.fixture.ledger().openings.clone();
    let stated = openings[1].previous.unwrap();
    assert_eq!((stated.lease, stated.reports), (openings[0].id, 3));
    assert!(matches!(desk.act(Action::Copy), Err(SessionError::Violation { .. })));
    assert_eq!(desk.kinds(), [recorded.as_slice(), &[(ReportKind::Decrypted, 1), (COPY, 2)]].concat());
}

#[test]
fn a_violation_whose_number_another_report_has_is_made_again_under_the_next_opening() {
    let desk = Desk::new(Terms::high());
    let copies = Copies { desk: &desk };
    copies.with_a_violation_that_is_overtaken(1);
    assert!(matches!(desk.read(), Err(SessionError::WentOn)));
    let told = desk.open().unwrap_err();
    assert!(matches!(told, SessionError::Violation { action: Action::Copy, .. }), "{told}");
    let recorded = [(ReportKind::Decrypted, 1), (READ, 2), (ReportKind::Decrypted, 1), (COPY, 2)];
    assert_eq!(desk.kinds(), recorded);
    assert!(desk.stored(|_| ()).data_key().is_none(), "access ends with it");
    let refused = desk.read().unwrap_err();
    assert!(matches!(refused, SessionError::Refused(RefusalCode::Withdrawn)), "it is made again once: {refused}");
    assert_eq!(desk.kinds(), recorded);
}

#[test]
fn a_violation_that_waits_to_be_made_again_is_kept_until_a_node_takes_it() {
    let desk = Desk::new(Terms::high());
    let copies = Copies { desk: &desk };
    copies.with_a_violation_that_is_overtaken(1);
    desk.fixture.ledger().status = "revoked";
    for _ in 0..2 {
        assert!(matches!(desk.open(), Err(SessionError::Node(error)) if error.code() == Some("revoked")));
    }
    desk.fixture.ledger().status = "re-granted";
    assert!(matches!(desk.open(), Err(SessionError::Violation { action: Action::Copy, .. })));
    assert_eq!(desk.kinds().last(), Some(&(COPY, 2)));
}

#[test]
fn of_a_number_that_is_not_the_last_nobody_says_whose_it_is_without_the_side_blocks() {
    let desk = Desk::new(Terms::high());
    let copies = Copies { desk: &desk };
    copies.with_a_violation_that_is_overtaken(2);
    desk.fixture.ledger().hides_side_blocks = true;
    desk.open().unwrap();
    let vault = Vault::take(&copies.folder()).unwrap();
    let kept = vault.kept_reports().unwrap();
    assert!(kept.iter().any(MadeReport::is_of_violation), "it is neither let go of nor given up");
}

#[test]
fn what_is_called_back_of_a_session_that_others_went_on_with_is_receipted_behind_their_reports() {
    let desk = Desk::new(Terms::high());
    let copies = Copies { desk: &desk };
    copies.with_a_violation_that_is_overtaken(1);
    desk.fixture.ledger().status = "retrieved";
    let told = desk.read().unwrap_err();
    assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::Recorded(_) }), "{told}");
    let recorded = [(ReportKind::Decrypted, 1), (READ, 2), (COPY, 3), (ReportKind::Retrieved, 4)];
    assert_eq!(desk.kinds(), recorded, "the violation is not dropped with the keys");
}

#[test]
fn what_is_called_back_is_receipted_on_the_proof_in_hand_when_no_second_one_is_given() {
    let mut desk = Desk::new(Terms::high());
    Copies { desk: &desk }.with_a_violation_that_is_overtaken(1);
    desk.fixture.ledger().status = "retrieved";
    let mut proofs = 0;
    let once = desk.fixture.another_node(move |asked| {
        proofs += u32::from(asked.target.contains("/proof"));
        (asked.target.contains("/proof") && proofs > 1).then(|| Answer::error(404, "not-found"))
    });
    desk.node = once.client();
    let told = desk.read().unwrap_err();
    assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::Recorded(_) }), "{told}");
    let recorded = [(ReportKind::Decrypted, 1), (READ, 2), (COPY, 3), (ReportKind::Retrieved, 4)];
    assert_eq!(desk.kinds(), recorded);
}

#[test]
fn there_is_no_receipt_while_nobody_shows_whether_a_violation_is_on_the_ledger() {
    let desk = Desk::new(Terms::high());
    let copies = Copies { desk: &desk };
    copies.with_a_violation_that_is_overtaken(2);
    desk.fixture.ledger().hides_side_blocks = true;
    desk.fixture.ledger().status = "retrieved";
    for _ in 0..2 {
        let told = desk.open().unwrap_err();
        assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::WaitsForViolation }), "{told}");
        let record = desk.stored(|_| ());
        assert!(record.data_key().is_none() && record.agent().is_some(), "only the receipt waits");
    }
    let vault = Vault::take(&copies.folder()).unwrap();
    assert!(vault.kept_reports().unwrap().iter().any(MadeReport::is_of_violation));
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2), (READ, 3)]);
}

#[test]
fn a_report_that_was_kept_after_the_session_that_came_back_is_neither_replaced_nor_followed_by_another_of_its_number() {
    let desk = Desk::new(Terms::high());
    Copies { desk: &desk }.with_a_violation_that_came_later();
    assert!(matches!(desk.read(), Err(SessionError::WentOn)));
    let refused = desk.open().unwrap_err();
    assert!(matches!(&refused, SessionError::Node(error) if error.code() == Some("revoked")), "{refused}");
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)]);
}

#[test]
fn what_is_called_back_is_receipted_behind_what_was_kept_after_the_session_that_came_back() {
    let desk = Desk::new(Terms::high());
    Copies { desk: &desk }.with_a_violation_that_came_later();
    desk.fixture.ledger().status = "retrieved";
    let told = desk.read().unwrap_err();
    assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::Recorded(_) }), "{told}");
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2), (ReportKind::Retrieved, 3)]);
}

#[test]
fn that_others_went_on_is_known_also_after_what_told_so_was_given_up() {
    let desk = Desk::new(Terms::high());
    let copies = Copies { desk: &desk };
    copies.overtaken_by(1, || desk.feigned(&[Action::Read, Action::Copy]));
    desk.fixture.ledger().status = "revoked";
    for _ in 0..2 {
        let refused = desk.open().unwrap_err();
        assert!(matches!(&refused, SessionError::Node(error) if error.code() == Some("revoked")), "{refused}");
    }
    desk.fixture.ledger().status = "re-granted";
    let told = desk.open().unwrap_err();
    assert!(matches!(told, SessionError::Violation { action: Action::Copy, .. }), "{told}");
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2), (ReportKind::Decrypted, 1), (COPY, 2)]);
}

#[test]
fn one_node_that_tells_of_reports_of_others_ends_no_session() {
    let mut desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let liar = desk.fixture.liar();
    let (lease, (_, last)) = desk.fixture.ledger().opened();
    liar.ledger().pretends(lease, (9, last));
    desk.node = NodeClient::new(vec![liar.node.url(), desk.fixture.node.url()]).unwrap();
    assert_eq!(desk.read().unwrap(), PATIENTS);
}

#[test]
fn what_an_opening_states_of_a_session_is_what_a_proof_shows_that_others_went_on_though_no_node_says_so() {
    let desk = Desk::new(Terms::high());
    Copies { desk: &desk }.overtaken_by(1, || desk.feigned(&[Action::Read]));
    let (lease, (reports, last_report)) = desk.fixture.ledger().opened();
    // nodes show what was made here; what is certified is another thing
    desk.fixture.ledger().feigns = true;
    desk.open().unwrap();
    let stated = desk.fixture.ledger().openings[1].previous.unwrap();
    assert_eq!((stated.lease, stated.reports, stated.last_report), (lease.id, reports, last_report));
}
