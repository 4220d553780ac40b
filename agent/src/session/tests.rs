use super::*;
use crate::client::NodeClient;
use crate::fixture::{Fixture, PATIENTS, Terms, found};
use medshare_contract_abi::usage::{Comment, RefusalCode};
use medshare_contract_abi::{Action, ReportKind};
use medshare_exchange::package::PackageError;
use rand_core::OsRng;

mod access;
mod brought_back;
mod foreign;
mod full_disk;
mod interrupted;
mod laid;
mod looking_first;
mod lying;
mod made_anew;
mod reports;
mod side_blocks;
mod unrecorded;

struct Desk {
    fixture: Fixture,
    node: NodeClient,
}

impl Desk {
    fn new(terms: Terms) -> Self {
        let fixture = Fixture::new(terms);
        let node = fixture.node.client();
        Self { fixture, node }
    }

    fn agent(&self) -> Agent<'_> {
        Agent { facts: &self.fixture.facts, keys: &self.fixture.keys, node: &self.node }
    }

    fn open(&self) -> Result<Opened, SessionError> {
        let opened = self.agent().open(&self.fixture.package, None);
        opened.map(|(_, opened)| opened)
    }

    fn act(&self, action: Action) -> Result<Acted, SessionError> {
        let mut session = self.agent().resume(&self.fixture.package, None)?;
        session.act(action, Comment::default())
    }

    fn read(&self) -> Result<Vec<u8>, SessionError> {
        let mut session = self.agent().resume(&self.fixture.package, None)?;
        let read = session.read("Patient.ndjson", Comment::default());
        read.map(|(_, data)| data.to_vec())
    }

    fn kinds(&self) -> Vec<(ReportKind, u32)> {
        let ledger = self.fixture.ledger();
        ledger.reports.iter().map(|(kind, number, _)| (*kind, *number)).collect()
    }
}

const READ: ReportKind = ReportKind::Action(Action::Read);
const COPY: ReportKind = ReportKind::Action(Action::Copy);

#[test]
fn opening_is_recorded_under_a_lease_and_reported_as_decrypted_data() {
    let desk = Desk::new(Terms::high());
    let opened = desk.open().unwrap();
    assert_eq!(opened.report.unwrap().status, "opened");
    let ledger = desk.fixture.ledger();
    assert_eq!(ledger.openings[0].id, opened.lease);
    let lasts = opened.expires.0 - ledger.openings[0].created.0;
    assert_eq!(lasts, 3_600_000);
    let expected = (ReportKind::Decrypted, 1, "decrypted data".to_owned());
    assert_eq!(ledger.reports, [expected]);
}

#[test]
fn reading_gives_the_data_and_reports_with_the_requestors_comment() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let mut session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    let comment = Comment::new("table 2").unwrap();
    let (acted, data) = session.read("Patient.ndjson", comment).unwrap();
    assert_eq!(&data[..], PATIENTS);
    assert!(acted.report.is_some());
    let (_, second) = session.read("second.txt", Comment::default()).unwrap();
    assert_eq!(&second[..], b"second file");
    let reports = desk.fixture.ledger().reports.clone();
    assert_eq!(reports[1], (READ, 2, "data read; comment: table 2".to_owned()));
    assert_eq!(reports[2].1, 3);
}

#[test]
fn a_file_that_is_not_inside_is_no_action() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let mut session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    let missing = session.read("Nothing.ndjson", Comment::default());
    assert!(matches!(missing, Err(SessionError::Package(PackageError::NoSuchFile))));
    assert_eq!(desk.kinds().len(), 1);
}

#[test]
fn a_violation_is_refused_and_reported_and_then_nothing_reads_or_opens() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let refused = desk.act(Action::Copy);
    assert!(matches!(refused, Err(SessionError::Violation { action: Action::Copy, .. })));
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)]);
    let read = desk.read();
    assert!(matches!(read, Err(SessionError::Refused(RefusalCode::Withdrawn))));
    let Err(SessionError::Node(error)) = desk.open() else {
        panic!("it opened");
    };
    assert_eq!(error.code(), Some("revoked"));
}

