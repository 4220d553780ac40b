//! What is reported anew: only what the contract judges a violation, and each once.

use super::brought_back::Copies;
use super::*;
use crate::vault::{MadeReport, Vault};

impl Desk {
    fn vault_of_it(&self) -> Vault {
        Vault::take(&beside(&self.fixture.package)).unwrap()
    }

    /// Lays what was set apart as if it waited to be made anew.
    fn lay_again(&self) {
        for entry in std::fs::read_dir(beside(&self.fixture.package)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if let Some(report) = name.strip_prefix("unrecorded-") {
                std::fs::rename(&path, path.with_file_name(format!("owed-{report}"))).unwrap();
            }
        }
        assert!(!self.vault_of_it().owed_reports().unwrap().is_empty());
    }

    fn copies_reported(&self) -> usize {
        self.kinds().iter().filter(|(kind, _)| *kind == COPY).count()
    }
}

#[test]
fn what_the_contract_permits_is_not_reported_anew_whatever_words_are_laid_beside_it() {
    for status in ["opened", "retrieved"] {
        let desk = Desk::new(Terms::high());
        Copies { desk: &desk }.overtaken_by(1, || {
            desk.fixture.ledger().drops_reports = true;
            desk.read().unwrap_err();
            desk.fixture.ledger().drops_reports = false;
        });
        // outside what her agent signed
        desk.stored(|record| {
            let pending = record.pending.take().unwrap();
            record.pending = Some(pending.with_asked(b"x".to_vec()));
        });
        desk.fixture.ledger().status = status;
        let opened = desk.open();
        let reads = desk.kinds().iter().filter(|(kind, _)| *kind == READ).count();
        assert_eq!(reads, 1, "{status}");
        match status {
            "opened" => drop(opened.unwrap()),
            _ => {
                let told = opened.unwrap_err();
                assert!(
                    matches!(told, SessionError::Retrieved { receipt: Receipt::Recorded(_) }),
                    "no receipt waits for it: {told}"
                );
            }
        }
        assert!(desk.vault_of_it().owed_reports().unwrap().is_empty());
        assert_eq!(desk.vault_of_it().unrecorded_count().unwrap(), 1);
    }
}

#[test]
fn what_is_on_the_ledger_is_not_reported_anew() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    assert_eq!(desk.read().unwrap(), PATIENTS);
    let read = desk.vault_of_it().kept_reports().unwrap().pop().unwrap().with_asked(b"x".to_vec());
    desk.lay_owed(&read);
    assert_eq!(desk.read().unwrap(), PATIENTS);
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2), (READ, 3)]);
    assert!(matches!(desk.act(Action::Copy), Err(SessionError::Violation { .. })));
    let copy = desk.vault_of_it().kept_reports().unwrap().into_iter().find(MadeReport::is_of_violation).unwrap();
    desk.lay_owed(&copy);
    desk.fixture.ledger().status = "re-granted";
    desk.open().unwrap();
    assert_eq!(desk.read().unwrap(), PATIENTS);
    assert_eq!(desk.copies_reported(), 1);
    assert!(desk.vault_of_it().owed_reports().unwrap().is_empty(), "it is let go of");
}

impl Desk {
    /// Lays a report of the last opening as if it waited to be made anew.
    fn lay_owed(&self, report: &MadeReport) {
        let agent = self.fixture.ledger().opened().0.agent;
        let vault = self.vault_of_it();
        vault.keep_report(report, &agent).unwrap();
        vault.give_up(report).unwrap();
    }
}

/// A violation that is on the ledger and lies there as if it waited to be made anew. A later one hides it: only the side-blocks tell.
fn behind_a_later_one() -> Desk {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    assert!(matches!(desk.act(Action::Copy), Err(SessionError::Violation { .. })));
    let copy = desk.vault_of_it().kept_reports().unwrap().into_iter().find(MadeReport::is_of_violation).unwrap();
    assert!(matches!(desk.act(Action::Move), Err(SessionError::Violation { .. })));
    desk.lay_owed(&copy);
    desk.fixture.ledger().status = "re-granted";
    desk
}

#[test]
fn what_the_side_blocks_tell_to_be_on_the_ledger_is_not_reported_anew() {
    let desk = behind_a_later_one();
    desk.open().unwrap();
    assert_eq!(desk.read().unwrap(), PATIENTS);
    assert_eq!(desk.copies_reported(), 1);
    assert!(desk.vault_of_it().owed_reports().unwrap().is_empty(), "it is let go of");
}

#[test]
fn where_nobody_shows_whether_a_violation_is_on_the_ledger_it_waits() {
    let desk = behind_a_later_one();
    desk.fixture.ledger().hides_side_blocks = true;
    desk.open().unwrap();
    assert_eq!(desk.read().unwrap(), PATIENTS);
    assert_eq!(desk.copies_reported(), 1);
    assert_eq!(desk.vault_of_it().owed_reports().unwrap().len(), 1);
}

#[test]
fn a_violation_that_was_reported_anew_is_not_again_whoever_lays_it_there() {
    let desk = Desk::new(Terms::high());
    Copies { desk: &desk }.with_a_violation_that_is_overtaken(1);
    let told = desk.open().unwrap_err();
    assert!(matches!(told, SessionError::Violation { action: Action::Copy, .. }), "{told}");
    assert_eq!(desk.copies_reported(), 1);
    // also under openings behind the next one
    for _ in 0..2 {
        desk.lay_again();
        desk.fixture.ledger().status = "re-granted";
        desk.open().unwrap();
        assert_eq!(desk.read().unwrap(), PATIENTS);
        assert_eq!(desk.copies_reported(), 1);
    }
}
