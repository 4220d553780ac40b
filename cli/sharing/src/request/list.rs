//! `medshare request list`.

use crate::Context;
use crate::filter::{FilterArgs, Row};
use crate::key_file::requestor_of;
use crate::names;
use crate::remembered::{self, Ended, Sent};
use crate::told::Told;
use clap::Args;
use medshare_agent::client::NodeClient;
use medshare_agent::clock;
use medshare_cli_terminal::{Answer, Cell, Failure, Progress, Table};
use medshare_exchange::api::{ApiError, BlockView, RequestState, RequestStatus};
use medshare_ledger::facts::NetworkFacts;
use serde::Serialize;
use std::path::PathBuf;

/// How long a node is asked about a request that led to nothing, in milliseconds.
const ASKED_FOR_MS: u64 = 24 * 60 * 60 * 1000;

/// List the requests that you sent.
///
/// Those that led to a package stand on the ledger, wherever they were sent from. Of the others only the machine knows from which they
/// were sent. It needs no passphrase: who you are stands in the open in your key file.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Your key file; else MEDSHARE_KEY, else `medshare config`.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Only to this owner, by name or OID.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Serialize)]
struct Listed {
    /// Where it was sent from here.
    request: Option<String>,
    block: Option<String>,
    owner: String,
    dataset: String,
    purpose: String,
    at: u64,
    status: String,
    error: Option<ApiError>,
}

pub fn run(args: &ListArgs, context: &Context) -> Result<Answer, Failure> {
    let (facts, node) = (context.facts()?, context.node()?);
    let requestor = requestor_of(args.key.as_deref())?;
    let owner =
        args.owner.as_ref().map(|name| names::owner(&facts, name).map(|owner| owner.id.to_string())).transpose()?;
    let (network, own) = (facts.network().to_string(), requestor.to_string());
    let mut sent = remembered::all()?;
    sent.retain(|sent| sent.network == network && sent.requestor == own);
    let progress = Progress::start(context.json(), "asking about your requests");
    let mut listed = Vec::new();
    for one in sent.iter_mut().filter(|one| one.block.is_none()) {
        let (status, error) = ask(&node, one);
        if one.block.is_none() {
            listed.push(Listed::of_sent(one, status, error));
        }
    }
    let thread = node.thread(requestor).map_err(Told::told)?;
    drop(progress);
    listed.extend(thread.blocks.iter().map(|block| Listed::of_block(block, &sent)));
    listed.retain(|one| owner.as_ref().is_none_or(|owner| *owner == one.owner));
    listed.sort_by_key(|one| one.at);
    let listed = args.filter.keep(listed, |one| Row { dataset: &one.dataset, status: &one.status, at: one.at });
    let mut table = Table::new(&["request", "block", "owner", "data set", "+purpose", "at", "status", "_reason"]);
    listed.iter().for_each(|one| table.row(one.row(&facts)));
    Answer::new(&listed, table.text(args.filter.table, "no requests"))
}

/// What became of a request that is on no list yet. What a node knows goes before what is remembered. Where its block is learned, it is
/// remembered.
fn ask(node: &NodeClient, sent: &mut Sent) -> (&'static str, Option<ApiError>) {
    let remembered = sent.ended.clone().map(|ended| match ended {
        Ended::Refused(error) => ("refused", Some(error)),
        Ended::NotSent(error) => ("not-sent", Some(error)),
    });
    let unknown =
        |code: &str, message: &str| remembered.unwrap_or_else(|| ("unknown", Some(ApiError::new(code, message))));
    if clock::now().0.saturating_sub(sent.at) > ASKED_FOR_MS {
        return unknown("no-package", "it led to no package within a day");
    }
    let (Ok(hash), owner) = (sent.request.parse(), sent.owner.parse().ok()) else {
        return unknown("damaged", "its hash is damaged in the list of your requests");
    };
    match node.request(&hash, owner, 0) {
        Ok(RequestStatus { block: Some(block), state: RequestState::Delivered, .. }) => {
            // Where it cannot be written, the node is asked again the next time.
            drop(remembered::decided(&hash, &block));
            sent.block = Some(block);
            ("granted", None)
        }
        Ok(status) => {
            if let (RequestState::Refused, Some(error), None) = (status.state, &status.error, &sent.ended) {
                // Nodes forget.
                drop(remembered::ended(&hash, Ended::Refused(error.clone())));
            }
            let word = match status.state {
                RequestState::Processing | RequestState::Delivered => "processing",
                RequestState::Undecided => "undecided",
                RequestState::Refused => "refused",
            };
            (word, status.error)
        }
        Err(error) => unknown(error.code().unwrap_or("unreachable"), &error.to_string()),
    }
}

impl Listed {
    fn of_sent(sent: &Sent, status: &str, error: Option<ApiError>) -> Self {
        Self {
            request: Some(sent.request.clone()),
            block: None,
            owner: sent.owner.clone(),
            dataset: sent.dataset.clone(),
            purpose: sent.purpose.clone(),
            at: sent.at,
            status: status.to_owned(),
            error,
        }
    }

    fn of_block(block: &BlockView, sent: &[Sent]) -> Self {
        let sent = sent.iter().find(|sent| sent.block.as_ref() == Some(&block.id));
        Self {
            request: sent.map(|sent| sent.request.clone()),
            block: Some(block.id.clone()),
            owner: block.owner.clone(),
            dataset: block.dataset.clone(),
            purpose: block.purpose.clone(),
            at: block.tts,
            status: block.permission.status.clone(),
            error: None,
        }
    }

    fn row(&self, facts: &NetworkFacts) -> Vec<Cell> {
        let id = |id: &Option<String>| id.clone().map_or_else(|| Cell::from("-"), Cell::Id);
        let owner = self.owner.parse().map_or_else(|_| self.owner.clone(), |owner| names::owner_name(facts, owner));
        vec![
            id(&self.request),
            id(&self.block),
            owner.into(),
            self.dataset.clone().into(),
            self.purpose.clone().into(),
            Cell::Time(self.at),
            self.status.clone().into(),
            self.error.as_ref().map_or("", |error| &error.message).into(),
        ]
    }
}
