//! What somebody lays into a session's folder who can write there, and has none of its requestor's keys.

use super::brought_back::Copies;
use super::*;
use crate::fake_node::Answer;
use crate::sealed_before;
use crate::vault::{MadeReport, Vault, VaultError};
use medshare_contract_abi::ActionSet;
use medshare_contract_abi::codec::Encode as _;
use medshare_contract_abi::usage::{UsageCall, UsageState};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::report::{ReportEnvelope, report_commitment};
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
use medshare_ledger::side_block::Report;

const INVENTED: LeaseId = LeaseId::from_bytes([7; 16]);
const PAST: Timestamp = Timestamp(1);
const NEVER: Timestamp = Timestamp(u64::MAX);

/// Signs what is laid.
fn mallory() -> SigningKey {
    SigningKey::from_seed([7; 32].into())
}

impl Desk {
    fn vault(&self) -> Vault {
        Vault::take(&beside(&self.fixture.package)).unwrap()
    }

    /// A report of a copy that nobody made, under this lease, with words that anybody can seal to the requestor.
    fn forged(&self, lease: LeaseId, expires: Timestamp) -> MadeReport {
        self.forged_at(PAST, lease, expires)
    }

    /// The same, made at this time as it says.
    fn forged_at(&self, at: Timestamp, lease: LeaseId, expires: Timestamp) -> MadeReport {
        let sealed = vec![4; 5];
        let report = Report {
            parent: crate::fake_ledger::BLOCK,
            lease,
            sequence: 9,
            previous: Hash32::ZERO,
            kind: COPY.code(),
            at,
            commitment: report_commitment(&sealed),
        };
        let call = UsageCall::Act { action: Action::Copy, comment: Comment::default() }.to_bytes();
        let about = report.hash();
        let asked = sealed_before::seal(&self.fixture.keys, b"medshare/asked-of-contract/v1", about.as_bytes(), &call);
        let envelope = ReportEnvelope { agent_signature: mallory().sign(&report), report, sealed };
        MadeReport::new(envelope, expires).with_asked(asked)
    }

    /// Lays a report there as if it waited to be made anew, and as if it waited for the ledger.
    fn lay(&self, report: &MadeReport, is_owed: bool) {
        let vault = self.vault();
        vault.keep_report(report, &mallory().verifying_key()).unwrap();
        if is_owed {
            vault.give_up(report).unwrap();
        }
    }

    /// Has the session as the build before stored it: sealed, and not signed.
    fn as_before(&self, change: impl FnOnce(&mut crate::vault::SessionRecord)) {
        let record = self.stored(change);
        let package = PackageFile::verify(&self.fixture.package, &self.fixture.facts).unwrap();
        let (about, bytes) = (package.id(), codec::encode(&record));
        let sealed = sealed_before::seal(&self.fixture.keys, b"medshare/session/v3", about.as_bytes(), &bytes);
        std::fs::write(beside(&self.fixture.package).join("session"), sealed).unwrap();
    }
}

#[test]
fn a_violation_that_others_lay_into_a_session_is_not_reported_in_her_name() {
    for (is_owed, expires) in [(true, PAST), (true, NEVER), (false, PAST)] {
        let desk = Desk::new(Terms::high());
        desk.open().unwrap();
        desk.open().unwrap();
        let [earlier, current] = [0, 1].map(|place| desk.fixture.ledger().openings[place].id);
        for lease in [INVENTED, earlier, current] {
            desk.lay(&desk.forged(lease, expires), is_owed);
            assert_eq!(desk.read().unwrap(), PATIENTS, "{lease} {is_owed}");
            assert!(!desk.kinds().iter().any(|(kind, _)| *kind == COPY), "{lease} {is_owed}");
        }
        // what is not of the agent of an opening that stands is passed over, all else told
        let told = if is_owed { 3 } else { 2 };
        assert_eq!(desk.act(Action::Read).unwrap().unrecorded, told);
        desk.open().unwrap();
        assert!(!desk.kinds().iter().any(|(kind, _)| *kind == COPY));
    }
}

