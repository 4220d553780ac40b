//! The state machine of access.

use medshare_contract_abi::permissions::{
    PermissionCall, PermissionEffects, PermissionInput, PermissionOutcome, PermissionRecord, PermissionRejection,
    Status,
};
use medshare_contract_abi::{Action, ActionSet, ReportKind, Sensitivity};

use crate::guests::permit;

const EXPIRY_MS: u64 = 1_000;

/// From each status, what each call leads to: another status, or a rejection after `!`.
const TRANSITIONS: &str = "
             Granted     Opened      Regranted   Revoked     UnderReview Upheld      Retrieved
grant        !AlreadyGranted !AlreadyGranted !AlreadyGranted !AlreadyGranted !AlreadyGranted !AlreadyGranted !AlreadyGranted
open         Opened      Opened      Opened      !Revoked    !Revoked    !Revoked    !Final
open-late    !Expired    !Expired    !Expired    !Revoked    !Revoked    !Revoked    !Final
decrypted    Granted     Opened      Regranted   Revoked     UnderReview Upheld      Retrieved
read         Granted     Opened      Regranted   Revoked     UnderReview Upheld      Retrieved
copy         Revoked     Revoked     Revoked     Revoked     UnderReview Upheld      Retrieved
receipt      !NotRetrieved !NotRetrieved !NotRetrieved !NotRetrieved !NotRetrieved !NotRetrieved Retrieved
review       !NotRevoked !NotRevoked !NotRevoked UnderReview !AlreadyUnderReview !AlreadyDecided !Final
regrant      !NotUnderReview !NotUnderReview !NotUnderReview Regranted Regranted !AlreadyDecided !Final
regrant-late !NotUnderReview !NotUnderReview !NotUnderReview !Expired !Expired !AlreadyDecided !Final
uphold       !NotUnderReview !NotUnderReview !NotUnderReview Upheld Upheld !AlreadyDecided !Final
retrieve     Retrieved   Retrieved   Retrieved   Retrieved   Retrieved   Retrieved   !Final
revoke       Revoked     Revoked     Revoked     !Revoked    !Revoked    !Revoked    !Final
";

fn call(name: &str) -> (PermissionCall, u64) {
    let late = name.ends_with("-late");
    let call = match name.trim_end_matches("-late") {
        "grant" => grant(ActionSet::EMPTY, ActionSet::EMPTY, 0),
        "open" => PermissionCall::Open,
        "decrypted" => PermissionCall::Report(ReportKind::Decrypted),
        "read" => PermissionCall::Report(ReportKind::Action(Action::Read)),
        "copy" => PermissionCall::Report(ReportKind::Action(Action::Copy)),
        "receipt" => PermissionCall::Report(ReportKind::Retrieved),
        "review" => PermissionCall::Review,
        "regrant" => PermissionCall::Regrant,
        "uphold" => PermissionCall::Uphold,
        "retrieve" => PermissionCall::Retrieve { judges_all: true },
        "revoke" => PermissionCall::Revoke { reason: 7 },
        other => panic!("no call is named {other}"),
    };
    (call, if late { EXPIRY_MS } else { EXPIRY_MS - 1 })
}

fn grant(violations_mask: ActionSet, exempt: ActionSet, expires_at_ms: u64) -> PermissionCall {
    PermissionCall::Grant { sensitivity: Sensitivity::Low, violations_mask, exempt, expires_at_ms }
}

fn record(status: Status) -> PermissionRecord {
    PermissionRecord {
        status,
        sensitivity: Sensitivity::High,
        violations_mask: ActionSet::of(&[Action::Copy, Action::Move]),
        exempt: ActionSet::EMPTY,
        expires_at_ms: EXPIRY_MS,
        openings: 3,
        reports: 5,
        violations: 1,
        undecided: 0,
        destroyed: false,
    }
}

fn applied(record: PermissionRecord, call: PermissionCall) -> (PermissionRecord, PermissionEffects) {
    match permit(PermissionInput { record: Some(record), call, now_ms: 1 }) {
        PermissionOutcome::Applied { record, effects } => (record, effects),
        PermissionOutcome::Rejected(rejection) => panic!("rejected: {rejection:?}"),
    }
}

fn granted(call: PermissionCall, now_ms: u64) -> PermissionOutcome {
    permit(PermissionInput { record: None, call, now_ms })
}

#[test]
fn every_call_leads_from_every_status_where_the_table_says() {
    let mut lines = TRANSITIONS.lines().filter(|line| !line.is_empty());
    let columns: Vec<Status> = lines
        .next()
        .unwrap()
        .split_whitespace()
        .map(|name| *Status::ALL.iter().find(|status| format!("{status:?}") == name).unwrap())
        .collect();
    assert_eq!(columns.len(), Status::ALL.len());
    for line in lines {
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(cells.len(), columns.len() + 1, "{line}");
        for (status, expected) in columns.iter().zip(&cells[1..]) {
            let (call, now_ms) = call(cells[0]);
            let found = match permit(PermissionInput { record: Some(record(*status)), call, now_ms }) {
                PermissionOutcome::Applied { record, .. } => format!("{:?}", record.status),
                PermissionOutcome::Rejected(rejection) => format!("!{rejection:?}"),
            };
            assert_eq!(&found, expected, "{} from {status:?}", cells[0]);
        }
    }
}

#[test]
fn nothing_but_a_grant_works_without_a_permission() {
    for name in ["open", "read", "receipt", "review", "regrant", "uphold", "retrieve", "revoke"] {
        let outcome = granted(call(name).0, 1);
        assert_eq!(outcome, PermissionOutcome::Rejected(PermissionRejection::NotGranted), "{name}");
    }
}

