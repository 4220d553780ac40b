//! Failures of calls to nodes.

use super::Failure;
use crate::exit::Exit;
use medshare_agent::client::ClientError;
use medshare_node_causes::with_causes;

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let text = with_causes(&error);
        match &error {
            ClientError::NoNode => {
                Self::new(Exit::Usage, "usage", text).hint("name one with --node URL or MEDSHARE_NODE")
            }
            ClientError::Certificate => Self::new(Exit::Failure, "certificate", text),
            ClientError::Unreachable { .. } => Self::new(Exit::Unreachable, "unreachable", text)
                .hint("is the node running? `medshare network status DIR` tells; name other nodes with --node"),
            ClientError::Refused { status, error, .. } => refused(*status, &error.code, text),
            ClientError::Answer { .. } | ClientError::TooLong { .. } => {
                Self::new(Exit::Unreachable, "bad-answer", text)
                    .hint("is this the address of a MeDShare node of this version?")
            }
            ClientError::Unsignable | ClientError::Store(_) => Self::new(Exit::Failure, "output", text),
            ClientError::Rejected { .. } => Self::new(Exit::Refused, "rejected", text),
            ClientError::Undecided { .. } => Self::new(Exit::Unreachable, "undecided", text)
                .hint("fewer than two thirds of the validators may be running; the entry may still be decided later"),
        }
    }
}

/// The node's code decides; its message says what is wrong.
fn refused(status: u16, code: &str, message: String) -> Failure {
    let exit = match code {
        "revoked" | "under-review" | "upheld" | "retrieved" | "permission" => Exit::Violation,
        _ if status == 404 => Exit::Failure,
        _ if status >= 500 => Exit::Unreachable,
        _ => Exit::Refused,
    };
    let failure = Failure::new(exit, code, message);
    match code {
        "not-satisfied" => {
            failure.hint("ask the authorities that the policy names for the attributes that are missing")
        }
        "unknown-key" => {
            failure.hint("make a card with `medshare key card` and give it to an organisation of the network")
        }
        "undecided" => {
            failure.hint("`medshare network status DIR` tells which nodes run; what was sent may still be decided")
        }
        "other-node" => failure.hint("name the node of this owner with --node"),
        "purpose-forbidden" => failure.hint("--purpose, --research and --accept say what the data is for"),
        _ => failure,
    }
}
