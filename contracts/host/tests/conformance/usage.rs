//! What the contract inside a package makes of what is done with the data.

use medshare_contract_abi::usage::{
    Comment, Decision, RefusalCode, UsageCall, UsageEffect, UsageInput, UsageOutcome, UsageParameters, UsageState,
};
use medshare_contract_abi::{Action, ActionSet, ReportKind, Sensitivity};

use crate::guests::watch;

const EXPIRY_MS: u64 = 1_000;
const OPEN: UsageState = UsageState { sequence: 4, opened: true, withdrawn: false, destroyed: false };

fn input(state: UsageState, call: UsageCall) -> UsageInput {
    let parameters = UsageParameters {
        package: [1; 32],
        owner: [2; 16],
        requestor: [3; 16],
        sensitivity: Sensitivity::High,
        permitted: ActionSet::of(&[Action::Read, Action::Write]),
        exempt: ActionSet::of(&[Action::Read, Action::Copy]),
        purpose: 5,
        expires_at_ms: EXPIRY_MS,
    };
    UsageInput { parameters, state, call, now_ms: EXPIRY_MS - 1 }
}

fn act(state: UsageState, action: Action) -> UsageInput {
    input(state, UsageCall::Act { action, comment: Comment::default() })
}

fn refusal(outcome: &UsageOutcome) -> Option<RefusalCode> {
    match outcome.decision {
        Decision::Allow => None,
        Decision::Refuse(code) => Some(code),
    }
}

fn says(outcome: &UsageOutcome) -> Option<&str> {
    outcome.report().map(|report| report.comment.as_str())
}

#[test]
fn every_opening_is_reported_as_decrypted_data() {
    for state in [UsageState::default(), OPEN, UsageState { withdrawn: true, ..OPEN }] {
        let outcome = watch(&input(state, UsageCall::Opened));
        let sequence = state.sequence + 1;
        assert_eq!(outcome.decision, Decision::Allow);
        assert_eq!(outcome.state, UsageState { sequence, opened: true, withdrawn: false, destroyed: false });
        let report = outcome.report().unwrap();
        assert_eq!((report.kind, report.sequence, report.violation), (ReportKind::Decrypted, sequence, false));
        assert_eq!(says(&outcome), Some("decrypted data"));
    }
}

#[test]
fn a_report_fetches_the_key_then_seals_then_sends() {
    let outcome = watch(&act(OPEN, Action::Read));
    assert!(matches!(
        outcome.effects.as_slice(),
        [UsageEffect::RetrieveKey, UsageEffect::Encrypt, UsageEffect::Report(_)]
    ));
}

#[test]
fn high_sensitivity_reports_every_action_and_low_only_what_is_not_exempt() {
    for (sensitivity, action, reported) in [
        (Sensitivity::High, Action::Read, true),
        (Sensitivity::High, Action::Write, true),
        (Sensitivity::Low, Action::Read, false),
        (Sensitivity::Low, Action::Write, true),
    ] {
        let mut input = act(OPEN, action);
        input.parameters.sensitivity = sensitivity;
        let outcome = watch(&input);
        assert_eq!(outcome.decision, Decision::Allow);
        assert_eq!(outcome.report().is_some(), reported, "{action:?} at {sensitivity:?}");
        assert_eq!(outcome.state.sequence, OPEN.sequence + u32::from(reported));
    }
}

#[test]
fn what_is_not_permitted_is_refused_and_reported_and_ends_access() {
    for sensitivity in [Sensitivity::High, Sensitivity::Low] {
        for action in [Action::Delete, Action::Duplicate, Action::Move, Action::Copy] {
            let mut input = act(OPEN, action);
            input.parameters.sensitivity = sensitivity;
            let outcome = watch(&input);
            assert_eq!(refusal(&outcome), Some(RefusalCode::NotPermitted));
            assert!(outcome.state.withdrawn);
            assert_eq!(outcome.effects.last(), Some(&UsageEffect::RefuseAccess));
            let report = outcome.report().unwrap();
            assert_eq!((report.kind, report.violation), (ReportKind::Action(action), true));
        }
    }
    assert_eq!(says(&watch(&act(OPEN, Action::Copy))), Some("data copied: violation"));
}

