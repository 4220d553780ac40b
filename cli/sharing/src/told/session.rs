//! Failures of opening and using packages.

use super::Told;
use crate::waiting::Again;
use medshare_agent::client::ClientError;
use medshare_agent::session::{Receipt, SessionError};
use medshare_agent::vault::VaultError;
use medshare_cli_terminal::{Exit, Failure};
use medshare_contract_abi::usage::RefusalCode;
use medshare_exchange::package::PackageError;
use medshare_node_causes::with_causes;

impl Told for SessionError {
    fn told(self) -> Failure {
        let text = with_causes(&self);
        let failure = |exit, code: &str| Failure::new(exit, code, text.clone());
        match self {
            Self::Node(error) => error.told(),
            Self::Package(error) => package(&error, text),
            Self::Read { .. } | Self::Output(_) => failure(Exit::Failure, "file"),
            Self::Unprepared { .. } => failure(Exit::Failure, "output"),
            Self::UnknownNode => failure(Exit::Verification, "unknown-node"),
            Self::Terms(_) => failure(Exit::Verification, "other-terms")
                .hint("do not use it, and tell its owner; if --genesis is right, the node that made it is broken or dishonest"),
            Self::Transform => failure(Exit::Verification, "wrong-transform")
                .hint("ask another node with --node; the one that answered is broken or dishonest"),
            Self::NotYours => {
                failure(Exit::Key, "not-yours").hint("--key names the key that the data was requested with")
            }
            Self::Vault(VaultError::Unfit { .. }) => failure(Exit::Failure, "session-folder").hint(
                "whoever made it may mean harm: take the package to a folder of your own, or name one for sessions with --vault",
            ),
            Self::Vault(VaultError::DamagedReport { .. }) => failure(Exit::Failure, "report-damaged").hint(DAMAGED),
            Self::Vault(_) => {
                failure(Exit::Failure, "session").hint("if it cannot be brought back, remove the file `session` in that folder and open the package again: reports beside it are handed in, and the ledger shows that the opening names none before it")
            }
            Self::NotOpened => failure(Exit::Refused, "not-opened").hint(
                "`medshare package open` opens it; if you have opened it already, --vault names the folder of its session, which has the name that the package had then",
            ),
            Self::LeaseOver => {
                failure(Exit::Refused, "lease-over").hint("`medshare package open` opens the package again")
            }
            Self::Contract(_) | Self::Call(_) | Self::Misbehaves { .. } => {
                failure(Exit::Failure, "contract").hint("tell the owner: the contract in this package cannot be used")
            }
            Self::Refused(code) => refusal(code, text),
            Self::Violation { .. } => failure(Exit::Violation, "violation")
                .hint("access is revoked at every node until the owner has decided about it"),
            Self::ViolationUnreported { source, .. } => {
                failure(Exit::Violation, "violation-unreported").hint(advice(Some(&source), VIOLATION_UNREPORTED))
            }
            Self::Unconfirmed { source, .. } => report_kept(text, Some(&source), Again::Reports.words()),
            Self::OpenedUnconfirmed { source } => report_kept(text, Some(&source), OPENED_UNCONFIRMED),
            Self::Unreported { source } => report_kept(text, Some(&source), UNREPORTED),
            Self::Missing { source, .. } => report_kept(text, source.as_ref(), UNREPORTED),
            Self::Lost { .. } => failure(Exit::Failure, "report-lost").hint(LOST),
            Self::WentOn => failure(Exit::Refused, "session-went-on").hint(
                "`medshare package open` opens the package again, behind what the ledger has; keep session folders out of synced folders, and bring none back from a backup",
            ),
            Self::Unrecorded { .. } => failure(Exit::Verification, "unrecorded").hint(ANEW),
            Self::Unproven { .. } => failure(Exit::Verification, "unproven")
                .hint("do it again in a moment; if it stays so, name other nodes with --node, and tell the owner which one it was"),
            Self::ReportsUnproven { source, .. } => failure(kept(source.as_ref()), "report-kept")
                .hint("do it again in a moment, or name other nodes with --node: nothing is removed before a quorum has certified what was reported"),
            Self::Retrieved { receipt: Receipt::WaitsForViolation } => failure(Exit::Violation, "retrieved")
                .hint("do it again in a moment, or name other nodes with --node: the receipt is made behind all violations"),
            Self::Retrieved { receipt: Receipt::WaitsForLost { .. } } => {
                failure(Exit::Violation, "retrieved").hint(LOST_BEFORE_RECEIPT)
            }
            Self::Retrieved { receipt: Receipt::WaitsForDamaged { .. } } => {
                failure(Exit::Violation, "retrieved").hint(DAMAGED)
            }
            Self::Retrieved { .. } | Self::Destroyed => failure(Exit::Violation, "retrieved"),
        }
    }
}

