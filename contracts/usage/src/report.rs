//! What the contract asks its host to do: tell the owner, and withdraw access.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use medshare_contract_abi::ReportKind;
use medshare_contract_abi::usage::{Comment, ReportBody, Statement, UsageEffect, UsageState};

/// The paper's `retrieve`, `encrypt` and `report`: fetch the key, seal the report, send it. The report takes the next number,
/// which the state behind it remembers; `None` when no number is left.
#[must_use]
pub fn report(
    state: UsageState,
    kind: ReportKind,
    violation: bool,
    comment: &Comment,
) -> Option<(UsageState, Vec<UsageEffect>)> {
    let sequence = state.sequence.checked_add(1)?;
    let body = ReportBody { kind, sequence, violation, comment: comments(kind, violation, comment) };
    let effects = vec![UsageEffect::RetrieveKey, UsageEffect::Encrypt, UsageEffect::Report(body)];
    Some((UsageState { sequence, ..state }, effects))
}

/// The paper's `accessControl`: let nobody at the data any more.
#[must_use]
pub fn access_control() -> Vec<UsageEffect> {
    vec![UsageEffect::RefuseAccess]
}

/// The paper's comments: what happened in the contract's words, and the requestor's own behind them.
#[must_use]
pub fn comments(kind: ReportKind, violation: bool, comment: &Comment) -> Statement {
    let mut text = String::from(kind.statement());
    if violation {
        text.push_str(": violation");
    }
    if !comment.is_empty() {
        text.push_str("; comment: ");
        text.push_str(comment.as_str());
    }
    Statement::cut(text)
}