#[test]
fn a_violation_on_another_package_is_not_reported_of_this_one() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let of_this = desk.forged(INVENTED, PAST).envelope;
    let report = Report { parent: BlockId::from_bytes([3; 32]), ..of_this.report };
    let envelope = ReportEnvelope { agent_signature: mallory().sign(&report), report, sealed: of_this.sealed };
    let call = UsageCall::Act { action: Action::Copy, comment: Comment::default() };
    // she wrote it herself, elsewhere
    let hers = MadeReport::new(envelope, PAST).of_violation(&call, &desk.fixture.keys, &mut OsRng).unwrap();
    desk.lay(&hers, true);
    assert_eq!(desk.read().unwrap(), PATIENTS);
    assert!(!desk.kinds().iter().any(|(kind, _)| *kind == COPY));
}

#[test]
fn a_violation_without_her_letter_is_hers_where_her_agent_signed_it_and_waits_until_a_node_shows_that() {
    let mut desk = Desk::new(Terms::high());
    let copies = Copies { desk: &desk };
    copies.with_a_violation_that_is_overtaken(1);
    desk.stored(|record| {
        let pending = record.pending.take().unwrap();
        record.pending = Some(pending.with_asked(b"damaged".to_vec()));
    });
    let honest = desk.node.clone();
    // it is seen by its hash that others went on, and nothing more
    let proofs = |asked: &crate::fake_node::Asked| asked.target.contains("/proof");
    desk.fixture.ledger().status = "revoked";
    assert!(matches!(desk.open(), Err(SessionError::Node(error)) if error.code() == Some("revoked")));
    desk.fixture.ledger().status = "re-granted";
    let silent = desk.fixture.another_node(move |asked| proofs(asked).then(|| Answer::error(404, "not-found")));
    desk.node = silent.client();
    desk.open().unwrap();
    assert!(desk.vault().owed_reports().unwrap().iter().any(MadeReport::is_of_violation), "it waits");
    desk.node = honest;
    let told = desk.read().unwrap_err();
    assert!(matches!(told, SessionError::Violation { action: Action::Copy, .. }), "{told}");
    assert_eq!(desk.kinds().last(), Some(&(COPY, 2)));
}

#[test]
fn an_unsigned_session_without_its_data_key_counts_where_it_has_the_agents_key_that_the_ledger_names() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.as_before(crate::vault::SessionRecord::drop_data_key);
    let refused = desk.read().unwrap_err();
    assert!(
        matches!(refused, SessionError::Refused(RefusalCode::Withdrawn) | SessionError::Unproven { .. }),
        "{refused}"
    );
    assert!(desk.open().is_ok());
    assert!(desk.fixture.ledger().openings[1].previous.is_some(), "it is followed");
}

#[test]
fn of_an_unsigned_session_that_nothing_proves_nothing_is_believed_and_its_report_is_kept() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let forged = desk.forged(INVENTED, PAST);
    desk.as_before(|record| {
        record.drop_data_key();
        record.destroy_keys();
        record.lease.agent = mallory().verifying_key();
        record.pending = Some(forged);
        let usage = record.usage().unwrap();
        record.remember(UsageState { destroyed: true, ..usage });
    });
    for told in [desk.read().unwrap_err(), desk.open().unwrap_err()] {
        assert!(matches!(told, SessionError::Vault(VaultError::Foreign { .. })), "{told}");
    }
    let kept = desk.vault().kept_reports().unwrap();
    assert!(kept.iter().any(MadeReport::is_of_violation), "a true one would be hers to hand in");
    std::fs::remove_file(beside(&desk.fixture.package).join("session")).unwrap();
    desk.open().unwrap();
    assert_eq!(desk.read().unwrap(), PATIENTS);
    assert_eq!(desk.read().unwrap(), PATIENTS);
    assert!(!desk.kinds().iter().any(|(kind, _)| *kind == COPY));
}