#[test]
fn after_a_regrant_only_a_new_opening_gives_the_data_back() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.act(Action::Move).unwrap_err();
    desk.fixture.ledger().status = "re-granted";
    let read = desk.read();
    assert!(matches!(read, Err(SessionError::Refused(RefusalCode::Withdrawn))));
    desk.open().unwrap();
    assert_eq!(desk.read().unwrap(), PATIENTS);
    let numbers: Vec<u32> = desk.kinds().iter().map(|(_, number)| *number).collect();
    assert_eq!(numbers, [1, 2, 1, 2]);
}

#[test]
fn access_that_the_owner_withdrew_ends_without_a_violation() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.fixture.ledger().status = "revoked";
    let read = desk.read();
    assert!(matches!(read, Err(SessionError::Refused(RefusalCode::Withdrawn))));
    assert_eq!(desk.kinds().len(), 1);
}

#[test]
fn at_high_sensitivity_there_is_no_data_without_a_node() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.fixture.ledger().is_down = true;
    assert!(matches!(desk.read(), Err(SessionError::Node(error)) if error.is_unreachable()));
    desk.fixture.ledger().is_down = false;
    assert_eq!(desk.read().unwrap(), PATIENTS);
}

#[test]
fn an_exempt_action_at_low_sensitivity_needs_neither_report_nor_node() {
    let desk = Desk::new(Terms::low());
    desk.open().unwrap();
    desk.fixture.ledger().is_down = true;
    assert_eq!(desk.read().unwrap(), PATIENTS);
    assert!(matches!(desk.act(Action::Write), Err(SessionError::Unconfirmed { action: Action::Write, .. })));
    desk.fixture.ledger().is_down = false;
    assert_eq!(desk.act(Action::Read).unwrap().report, None);
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (ReportKind::Action(Action::Write), 2)]);
}

#[test]
fn a_report_that_no_node_took_is_sent_before_anything_else_happens() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.fixture.ledger().drops_reports = true;
    desk.read().unwrap_err();
    assert_eq!(desk.kinds().len(), 1);
    desk.fixture.ledger().drops_reports = false;
    assert_eq!(desk.read().unwrap(), PATIENTS);
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2), (READ, 3)]);
}

#[test]
fn a_violation_without_a_node_is_refused_and_reported_later() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.fixture.ledger().drops_reports = true;
    let refused = desk.act(Action::Duplicate);
    assert!(matches!(refused, Err(SessionError::ViolationUnreported { .. })));
    desk.fixture.ledger().drops_reports = false;
    desk.read().unwrap_err();
    assert_eq!(desk.kinds()[1], (ReportKind::Action(Action::Duplicate), 2));
    assert_eq!(desk.fixture.ledger().status, "revoked");
}

#[test]
fn an_opening_that_was_not_reported_is_taken_up_again() {
    let desk = Desk::new(Terms::high());
    desk.fixture.ledger().drops_reports = true;
    desk.open().unwrap_err();
    desk.fixture.ledger().drops_reports = false;
    assert_eq!(desk.read().unwrap(), PATIENTS);
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2)]);
}

#[test]
fn data_that_is_called_back_is_destroyed_with_a_receipt_for_good() {
    let desk = Desk::new(Terms::high());
    let opened = desk.open().unwrap();
    let mut session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    session.write("second.txt", b"mine", Comment::default()).unwrap();
    drop(session);
    desk.fixture.ledger().status = "retrieved";
    assert!(matches!(desk.read(), Err(SessionError::Retrieved { receipt: Receipt::Recorded(_) })));
    assert_eq!(desk.kinds()[2], (ReportKind::Retrieved, 3));
    assert!(!opened.folder.join("written.second.txt").exists());
    let vault = crate::vault::Vault::take(&opened.folder).unwrap();
    let package = PackageFile::verify(&desk.fixture.package, &desk.fixture.facts).unwrap();
    let record = vault.load(package.id(), &desk.fixture.keys, |_| false).unwrap().unwrap();
    assert!(record.data_key().is_none() && record.agent().is_none());
    drop(vault);
    desk.fixture.ledger().status = "re-granted";
    assert!(matches!(desk.read(), Err(SessionError::Destroyed)));
    assert!(matches!(desk.open(), Err(SessionError::Destroyed)));
}

