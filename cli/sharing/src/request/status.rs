//! `medshare request status`.

use super::which::{Which, named};
use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::typed_id::TypedId;
use clap::Args;
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Answer, Failure};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus};

/// Show where a request stands.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Hash of the request; of one that was sent from here, or that your key is on the ledger with, the first digits are enough.
    request: TypedId<Hash32>,
    /// Owner that was asked, by name or OID. Nodes other than the owner's need to know, where it was not sent from here.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    #[command(flatten)]
    key: KeyFileArgs,
}

pub fn run(args: &StatusArgs, context: &Context) -> Result<Answer, Failure> {
    let node = context.node()?;
    let which = Which::typed(&args.request, args.owner.as_deref(), (&args.key, &node), context)?;
    let status = which.status(&node)?;
    // What was taken back is not given out again: that is no state of the request. Where no node tells, `fetch` does.
    let block = status.block.as_deref().and_then(|block| block.parse().ok());
    let permission = block.and_then(|block| node.permission(block).ok());
    let is_taken_back = permission.is_some_and(|permission| permission.retrieved);
    let named = named(&which.request, which.owner, context) + &args.key.typed() + &context.typed();
    Answer::new(&status, text(&status, is_taken_back, &named))
}

fn text(status: &RequestStatus, is_taken_back: bool, named: &str) -> String {
    let reason = status.error.as_ref().map_or_else(|| "no reason given".to_owned(), |error| line(&error.message));
    let state = match status.state {
        RequestState::Processing => "being processed".to_owned(),
        RequestState::Delivered if is_taken_back => "delivered, and taken back by its owner".to_owned(),
        RequestState::Delivered => format!("ready: `medshare request fetch {named}` fetches the package"),
        RequestState::Undecided => {
            format!(
                "not decided yet\n{reason}\nits node tries again while the request is fresh; `medshare request fetch {named}` waits for it"
            )
        }
        RequestState::Refused => format!("refused: {reason}"),
    };
    let stages = status.stages.iter().map(|s| format!("\n  {:>6} ms  {}", s.after_ms, line(s.name())));
    let block = status.block.as_ref().map(|block| format!("\nparent block {}", line(block)));
    format!("{state}{}{}", stages.collect::<String>(), block.unwrap_or_default())
}