#[test]
fn no_violation_is_reported_anew_under_an_opening_that_the_ledger_does_not_have() {
    let mut desk = Desk::new(Terms::high());
    let liar = desk.fixture.liar();
    desk.ask(&[&liar.node]);
    desk.open().unwrap();
    let call = UsageCall::Act { action: Action::Copy, comment: Comment::default() };
    let hers = desk.forged(INVENTED, PAST).of_violation(&call, &desk.fixture.keys, &mut OsRng).unwrap();
    desk.lay(&hers, true);
    liar.ledger().status = "retrieved";
    desk.fixture.ledger().status = "retrieved";
    desk.node = NodeClient::new(vec![liar.node.url(), desk.fixture.node.url()]).unwrap();
    for _ in 0..2 {
        let told = desk.read().unwrap_err();
        assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::WaitsForViolation }), "{told}");
        assert_eq!(desk.vault().owed_reports().unwrap().len(), 1);
    }
}

/// Deleting is permitted, and no copy.
fn with_delete() -> Terms {
    Terms { permitted: ActionSet::of(&[Action::Read, Action::Delete]), ..Terms::high() }
}

#[test]
fn a_lease_that_never_ends_as_a_laid_report_says_keeps_no_package_and_no_receipt_back() {
    for (is_owed, at) in [(true, PAST), (true, NEVER), (false, PAST), (false, NEVER)] {
        let laid = |terms| {
            let desk = Desk::new(terms);
            desk.open().unwrap();
            desk.lay(&desk.forged_at(at, INVENTED, NEVER), is_owed);
            desk
        };
        let desk = laid(with_delete());
        desk.agent().resume(&desk.fixture.package, None).unwrap().delete(Comment::default()).unwrap();
        assert!(!desk.fixture.package.exists(), "{is_owed} {at}");
        let desk = laid(Terms::high());
        desk.fixture.ledger().status = "retrieved";
        let told = desk.read().unwrap_err();
        assert!(matches!(told, SessionError::Retrieved { receipt: Receipt::Recorded(_) }), "{is_owed} {at}: {told}");
    }
}

#[test]
fn a_delete_that_cannot_come_to_its_end_for_what_others_laid_is_not_recorded() {
    for is_owed in [true, false] {
        let desk = Desk::new(with_delete());
        desk.open().unwrap();
        // a lease of which it cannot be seen yet that there is none
        desk.lay(&desk.forged_at(crate::clock::now(), INVENTED, NEVER), is_owed);
        let delete = || desk.agent().resume(&desk.fixture.package, None).unwrap().delete(Comment::default());
        for _ in 0..2 {
            let told = delete().unwrap_err();
            assert!(matches!(told, SessionError::ReportsUnproven { reports: 1, .. }), "{told}");
        }
        assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1)]);
        desk.fixture.ledger().ahead_ms = Terms::high().max_lease_ms + 11 * 60 * 1000;
        delete().unwrap();
        assert!(!desk.fixture.package.exists());
    }
}

#[test]
fn the_receipt_of_an_unsigned_session_that_was_destroyed_goes_out() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.fixture.ledger().status = "retrieved";
    desk.fixture.ledger().drops_reports = true;
    assert!(matches!(desk.read(), Err(SessionError::Retrieved { receipt: Receipt::WaitsForNode })));
    desk.as_before(|record| assert!(record.pending.is_some() && record.agent().is_none()));
    desk.fixture.ledger().drops_reports = false;
    let told = desk.read().unwrap_err();
    assert!(matches!(told, SessionError::Destroyed), "{told}");
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (ReportKind::Retrieved, 2)]);
}

#[test]
fn a_session_that_is_not_taken_keeps_no_report_back() {
    for opens in [false, true] {
        let desk = Desk::new(Terms::high());
        desk.open().unwrap();
        desk.feigned(&[Action::Copy]);
        std::fs::write(beside(&desk.fixture.package).join("session"), b"damaged").unwrap();
        let told = if opens { desk.open().unwrap_err() } else { desk.read().unwrap_err() };
        assert!(matches!(told, SessionError::Vault(VaultError::Foreign { .. })), "{told}");
        assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)], "{opens}");
    }
}

#[test]
fn an_unsigned_session_does_not_tell_which_reports_were_made_anew() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.as_before(|record| record.made_anew(Hash32::ZERO));
    assert!(desk.stored(|_| ()).anew.is_empty());
}
