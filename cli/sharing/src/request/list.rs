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
use medshare_ledger::id::BlockId;
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
    let asked: Vec<Outcome> = sent.iter().map(|one| outcome(&node, one)).collect();
    let thread = node.thread(requestor).map_err(Told::told)?;
    drop(progress);
    let mut listed = Vec::new();
    for (one, outcome) in sent.iter_mut().zip(asked) {
        match outcome {
            Outcome::Block(block) if confirms(&thread.blocks, one, block) => confirmed(one, block),
            Outcome::Block(_) => listed.push(Listed::of_sent(one, "unknown", Some(unconfirmed()))),
            Outcome::None(status, error) => listed.push(Listed::of_sent(one, status, error)),
        }
    }
    listed.extend(thread.blocks.iter().map(|block| Listed::of_block(block, &sent)));
    listed.retain(|one| owner.as_ref().is_none_or(|owner| *owner == one.owner));
    listed.sort_by_key(|one| one.at);
    let listed = args.filter.keep(listed, |one| Row { dataset: &one.dataset, status: &one.status, at: one.at });
    let mut table = Table::new(&["request", "block", "owner", "data set", "+purpose", "at", "status", "_reason"]);
    listed.iter().for_each(|one| table.row(one.row(&facts)));
    Answer::new(&listed, table.text(args.filter.table, "no requests"))
}

/// What became of a request, as a node or this machine's memory has it.
enum Outcome {
    /// It led to a package: the thread says whether that is so.
    Block(BlockId),
    /// It led to none, or to none so far.
    None(&'static str, Option<ApiError>),
}

/// What became of a request. What a node knows goes before what is remembered.
fn outcome(node: &NodeClient, sent: &Sent) -> Outcome {
    let unknown = |code: &str, message: &str| match sent.ended.clone() {
        Some(Ended::Refused(error)) => Outcome::None("refused", Some(error)),
        Some(Ended::NotSent(error)) => Outcome::None("not-sent", Some(error)),
        None => Outcome::None("unknown", Some(ApiError::new(code, message))),
    };
    if let Some(block) = sent.block.as_ref().and_then(|block| block.parse().ok()) {
        return Outcome::Block(block);
    }
    if clock::now().0.saturating_sub(sent.at) > ASKED_FOR_MS {
        return unknown("no-package", "it led to no package within a day");
    }
    let (Ok(hash), owner) = (sent.request.parse(), sent.owner.parse().ok()) else {
        return unknown("damaged", "its hash is damaged in the list of your requests");
    };
    match node.request(&hash, owner, 0) {
        Ok(RequestStatus { block: Some(block), state: RequestState::Delivered, .. }) => {
            block.parse().map_or_else(|_| Outcome::None("unknown", Some(unconfirmed())), Outcome::Block)
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
            Outcome::None(word, status.error)
        }
        Err(error) => unknown(error.code().unwrap_or("unreachable"), &error.to_string()),
    }
}

/// Whether a block of the thread can be the answer to a request: it is of the owner and the data set that were asked.
fn confirms(thread: &[BlockView], sent: &Sent, block: BlockId) -> bool {
    let block = block.to_string();
    thread.iter().any(|one| one.id == block && one.owner == sent.owner && one.dataset == sent.dataset)
}

/// Remembers a block that was not known before. Where it cannot be written, a node is asked again the next time.
fn confirmed(sent: &mut Sent, block: BlockId) {
    if sent.block.is_none()
        && let Ok(request) = sent.request.parse()
    {
        drop(remembered::decided(&request, block));
    }
    sent.block = Some(block.to_string());
}

fn unconfirmed() -> ApiError {
    ApiError::new("unconfirmed", "a node names a block for it that is not in your thread, or answers another request")
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_block_that_a_node_names_is_believed_only_where_it_can_be_the_answer() {
        let (id, other) = ("00".repeat(32), "ff".repeat(32));
        let permission = json!({
            "block": id, "status": "granted", "openings": 0, "reports": 0, "violations": 0, "retrieved": false,
        });
        let block: BlockView = serde_json::from_value(json!({
            "block": id, "height": 1, "requestor": "r", "owner": "o", "dataset": "d", "purpose": "HRESCH", "sensitivity": "low",
            "node": "n", "second_node": "m", "package": "p", "size": 1, "version": 1, "previous": "q", "merkle_root": "x",
            "nonce": 1, "target": 8, "action_counter": 0, "ttr": 1, "ttp": 1, "tts": 1, "locktime": 0, "events": [],
            "side_block_count": 0, "permission": permission,
        }))
        .unwrap();
        let sent = |owner: &str, dataset: &str| Sent {
            network: "n".to_owned(),
            request: "ab".to_owned(),
            requestor: "r".to_owned(),
            owner: owner.to_owned(),
            dataset: dataset.to_owned(),
            purpose: "HRESCH".to_owned(),
            at: 1,
            block: None,
            ended: None,
        };
        let thread = [block];
        assert!(confirms(&thread, &sent("o", "d"), id.parse().unwrap()));
        assert!(!confirms(&thread, &sent("o", "d"), other.parse().unwrap()));
        assert!(!confirms(&thread, &sent("o", "other"), id.parse().unwrap()));
        assert!(!confirms(&thread, &sent("other", "d"), id.parse().unwrap()));
    }
}