#[test]
fn a_comment_stands_behind_the_contracts_statement() {
    let comment = Comment::new("for the monthly table").unwrap();
    let outcome = watch(&input(OPEN, UsageCall::Act { action: Action::Move, comment }));
    assert_eq!(says(&outcome), Some("data moved: violation; comment: for the monthly table"));
}

#[test]
fn the_longest_comment_fits_into_the_report() {
    let comment = Comment::new("ü".repeat(128)).unwrap();
    let text = comment.as_str().to_owned();
    let outcome = watch(&input(OPEN, UsageCall::Act { action: Action::Duplicate, comment }));
    assert_eq!(says(&outcome), Some(format!("data duplicated: violation; comment: {text}").as_str()));
}

#[test]
fn after_a_violation_even_a_permitted_action_is_refused_and_another_violation_is_reported() {
    let withdrawn = UsageState { withdrawn: true, ..OPEN };
    let read = watch(&act(withdrawn, Action::Read));
    assert_eq!((refusal(&read), read.report()), (Some(RefusalCode::Withdrawn), None));
    let copy = watch(&act(withdrawn, Action::Copy));
    assert_eq!(refusal(&copy), Some(RefusalCode::NotPermitted));
    assert_eq!(copy.report().map(|report| report.sequence), Some(OPEN.sequence + 1));
}

#[test]
fn nothing_can_be_done_before_opening_or_after_expiry() {
    let unopened = watch(&act(UsageState::default(), Action::Read));
    assert_eq!(refusal(&unopened), Some(RefusalCode::NotOpened));
    for call in [UsageCall::Opened, UsageCall::Act { action: Action::Read, comment: Comment::default() }] {
        let late = watch(&UsageInput { now_ms: EXPIRY_MS, ..input(OPEN, call) });
        assert_eq!((refusal(&late), late.report()), (Some(RefusalCode::Expired), None));
        assert_eq!(late.effects, [UsageEffect::RefuseAccess]);
    }
}

#[test]
fn retrieving_destroys_before_it_reports_and_is_final() {
    let outcome = watch(&input(OPEN, UsageCall::Retrieve));
    assert_eq!(outcome.decision, Decision::Allow);
    assert_eq!(outcome.effects[..2], [UsageEffect::RefuseAccess, UsageEffect::DestroyKeys]);
    assert_eq!(outcome.report().map(|report| report.kind), Some(ReportKind::Retrieved));
    assert_eq!(says(&outcome), Some("data destroyed"));
    for call in
        [UsageCall::Opened, UsageCall::Retrieve, UsageCall::Act { action: Action::Read, comment: Comment::default() }]
    {
        let after = watch(&input(outcome.state, call));
        assert_eq!((refusal(&after), after.report()), (Some(RefusalCode::Destroyed), None));
        assert_eq!(after.state, outcome.state);
    }
}

#[test]
fn without_a_number_for_its_report_nothing_is_allowed() {
    let last = UsageState { sequence: u32::MAX, ..OPEN };
    let read = watch(&act(last, Action::Read));
    assert_eq!(refusal(&read), Some(RefusalCode::ReportsExhausted));
    assert!(read.state.withdrawn);
    let copy = watch(&act(last, Action::Copy));
    assert_eq!((refusal(&copy), copy.report()), (Some(RefusalCode::NotPermitted), None));
    let retrieved = watch(&input(last, UsageCall::Retrieve));
    assert_eq!(refusal(&retrieved), Some(RefusalCode::ReportsExhausted));
    assert!(retrieved.effects.contains(&UsageEffect::DestroyKeys));
}
