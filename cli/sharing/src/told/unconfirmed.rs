//! What was handed in and is proven by nobody.
//!
//! Mostly nothing is known then. Where every node that proves how the ledger stands refuses it for good, that is what they say, and told as that.

use super::node::{next_after, refusals};
use medshare_agent::client::{ClientError, Said, Unproven};
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Exit, Failure};
use medshare_ledger::rejection::Rejection;

/// The failure to bring this entry onto the ledger, in the words of `text`.
pub fn unconfirmed(entry: &str, unproven: &Unproven, said: &[Said], text: &str) -> Failure {
    let failure = match refused_by_all(unproven, said) {
        Some((rejection, words)) => {
            let message = format!("{} say that it is refused for good, and no proof shows it: {words}", unproven.before.join(", "));
            let hint = rejection.and_then(|rejection| next_after(rejection.code())).map_or_else(String::new, |hint| format!("{hint}; "));
            let failure = Failure::new(Exit::Refused, "rejected", line(&message)).detail("as_told_by", unproven.before.clone());
            let failure = match rejection {
                Some(rejection) => failure.detail("rejection", rejection.code()),
                None => failure,
            };
            failure.hint(format!("{hint}it is the word of these nodes, who prove how the ledger stands: with more nodes (--node) you hear others"))
        }
        None => Failure::new(Exit::Unreachable, "entry-unproven", line(text)).hint(
            "whether it counts is not known: name more nodes with --node, and do it again in a moment; where it stays so, the network decides nothing now (`medshare network status DIR`), or nodes lie: tell their operators",
        ),
    };
    failure
        .detail("entry", entry)
        .detail("not_asked", unproven.unasked.clone())
        .detail("not_shown_by", unproven.before.clone())
        .detail("refused_by", refusals(said))
}

/// The first refusal for good, and its words, where every node that proves a state refuses so.
fn refused_by_all(unproven: &Unproven, said: &[Said]) -> Option<(Option<Rejection>, String)> {
    let of = |node: &String| {
        let refusal = said.iter().find(|said| said.node == *node)?.refusal.as_ref()?;
        Some((for_good(refusal)?, refusal.to_string()))
    };
    let refusals: Option<Vec<_>> = unproven.before.iter().map(of).collect();
    refusals?.into_iter().next()
}

/// The rejection of an entry that stays so, as far as there is a name for it.
fn for_good(refusal: &ClientError) -> Option<Option<Rejection>> {
    let rejection = match refusal {
        ClientError::Rejected { status } => Rejection::from_code(status.code),
        ClientError::Refused { error, .. } if error.code == "rejected" => {
            Rejection::ALL.iter().copied().find(|rejection| rejection.to_string() == error.message)
        }
        _ => return None,
    };
    let is_for_now = rejection.is_some_and(|rejection| rejection == Rejection::Outdated || rejection.is_too_early());
    (!is_for_now).then_some(rejection)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use medshare_exchange::api::ApiError;

    fn says(node: &str, code: &str, message: &str) -> Said {
        let error = Box::new(ApiError::new(code, message));
        let refusal = ClientError::Refused { node: "http://127.0.0.1:1".parse().unwrap(), status: 400, error };
        Said { node: node.to_owned(), refusal: Some(refusal) }
    }

    #[test]
    fn what_all_that_prove_a_state_refuse_for_good_is_told_with_its_reason_as_their_word() {
        let full = Rejection::TooManyAttributes;
        let unproven = Unproven { unasked: vec!["c".to_owned()], before: vec!["a".to_owned(), "b".to_owned()] };
        let told =
            |second: Said| unconfirmed("e", &unproven, &[says("a", "rejected", &full.to_string()), second], "unproven");
        let refused = told(says("b", "rejected", "in other words"));
        assert_eq!((refused.exit(), refused.code()), (Exit::Refused, "rejected"));
        let details = &refused.document()["error"]["details"];
        assert_eq!((&details["rejection"], &details["as_told_by"]), (&full.code().into(), &vec!["a", "b"].into()));
        assert!(refused.to_string().contains(&full.to_string()), "{refused}");
        // one that proves a state and says something else, or that it is done, is enough: nothing is known then
        for other in [says("b", "expired", "too late"), Said { node: "b".to_owned(), refusal: None }] {
            assert_eq!(told(other).code(), "entry-unproven");
        }
        let nobody = Unproven { unasked: vec!["a".to_owned()], before: Vec::new() };
        let told = unconfirmed("e", &nobody, &[says("a", "rejected", &full.to_string())], "unproven");
        assert_eq!(told.code(), "entry-unproven", "who proves nothing says what it likes");
    }
}
