//! Access is the requestor's: where it ends, it ends for everything that is open.

use super::super::standing::GRACE_MS;
use super::*;
use crate::vault::{SessionRecord, Vault};
use medshare_ledger::id::Timestamp;

impl Desk {
    /// The session as it is stored, after `change`.
    pub(super) fn stored(&self, change: impl FnOnce(&mut SessionRecord)) -> SessionRecord {
        let vault = Vault::take(&beside(&self.fixture.package)).unwrap();
        let package = PackageFile::verify(&self.fixture.package, &self.fixture.facts).unwrap();
        let keys = &self.fixture.keys;
        let mut record = vault.load(package.id(), keys, |_| true).unwrap().unwrap();
        change(&mut record);
        vault.save(package.id(), &record, keys, &mut OsRng).unwrap();
        record
    }
}

#[test]
fn a_violation_on_another_package_ends_reading_of_this_one_and_takes_the_key() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    assert_eq!(desk.read().unwrap(), PATIENTS);
    // this package's own permission stands as it did
    desk.fixture.ledger().access_ended = true;
    assert!(matches!(desk.read(), Err(SessionError::Refused(RefusalCode::Withdrawn))));
    assert!(desk.stored(|_| ()).data_key().is_none());
    let Err(SessionError::Node(error)) = desk.open() else { panic!("it opened") };
    assert_eq!(error.code(), Some("access-ended"));
    assert_eq!(desk.kinds().len(), 2);
    desk.fixture.ledger().access_ended = false;
    assert!(matches!(desk.read(), Err(SessionError::Refused(RefusalCode::Withdrawn))), "only a new opening helps");
    desk.open().unwrap();
    assert_eq!(desk.read().unwrap(), PATIENTS);
}

#[test]
fn also_what_is_exempt_from_reports_ends_with_access() {
    let desk = Desk::new(Terms::low());
    desk.open().unwrap();
    assert_eq!(desk.read().unwrap(), PATIENTS);
    desk.fixture.ledger().access_ended = true;
    assert!(matches!(desk.read(), Err(SessionError::Refused(RefusalCode::Withdrawn))));
    desk.fixture.ledger().is_down = true;
    assert!(matches!(desk.read(), Err(SessionError::Refused(RefusalCode::Withdrawn))), "it is sealed, node or not");
}

#[test]
fn a_key_is_gone_at_once_also_where_the_lease_is_over() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.stored(|record| record.lease.expires = Timestamp(1));
    desk.fixture.ledger().access_ended = true;
    assert!(matches!(desk.read(), Err(SessionError::LeaseOver)));
    assert!(desk.stored(|_| ()).data_key().is_none());
}

#[test]
fn without_a_node_exempt_actions_go_on_for_a_few_minutes_and_no_longer() {
    let desk = Desk::new(Terms::low());
    desk.open().unwrap();
    desk.fixture.ledger().is_down = true;
    assert_eq!(desk.read().unwrap(), PATIENTS);
    let now = crate::clock::now();
    for looked in [Timestamp(now.0 - GRACE_MS - 1), now.plus_ms(60_000)] {
        desk.stored(|record| record.looked = looked);
        assert!(matches!(desk.read(), Err(SessionError::Node(error)) if error.is_unreachable()), "{looked}");
    }
    desk.fixture.ledger().is_down = false;
    assert_eq!(desk.read().unwrap(), PATIENTS);
    desk.fixture.ledger().is_down = true;
    assert_eq!(desk.read().unwrap(), PATIENTS, "the look before counts anew");
}

/// A report that no node takes: the owner's lost the package, or all of them lie.
fn with_a_report_that_waits() -> Desk {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let mut session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    session.write("second.txt", b"mine", Comment::default()).unwrap();
    drop(session);
    desk.fixture.ledger().drops_reports = true;
    desk.read().unwrap_err();
    assert!(desk.stored(|_| ()).pending.is_some());
    desk
}

#[test]
fn an_end_of_access_takes_the_key_though_a_report_waits() {
    let desk = with_a_report_that_waits();
    desk.fixture.ledger().access_ended = true;
    assert!(matches!(desk.read(), Err(SessionError::Unreported { .. })));
    let record = desk.stored(|_| ());
    assert!(record.data_key().is_none() && record.pending.is_some());
}

#[test]
fn data_that_is_called_back_is_destroyed_though_a_report_waits_and_that_report_stays() {
    let act: fn(&Desk) -> SessionError = |desk| desk.act(Action::Read).unwrap_err();
    let open: fn(&Desk) -> SessionError = |desk| desk.open().unwrap_err();
    for command in [act, open] {
        let desk = with_a_report_that_waits();
        desk.fixture.ledger().status = "retrieved";
        let told = command(&desk);
        assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::WaitsForNode }), "{told}");
        let record = desk.stored(|_| ());
        assert!(record.data_key().is_none() && record.agent().is_none() && record.usage().unwrap().destroyed);
        assert!(!beside(&desk.fixture.package).join("written.second.txt").exists());
        assert!(desk.kept().contains(&3));
        assert!(matches!(desk.read(), Err(SessionError::Destroyed)));
        desk.fixture.ledger().drops_reports = false;
        assert!(matches!(desk.read(), Err(SessionError::Destroyed)));
        let write = ReportKind::Action(Action::Write);
        let reported = [(ReportKind::Decrypted, 1), (write, 2), (READ, 3), (ReportKind::Retrieved, 4)];
        assert_eq!(desk.kinds(), reported);
        assert!(matches!(desk.read(), Err(SessionError::Destroyed)));
        assert!(desk.kept().is_empty());
    }
}
