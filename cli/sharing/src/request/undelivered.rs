//! Why a request did not lead to a package here.

use super::asked::Asked;
use crate::Context;
use crate::told::Told;
use medshare_agent::client::{ClientError, Unproven};
use medshare_agent::request::{FetchError, RequestError};
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Exit, Failure};

/// What a node says to a key that is not that of whoever asked.
const NOT_THE_REQUESTOR: &str = "not-the-requestor";

/// What a node says that does not have a package yet.
const NOT_THERE_YET: [&str; 2] = ["processing", "not-found"];

/// The failure that a file is not the package that was asked for, or that nobody knows.
pub fn not_it(error: &FetchError) -> Failure {
    let (exit, code) = match error {
        FetchError::OtherBlock { .. } => (Exit::Verification, "other-block"),
        FetchError::Unproven(_) => (Exit::Unreachable, "answer-unproven"),
        _ => (Exit::Verification, "other-package"),
    };
    let failure = Failure::new(exit, code, line(&error.to_string()));
    match error {
        FetchError::Unproven(Unproven { unasked, before }) => {
            failure.detail("not_asked", unasked.clone()).detail("not_shown_by", before.clone())
        }
        _ => failure,
    }
}

/// A request that was taken and did not lead to a package here.
pub fn not_delivered(context: &Context, error: RequestError, asked: &Asked<'_>) -> Failure {
    let (waits, is_away) = match &error {
        RequestError::Node(error) => (may_still_come(error), error.is_unreachable()),
        RequestError::Undecided { .. } | RequestError::StillProcessing { .. } => (true, false),
        RequestError::Refused { .. } => (false, false),
    };
    let is_anothers = matches!(&error, RequestError::Node(error) if error.code() == Some(NOT_THE_REQUESTOR));
    let failure = error.told().detail("request", asked.request.to_string());
    if is_anothers {
        return failure.hint("--key names the key that the data was requested with; --signed FILE does without it");
    }
    if !waits {
        return failure;
    }
    let question = if is_away { "is a node running? " } else { "" };
    failure.hint(format!("{question}{}", asked.where_it_is(context)))
}

/// Whether the package may come all the same: no node could be asked, or it was not there yet. A refusal is an end.
fn may_still_come(error: &ClientError) -> bool {
    let is_refused = matches!(error, ClientError::Refused { .. });
    !is_refused || error.is_unreachable() || error.code().is_some_and(|code| NOT_THERE_YET.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use medshare_ledger::id::BlockId;

    #[test]
    fn a_package_of_another_block_has_a_word_of_its_own() {
        let node = || "http://127.0.0.1:1".to_owned();
        let block = BlockId::from_bytes([1; 32]);
        let of_another = FetchError::OtherBlock { node: node(), block, answered: BlockId::from_bytes([2; 32]) };
        assert_eq!((not_it(&of_another).code(), not_it(&of_another).exit()), ("other-block", Exit::Verification));
        assert!(not_it(&of_another).to_string().contains("is not kept"));
        let other = FetchError::OtherRequest { node: node(), answers: medshare_crypto::hash::Hash32::ZERO };
        assert_eq!(not_it(&other).code(), "other-package");
        let unproven = not_it(&FetchError::Unproven(Unproven { unasked: vec![node()], before: vec![] }));
        assert_eq!((unproven.code(), unproven.exit()), ("answer-unproven", Exit::Unreachable));
        assert!(unproven.to_string().contains(&node()), "who gave no proof is named: {unproven}");
    }
}
