//! The contract that travels in a package: the smart contract of MeDShare (Xia et al. 2017), which decides about and reports
//! what is done with the data.
//!
//! | paper | here |
//! |---|---|
//! | `getAction` | [`get_action`]: tells the six actions apart and judges the one at hand |
//! | sensitivity high, low | whether [`report`] is asked for: high reports everything, low what is not exempt |
//! | `retrieve(key)`, `encrypt`, `report` | the three effects of [`report`], in this order |
//! | `accessControl` | [`access_control`]: the effect that withdraws access |
//! | comments | [`comments`]: the statement in words, the requestor's own behind it |
//!
//! Departure: the owner's *retrieve* (of the data, not of a key) is a call here, because the receipt of its destruction is a
//! report too.
#![no_std]

extern crate alloc;

mod report;

use alloc::vec;

use medshare_contract_abi::usage::{
    Comment, Decision, RefusalCode, UsageCall, UsageEffect, UsageInput, UsageOutcome, UsageState,
};
use medshare_contract_abi::{Action, ReportKind, Sensitivity};

pub use report::{access_control, comments, report};

#[cfg(target_arch = "wasm32")]
medshare_contract_guest::contract!(crate::decide);

/// Decides about one call.
#[must_use]
pub fn decide(input: &UsageInput) -> UsageOutcome {
    if input.state.destroyed {
        return refuse(input.state, RefusalCode::Destroyed);
    }
    match &input.call {
        UsageCall::Opened => opened(input),
        UsageCall::Act { action, comment } => get_action(input, *action, comment),
        UsageCall::Retrieve => retrieve(input),
    }
}

/// An opening that the ledger recorded: access is there again, and the owner hears "decrypted data".
fn opened(input: &UsageInput) -> UsageOutcome {
    if input.parameters.is_over(input.now_ms) {
        return refuse(input.state, RefusalCode::Expired);
    }
    let state = UsageState { opened: true, withdrawn: false, ..input.state };
    allow_and_report(state, ReportKind::Decrypted, &Comment::default())
}

/// The paper's `getAction`. What is not permitted is a violation, whether access is still there or not; what is permitted
/// passes while the package is open, and is reported unless it is exempt.
#[must_use]
pub fn get_action(input: &UsageInput, action: Action, comment: &Comment) -> UsageOutcome {
    let UsageInput { parameters, state, .. } = input;
    let state = *state;
    if !state.opened {
        refuse(state, RefusalCode::NotOpened)
    } else if !parameters.permitted.contains(action) {
        violation(state, action, comment)
    } else if state.withdrawn {
        refuse(state, RefusalCode::Withdrawn)
    } else if parameters.is_over(input.now_ms) {
        refuse(state, RefusalCode::Expired)
    } else if parameters.sensitivity == Sensitivity::Low && parameters.exempt.contains(action) {
        UsageOutcome { state, decision: Decision::Allow, effects: vec![] }
    } else {
        allow_and_report(state, ReportKind::Action(action), comment)
    }
}

/// A violation is refused and reported, and access ends. It ends without a report when no number is left for one.
fn violation(state: UsageState, action: Action, comment: &Comment) -> UsageOutcome {
    let state = UsageState { withdrawn: true, ..state };
    match report(state, ReportKind::Action(action), true, comment) {
        Some((state, mut effects)) => {
            effects.extend(access_control());
            UsageOutcome { state, decision: Decision::Refuse(RefusalCode::NotPermitted), effects }
        }
        None => refuse(state, RefusalCode::NotPermitted),
    }
}

/// The owner calls the data back: access ends and the keys are destroyed, then the receipt is made.
fn retrieve(input: &UsageInput) -> UsageOutcome {
    let state = UsageState { opened: false, withdrawn: true, destroyed: true, ..input.state };
    let mut effects = access_control();
    effects.push(UsageEffect::DestroyKeys);
    match report(state, ReportKind::Retrieved, false, &Comment::default()) {
        Some((state, receipt)) => {
            effects.extend(receipt);
            UsageOutcome { state, decision: Decision::Allow, effects }
        }
        None => UsageOutcome { state, decision: Decision::Refuse(RefusalCode::ReportsExhausted), effects },
    }
}

/// It may happen, and the owner hears of it. When no number is left for the report it may not, now or later.
fn allow_and_report(state: UsageState, kind: ReportKind, comment: &Comment) -> UsageOutcome {
    match report(state, kind, false, comment) {
        Some((state, effects)) => UsageOutcome { state, decision: Decision::Allow, effects },
        None => refuse(UsageState { withdrawn: true, ..state }, RefusalCode::ReportsExhausted),
    }
}

/// It may not happen, and there is no report to make of it.
fn refuse(state: UsageState, code: RefusalCode) -> UsageOutcome {
    UsageOutcome { state, decision: Decision::Refuse(code), effects: access_control() }
}