#[test]
fn a_grant_starts_with_its_terms_and_empty_counters() {
    let mask = ActionSet::of(&[Action::Copy]);
    let exempt = ActionSet::of(&[Action::Read]);
    let PermissionOutcome::Applied { record, effects } = granted(grant(mask, exempt, 9), 8) else {
        panic!("a grant under good terms holds");
    };
    let expected = PermissionRecord {
        status: Status::Granted,
        sensitivity: Sensitivity::Low,
        violations_mask: mask,
        exempt,
        expires_at_ms: 9,
        openings: 0,
        reports: 0,
        violations: 0,
        undecided: 0,
        destroyed: false,
    };
    assert_eq!((record, effects), (expected, PermissionEffects::default()));
}

#[test]
fn a_grant_needs_terms_that_agree_with_each_other_and_with_the_time() {
    let copy = ActionSet::of(&[Action::Copy]);
    let rejected = PermissionOutcome::Rejected;
    assert_eq!(granted(grant(copy, copy, 0), 1), rejected(PermissionRejection::InconsistentTerms));
    assert_eq!(granted(grant(copy, ActionSet::EMPTY, 9), 9), rejected(PermissionRejection::Expired));
}

#[test]
fn a_violation_ends_access_wherever_its_package_stands_and_waits_for_a_decision() {
    let copied = PermissionCall::Report(ReportKind::Action(Action::Copy));
    for status in Status::ALL {
        let (once, effects) = applied(record(*status), copied);
        assert!(effects.revoke_access && !once.status.is_live(), "{status:?}");
        assert_eq!((once.reports, once.violations, once.undecided), (6, 2, 1));
        let (twice, effects) = applied(once, copied);
        assert!(effects.revoke_access, "{status:?}");
        assert_eq!((twice.status, twice.reports, twice.violations, twice.undecided), (once.status, 7, 3, 2));
    }
}

#[test]
fn a_violation_after_the_decision_is_taken_note_of_and_nothing_opens_again() {
    for status in [Status::Upheld, Status::Retrieved] {
        let open = PermissionRecord { undecided: 2, ..record(status) };
        assert_eq!(applied(open, PermissionCall::Uphold), (record(status), PermissionEffects::default()));
        for call in [PermissionCall::Review, PermissionCall::Regrant] {
            let outcome = permit(PermissionInput { record: Some(open), call, now_ms: 1 });
            assert!(matches!(outcome, PermissionOutcome::Rejected(_)), "{call:?} from {status:?}");
        }
    }
}

#[test]
fn a_decision_ends_the_waiting_of_what_its_owner_has_looked_at() {
    let open = |status| PermissionRecord { undecided: 2, ..record(status) };
    for call in [PermissionCall::Regrant, PermissionCall::Uphold, PermissionCall::Retrieve { judges_all: true }] {
        assert_eq!(applied(open(Status::Revoked), call).0.undecided, 0, "{call:?}");
    }
    for call in [PermissionCall::Review, PermissionCall::Retrieve { judges_all: false }] {
        assert_eq!(applied(open(Status::Revoked), call).0.undecided, 2, "{call:?}");
    }
}

#[test]
fn an_allowed_report_is_counted_and_changes_nothing_else() {
    let (after, effects) = applied(record(Status::Opened), PermissionCall::Report(ReportKind::Action(Action::Read)));
    assert_eq!(
        (after, effects),
        (PermissionRecord { reports: 6, ..record(Status::Opened) }, PermissionEffects::default())
    );
}

#[test]
fn a_regranted_package_opens_again_and_keeps_its_history() {
    let (regranted, effects) = applied(record(Status::UnderReview), PermissionCall::Regrant);
    assert!(!effects.revoke_access);
    let (opened, _) = applied(regranted, PermissionCall::Open);
    assert_eq!((opened.status, opened.openings, opened.violations), (Status::Opened, 4, 1));
}

#[test]
fn retrieving_ends_access_and_the_receipt_of_destruction_is_kept() {
    let (retrieved, effects) = applied(record(Status::Opened), PermissionCall::Retrieve { judges_all: true });
    assert!(effects.revoke_access && !retrieved.destroyed);
    let (destroyed, effects) = applied(retrieved, PermissionCall::Report(ReportKind::Retrieved));
    assert!(destroyed.destroyed && destroyed.status == Status::Retrieved);
    assert_eq!(effects, PermissionEffects::default());
    let (_, effects) = applied(record(Status::Upheld), PermissionCall::Retrieve { judges_all: true });
    assert!(!effects.revoke_access, "access was gone before");
}

#[test]
fn an_owners_wish_revokes_access_also_when_the_time_is_over() {
    for expires_at_ms in [EXPIRY_MS, 1] {
        let record = PermissionRecord { expires_at_ms, ..record(Status::Opened) };
        assert!(applied(record, PermissionCall::Revoke { reason: 1 }).1.revoke_access);
    }
}

#[test]
fn a_live_permission_expires_by_itself() {
    for status in Status::ALL {
        let record = record(*status);
        assert!(!record.is_expired(EXPIRY_MS - 1));
        assert_eq!(record.is_expired(EXPIRY_MS), status.is_live(), "{status:?}");
        assert!(!PermissionRecord { expires_at_ms: 0, ..record }.is_expired(u64::MAX));
    }
}

#[test]
fn counters_stop_at_their_end() {
    let full = PermissionRecord {
        openings: u32::MAX,
        reports: u32::MAX,
        violations: u32::MAX,
        undecided: u32::MAX,
        ..record(Status::Opened)
    };
    assert_eq!(applied(full, PermissionCall::Open).0, full);
    let (after, _) = applied(full, PermissionCall::Report(ReportKind::Action(Action::Copy)));
    assert_eq!((after.reports, after.violations, after.undecided), (u32::MAX, u32::MAX, u32::MAX));
}
