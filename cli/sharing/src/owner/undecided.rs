//! Which decisions are open: what can no longer be decided is told before anybody is asked anything.

use medshare_agent::client::is_of_now;
use medshare_cli_terminal::{Exit, Failure};
use medshare_contract_abi::permissions::PermissionRejection;
use medshare_ledger::entry::Decision;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::permission_proof::PermissionStanding;
use medshare_ledger::rejection::Rejection;

/// Goes on where the package stands so that this can be decided; none is an end by the owner's own wish. Only what is proven to be so now keeps a
/// decision from being made: an old proof shows an end that was taken back since. The ledger has the last word, and the first where the status is
/// unknown here.
///
/// # Errors
/// As the ledger would reject it.
pub fn still_open(
    decision: Option<Decision>,
    standing: &PermissionStanding,
    facts: &NetworkFacts,
) -> Result<(), Failure> {
    let proven = standing.permission.zip(standing.word()).filter(|_| is_of_now(facts, standing.time));
    proven.and_then(|(permission, status)| closed(decision, status, permission.undecided)).map_or(Ok(()), Err)
}

/// Whether access to a package has ended.
pub fn has_ended(standing: &PermissionStanding) -> bool {
    standing.permission.is_some_and(|permission| !permission.status.is_live())
}

fn closed(decision: Option<Decision>, status: &str, undecided: u32) -> Option<Failure> {
    let (rejection, hint) = rejection(decision, status, undecided)?;
    let rejection = Rejection::Permission(rejection);
    let message = format!("the decision would not count: {rejection}; the package is {status}, and nothing was sent");
    let failure = Failure::new(Exit::Refused, "rejected", message).hint(hint);
    Some(failure.detail("rejection", rejection.code()).detail("status", status))
}

/// Why the contract on the ledger would reject it, and what can be done.
fn rejection(decision: Option<Decision>, status: &str, undecided: u32) -> Option<(PermissionRejection, &'static str)> {
    let is_noted = matches!(decision, Some(Decision::Uphold)) && undecided > 0;
    Some(match (decision, status) {
        (Some(Decision::Retrieve), "retrieved") => {
            (PermissionRejection::Final, "nothing is to be done: the agent destroys its keys the next time it is used")
        }
        (Some(Decision::Retrieve), _) => return None,
        (_, "upheld" | "retrieved") if is_noted => return None,
        (_, "retrieved") => (PermissionRejection::Final, "its requestor can request the data again"),
        (None, "revoked" | "under-review" | "upheld") => (
            PermissionRejection::Revoked,
            "nothing is to be done; `medshare owner review` with --decision retrieve takes the data back",
        ),
        (None, _) => return None,
        (Some(_), "upheld") => (
            PermissionRejection::AlreadyDecided,
            "it stays so: its requestor can request the data again, or --decision retrieve takes it back",
        ),
        (Some(Decision::Review), "under-review") => {
            (PermissionRejection::AlreadyUnderReview, "decide with --decision regrant, uphold or retrieve")
        }
        (Some(Decision::Review), "re-granted") => (PermissionRejection::NotRevoked, GIVEN_BACK),
        (Some(_), "re-granted") => (PermissionRejection::NotUnderReview, GIVEN_BACK),
        (Some(Decision::Review), "granted" | "opened" | "expired") => (PermissionRejection::NotRevoked, STANDS),
        (Some(_), "granted" | "opened" | "expired") => (PermissionRejection::NotUnderReview, STANDS),
        _ => return None,
    })
}

/// What can be done about a package of which access was not taken away.
const STANDS: &str =
    "access to it was not taken away: `medshare owner revoke` does that, and --decision retrieve takes the data back";

/// The same where a decision gave it back: whoever decides so again has nothing left to do.
const GIVEN_BACK: &str = "a decision has given access back already, and nothing is to be done: `medshare owner revoke` ends it again, and --decision \
     retrieve takes the data back";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_decided_is_told_before_anybody_is_asked() {
        use Decision::{Regrant, Retrieve, Review, Uphold};
        use PermissionRejection as No;
        const LIVE: [&str; 4] = ["granted", "opened", "re-granted", "expired"];
        let told = |decision, status, undecided| rejection(decision, status, undecided).map(|(rejection, _)| rejection);
        for status in LIVE {
            assert_eq!(told(Some(Review), status, 0), Some(No::NotRevoked), "{status}");
            assert_eq!(told(Some(Regrant), status, 0), Some(No::NotUnderReview), "{status}");
            assert_eq!(told(Some(Uphold), status, 0), Some(No::NotUnderReview), "{status}");
            assert_eq!((told(Some(Retrieve), status, 0), told(None, status, 0)), (None, None), "{status}");
        }
        let again = rejection(Some(Regrant), "re-granted", 0).map(|(_, hint)| hint);
        assert!(again.is_some_and(|hint| hint.contains("given access back already")), "{again:?}");
        for (status, review, regrant, uphold, retrieve, revoke) in [
            ("revoked", None, None, None, None, Some(No::Revoked)),
            ("under-review", Some(No::AlreadyUnderReview), None, None, None, Some(No::Revoked)),
            (
                "upheld",
                Some(No::AlreadyDecided),
                Some(No::AlreadyDecided),
                Some(No::AlreadyDecided),
                None,
                Some(No::Revoked),
            ),
            ("retrieved", Some(No::Final), Some(No::Final), Some(No::Final), Some(No::Final), Some(No::Final)),
            ("a status of tomorrow", None, None, None, None, None),
        ] {
            let all = [Some(Review), Some(Regrant), Some(Uphold), Some(Retrieve), None];
            assert_eq!(all.map(|one| told(one, status, 0)), [review, regrant, uphold, retrieve, revoke], "{status}");
        }
        for status in ["upheld", "retrieved"] {
            assert_eq!(told(Some(Uphold), status, 1), None, "a violation came after it: {status}");
            assert!(told(Some(Regrant), status, 1).is_some(), "{status}");
        }
    }
}