/// What can be done about an opening that the ledger does not seem to know.
const ANEW: &str = "one of the two is broken or dishonest: tell the owner. `medshare package open` with another --node opens the package behind the last opening that is on the ledger, and keeps all reports";

/// What can be done about reports that are gone.
const LOST: &str = "put the files `report.…` back into the folder; where they are gone for good, tell the owner, remove the file `session` in it and open \
     the package again: reports beside it are handed in, and the ledger shows that the opening names none before it";

/// The same where the data was called back: no other opening brings what is behind them.
const LOST_BEFORE_RECEIPT: &str = "put the files `report.…` back into the folder and do it again; where they are gone for good, tell the owner that no \
     receipt comes";

/// What can be done about a report that is not as it was kept.
const DAMAGED: &str = "bring the file back as it was; where nobody has it so, take it out of the folder, keep it for the owner, and do it again";

/// What can be done about an opening whose report nobody confirmed.
const OPENED_UNCONFIRMED: &str =
    "there is no data before it is confirmed: `medshare package read` hands it in, once a node takes it";

/// What can be done about a report that no node takes.
const UNREPORTED: &str = "name other nodes with --node: it is sent to each of them, and comes first whatever is asked";

/// What can be done about a violation whose report no node takes.
const VIOLATION_UNREPORTED: &str =
    "name other nodes with --node; the package does not open again before the report is taken";

/// What a node says that cannot reach the node of the owner.
const OWNERS_NODE_AWAY: &str = "owners-node-away";

/// What can be done while that node is away.
const OWNERS_NODE_ONLY: &str = "reports go to the node of the owner, which alone reads them: while it is away there is no data. Who was asked \
     does not reach it; --node with its own address, or another one's, tells whether it is away. The next command hands it in";

/// A report that stands in the way: because no node was reached, or because none takes it.
fn kept(source: Option<&ClientError>) -> Exit {
    if source.is_some_and(ClientError::is_unreachable) { Exit::Unreachable } else { Exit::Refused }
}

/// A report that is kept here.
fn report_kept(text: String, source: Option<&ClientError>, hint: &'static str) -> Failure {
    Failure::new(kept(source), "report-kept", text).hint(advice(source, hint))
}

/// While the owner's node is away no other one helps. Whether it is, one that says so may be wrong about.
fn advice(source: Option<&ClientError>, otherwise: &'static str) -> &'static str {
    let is_owners_away = source.is_some_and(|source| {
        matches!(source, ClientError::OwnersNode { .. }) || source.code() == Some(OWNERS_NODE_AWAY)
    });
    if is_owners_away { OWNERS_NODE_ONLY } else { otherwise }
}

fn package(error: &PackageError, text: String) -> Failure {
    match error {
        PackageError::NoSuchFile => Failure::new(Exit::Failure, "no-such-file", text),
        PackageError::Io(_) => Failure::new(Exit::Failure, "file", text),
        PackageError::OtherNetwork { .. } => Failure::new(Exit::Verification, "other-network", text)
            .hint("--genesis names the genesis of the network that the package was made in"),
        PackageError::WrongKey => Failure::new(Exit::Key, "wrong-key", text),
        PackageError::OtherFormat { .. } => Failure::new(Exit::Verification, "other-format", text),
        _ => Failure::new(Exit::Verification, "damaged-package", text)
            .hint("fetch the package again, to another file, with `medshare request fetch`"),
    }
}

fn refusal(code: RefusalCode, text: String) -> Failure {
    match code {
        RefusalCode::Withdrawn => Failure::new(Exit::Violation, "withdrawn", text)
            .hint("what was open stays closed: `medshare package open` opens it anew once that is possible, and says what it takes"),
        RefusalCode::NotPermitted => Failure::new(Exit::Violation, "not-permitted", text),
        RefusalCode::Destroyed => Failure::new(Exit::Violation, "retrieved", text),
        RefusalCode::NotOpened => {
            Failure::new(Exit::Refused, "not-opened", text).hint("`medshare package open` opens it")
        }
        RefusalCode::Expired => Failure::new(Exit::Refused, "expired", text).hint("request the data again"),
        RefusalCode::ReportsExhausted => Failure::new(Exit::Refused, "reports-exhausted", text)
            .hint("`medshare package open` opens the package again"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_exchange::api::ApiError;

    #[test]
    fn that_the_owners_node_is_away_is_told_with_how_to_find_out() {
        for (code, advised) in [(OWNERS_NODE_AWAY, "node of the owner"), ("node-fault", "--node")] {
            let node = "http://127.0.0.1:2".parse().unwrap();
            let error = Box::new(ApiError::new(code, "the node of HOSPITAL-A cannot be reached now"));
            let source = ClientError::Refused { node, status: 503, error };
            let failure = SessionError::Unreported { source }.told();
            assert_eq!(failure.exit(), Exit::Unreachable);
            let told = failure.document().to_string();
            assert!(told.contains(advised) && told.contains("--node") && told.contains("HOSPITAL-A"), "{told}");
        }
    }
}
