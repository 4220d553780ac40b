//! Failures of calls to nodes.

use super::Told;
use super::unconfirmed::unconfirmed;
use medshare_agent::client::{ClientError, Said};
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Exit, Failure};
use medshare_exchange::api::ApiError;
use medshare_ledger::rejection::Rejection;
use medshare_node_causes::with_causes;
use serde_json::{Value, json};

impl Told for ClientError {
    fn told(self) -> Failure {
        let text = with_causes(&self);
        match &self {
            Self::NoNode => Failure::new(Exit::Usage, "usage", text).hint("name one with --node URL or MEDSHARE_NODE"),
            Self::Certificate => Failure::new(Exit::Failure, "certificate", text),
            Self::Unreachable { tried } if tried.iter().any(|node| node.is_misdirected && node.node.is_https()) => {
                Failure::new(Exit::Unreachable, "unreachable", text).hint(
                    "--ca names whose certificates are trusted; ask whoever runs the node before you give up HTTPS",
                )
            }
            Self::Unreachable { tried } if tried.iter().any(|node| node.is_misdirected) => {
                Failure::new(Exit::Unreachable, "unreachable", text)
                    .hint("--node names the address, http:// or https://, and --ca whose certificates are trusted")
            }
            Self::Unreachable { .. } => Failure::new(Exit::Unreachable, "unreachable", text)
                .hint("is the node running? `medshare network status DIR` tells; name other nodes with --node"),
            Self::OwnersNode { .. } => Failure::new(Exit::Unreachable, "unreachable", text)
                .hint("only the owner's own node answers this: start it, or name its address with --node"),
            Self::OtherNetwork { .. } => Failure::new(Exit::Refused, "other-network", text)
                .hint("name a node of your network with --node, or the genesis file of that one with --genesis"),
            Self::Refused { status, error, .. } => refused(*status, error),
            Self::Answer { .. } | Self::TooLong { .. } => Failure::new(Exit::Unreachable, "bad-answer", text)
                .hint("is this the address of a MeDShare node of this version?"),
            Self::Unsignable | Self::Store(_) => Failure::new(Exit::Failure, "output", text),
            Self::Rejected { status } => {
                let failure = Failure::new(Exit::Refused, "rejected", text)
                    .detail("entry", status.entry.as_str())
                    .detail("rejection", status.code);
                match next_after(status.code) {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                }
            }
            Self::OldState { unproven } => Failure::new(Exit::Unreachable, "old-state", line(&text))
                .detail("not_asked", unproven.unasked.clone())
                .detail("not_shown_by", unproven.before.clone())
                .hint(format!("nothing was signed; {MORE_NODES}")),
            Self::Untaken { said } => Failure::new(Exit::Unreachable, "keys-untaken", line(&text))
                .detail("refused_by", refusals(said))
                .hint("the attribute is granted, and no node says that it keeps the proxy key for it: issue it again in a moment, with more nodes (--node)"),
            Self::Unconfirmed { entry, unproven, said } => unconfirmed(entry, unproven, said, &text),
            Self::Undecided { entry, .. } => Failure::new(Exit::Unreachable, "undecided", text)
                .detail("entry", entry.as_str())
                .hint("fewer than two thirds of the validators may be running, or a clock is wrong: `medshare network status DIR` says so at the nodes; the entry may still be decided later"),
        }
    }
}

/// What to do where no node proves how the ledger stands now.
pub const MORE_NODES: &str = "name more nodes with --node: one that is honest and not behind is enough. Else the network decides nothing now, or the clock of this machine is wrong";

/// What those said that did not take something.
pub fn refusals(said: &[Said]) -> Vec<Value> {
    let refused = |Said { node, refusal }: &Said| Some(json!({"node": node, "message": refusal.as_ref()?.to_string()}));
    said.iter().filter_map(refused).collect()
}

/// What to do after a rejection, where that is not said by its reason.
pub(super) fn next_after(code: u16) -> Option<&'static str> {
    match Rejection::from_code(code)? {
        Rejection::UnknownRequestor => Some("an organisation registers a requestor with `medshare owner register`"),
        Rejection::FromTheFuture | Rejection::Outdated | Rejection::GrantBeforeRevocation => {
            Some("check the clock of this machine, then do it again")
        }
        Rejection::UnknownParent | Rejection::NotTheOwner => {
            Some("`medshare owner requests` lists the packages of the owner whose key --key names")
        }
        Rejection::DecisionOutOfSequence => Some("somebody decided at the same moment: look, and decide again"),
        _ => None,
    }
}

/// The node's code decides; its message says what is wrong.
fn refused(status: u16, error: &ApiError) -> Failure {
    let code = error.code.as_str();
    let exit = match code {
        "revoked" | "under-review" | "upheld" | "retrieved" | "permission" => Exit::Violation,
        _ if status == 404 => Exit::Failure,
        _ if status == 429 || status >= 500 => Exit::Unreachable,
        _ => Exit::Refused,
    };
    let mut failure = Failure::new(exit, code, error.message.as_str());
    for (name, value) in &error.details {
        failure = failure.detail(name, value.clone());
    }
    if let Some(hint) = &error.hint {
        failure = failure.hint(hint.as_str());
    }
    match advice(code) {
        Some(advice) => failure.hint(advice),
        None => failure,
    }
}

/// What to do after a refusal with this word, where that is known here better than at the node.
pub(super) fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "not-satisfied" => "ask the authorities that the policy names for the attributes that are missing",
        "attribute-unpublished" => {
            "ask the authority behind the @ of the attribute to issue it to you: with the first issue it publishes the key; then request the data again"
        }
        "unknown-key" => "make a card with `medshare key card` and give it to an organisation of the network",
        "undecided" => "`medshare network status DIR` tells which nodes run; what was sent may still be decided",
        "unknown-predecessor" | "reports-missing" | "other-reports" => {
            "name other nodes with --node: what the session did before is handed to each of them, and the opening follows what is on the ledger"
        }
        "access-ended" => {
            "`medshare request list` shows to which of your packages; after a violation its owner decides first, after an owner's own wish nobody has to: then the authorities issue your attributes again"
        }
        "retrieved" => "it stays so: request the data again, if its owner would give it",
        "other-node" => "name the node of this owner with --node",
        "no-source" | "source-broken" => {
            "tell the owner: the log of its node names the file and the reason; once it is mended, send the same request again, or request the data anew"
        }
        "purpose-forbidden" => "--purpose, --research and --accept say what the data is for",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_exchange::api::ErrorAnswer;

    #[test]
    fn what_a_node_tells_is_told_in_the_same_shape() {
        let told = ApiError::new("too-many-requests", "too much").hint("later").detail("retry_after_s", 30);
        let failure = refused(429, &told).document();
        assert_eq!(serde_json::from_value::<ErrorAnswer>(failure).unwrap(), ErrorAnswer::from(told));
    }

    #[test]
    fn what_is_to_be_done_here_is_told_rather_than_what_a_node_says() {
        let failure = refused(409, &ApiError::new("other-node", "another node").hint("the node's words")).document();
        let error = serde_json::from_value::<ErrorAnswer>(failure).unwrap().error;
        assert_eq!(error.hint.as_deref(), Some("name the node of this owner with --node"));
    }
}