#[test]
fn a_receipt_that_no_node_takes_waits_and_the_keys_are_gone_all_the_same() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.fixture.ledger().status = "retrieved";
    desk.fixture.ledger().drops_reports = true;
    assert!(matches!(desk.open(), Err(SessionError::Retrieved { receipt: Receipt::WaitsForNode })));
    assert!(matches!(desk.read(), Err(SessionError::Destroyed)));
    desk.fixture.ledger().drops_reports = false;
    assert!(matches!(desk.read(), Err(SessionError::Destroyed)));
    assert_eq!(desk.kinds()[1], (ReportKind::Retrieved, 2));
}

#[test]
fn a_wrong_transform_is_found_out() {
    let desk = Desk::new(Terms::high());
    desk.fixture.ledger().wrong_transform = true;
    assert!(matches!(desk.open(), Err(SessionError::Transform)));
    assert!(desk.kinds().is_empty());
    assert!(matches!(desk.read(), Err(SessionError::NotOpened)));
}

#[test]
fn when_the_lease_is_over_there_is_no_data() {
    let desk = Desk::new(Terms { max_lease_ms: 1, ..Terms::high() });
    desk.open().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(5));
    assert!(matches!(desk.read(), Err(SessionError::LeaseOver)));
}

#[test]
fn commands_at_the_same_time_take_turns() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| desk.read().unwrap());
        }
    });
    let numbers: Vec<u32> = desk.kinds().iter().map(|(_, number)| *number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
}

#[test]
fn sessions_can_be_kept_elsewhere() {
    let desk = Desk::new(Terms::high());
    let vault = desk.fixture.folder.path().join("vault");
    let (_, opened) = desk.agent().open(&desk.fixture.package, Some(&vault)).unwrap();
    assert!(opened.folder.starts_with(&vault));
    assert!(matches!(desk.read(), Err(SessionError::NotOpened)));
    let mut session = desk.agent().resume(&desk.fixture.package, Some(&vault)).unwrap();
    session.act(Action::Read, Comment::default()).unwrap();
}

#[test]
fn what_the_contract_permits_is_done_after_it_was_reported() {
    let everything = Terms { permitted: medshare_contract_abi::ActionSet::ALL, ..Terms::high() };
    let desk = Desk::new(everything);
    let folder = desk.fixture.folder.path();
    desk.open().unwrap();
    let package = &desk.fixture.package;
    let resume = |path: &Path| desk.agent().resume(path, None).unwrap();
    let none = Comment::default();
    let mut session = resume(package);
    session.write("second.txt", b"corrected", none.clone()).unwrap();
    let mut copied = Vec::new();
    session.copy("second.txt", &mut copied, none.clone()).unwrap();
    assert_eq!(copied, b"corrected");
    let mut second = Vec::new();
    session.duplicate(&mut second, none.clone()).unwrap();
    assert_eq!(second, std::fs::read(package).unwrap());
    let moved = folder.join("moved.package");
    session.relocate(&moved, none.clone()).unwrap();
    assert!(!package.exists());
    let (_, data) = resume(&moved).read("second.txt", none.clone()).unwrap();
    assert_eq!(&data[..], b"corrected");
    resume(&moved).delete(none).unwrap();
    assert!(!moved.exists() && !beside(&moved).exists());
    assert_eq!(desk.kinds().len(), 7);
}
