//! `medshare request status`.

use crate::Context;
use crate::names;
use crate::remembered::{self, Ended, Sent};
use crate::told::Told;
use crate::typed_id::TypedId;
use clap::Args;
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Answer, Exit, Failure};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_ledger::id::OwnerId;

/// Which request.
#[derive(Debug, Args)]
pub struct WhichArgs {
    /// Hash of the request; of one that was sent from here, the first digits are enough.
    request: TypedId<Hash32>,
    /// Owner that was asked, by name or OID. Nodes other than the owner's need to know, where it was not sent from here.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
}

impl WhichArgs {
    /// The request.
    ///
    /// # Errors
    /// When the digits fit none that was sent from here, or several.
    pub fn request(&self) -> Result<Hash32, Failure> {
        let sent = || Ok(remembered::all()?.iter().filter_map(|sent| sent.request.parse().ok()).collect());
        self.request.among("the requests that were sent from here", sent)
    }

    /// OID of the owner, where it was named or is remembered.
    ///
    /// # Errors
    /// When the network has no such owner.
    pub fn owner(&self, context: &Context) -> Result<Option<OwnerId>, Failure> {
        match &self.owner {
            None => Ok(self.sent()?.and_then(|sent| sent.owner.parse().ok())),
            Some(name) => Ok(Some(names::owner(&context.facts()?, name)?.id)),
        }
    }

    /// What is remembered of it, where it was sent from here.
    fn sent(&self) -> Result<Option<Sent>, Failure> {
        let request = self.request()?.to_string();
        Ok(remembered::all()?.into_iter().find(|sent| sent.request == request))
    }
}

/// Show where a request stands.
#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    which: WhichArgs,
}

pub fn run(args: &StatusArgs, context: &Context) -> Result<Answer, Failure> {
    let owner = args.which.owner(context)?;
    let status = context.node()?.request(&args.which.request()?, owner, 0);
    let status = status.or_else(|error| match args.which.sent()?.and_then(|sent| sent.ended) {
        Some(ended) if error.code() == Some("not-found") => remembered_end(args.which.request()?, ended),
        _ => Err(error.told()),
    })?;
    Answer::new(&status, text(&status))
}

/// A request of which no node knows, because none took it.
fn remembered_end(request: Hash32, ended: Ended) -> Result<RequestStatus, Failure> {
    match ended {
        Ended::Refused(error) => Ok(RequestStatus {
            request: request.to_string(),
            state: RequestState::Refused,
            stages: Vec::new(),
            error: Some(error),
            block: None,
            height: None,
            package: None,
        }),
        Ended::NotSent(error) => {
            let message = format!("the request was not sent: {}", error.message);
            let failure = Failure::new(Exit::Failure, "not-sent", message).detail("reason", error.code);
            Err(failure.hint("no node took it: request the data again"))
        }
    }
}

fn text(status: &RequestStatus) -> String {
    let reason = status.error.as_ref().map_or_else(|| "no reason given".to_owned(), |error| line(&error.message));
    let state = match status.state {
        RequestState::Processing => "being processed".to_owned(),
        RequestState::Delivered => "ready: `medshare request fetch` fetches the package".to_owned(),
        RequestState::Undecided => {
            format!(
                "not decided yet\n{reason}\nits node tries again while the request is fresh; `medshare request fetch` waits for it"
            )
        }
        RequestState::Refused => format!("refused: {reason}"),
    };
    let stages = status.stages.iter().map(|s| format!("\n  {:>6} ms  {}", s.after_ms, line(s.name())));
    let block = status.block.as_ref().map(|block| format!("\nparent block {}", line(block)));
    format!("{state}{}{}", stages.collect::<String>(), block.unwrap_or_default())
}
