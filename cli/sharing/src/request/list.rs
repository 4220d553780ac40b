//! `medshare request list`.

use super::outcome::{Outcome, Questions};
use crate::Context;
use crate::filter::{FilterArgs, Row};
use crate::key_file::{of_own, requestor_of};
use crate::lacking;
use crate::names;
use crate::remembered::{self, Sent};
use crate::status;
use clap::Args;
use medshare_agent::client::{ClientError, NodeClient};
use medshare_cli_terminal::{Answer, Cell, Failure, Progress, Table};
use medshare_crypto::policy::{AttributeName, Policy};
use medshare_exchange::api::{ApiError, BlockView, RequestView};
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::RequestorId;
use serde::Serialize;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// List the requests that you sent.
///
/// Those that the ledger took stand there, wherever they were sent from: with the package that answered them, or open, or unanswered
/// when their deadline has passed; how far an open one is, and why one was refused, its owner's node says. Where your attributes do not
/// open a package, those that are missing are named. Of those that no node took only the machine knows from which they were sent.
/// `asked` is when you signed, by your clock. It needs no passphrase: who you are stands in the open in your key file.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Your key file; else MEDSHARE_KEY, else `medshare config`.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Only to this owner, by name or OID.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Only where the request, or access to its package, stands so.
    #[arg(long, value_name = "STATUS", value_parser = status::of_sent())]
    status: Option<String>,
    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Serialize)]
struct Listed {
    request: String,
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
    let requestor = requestor_of(args.key.as_deref(), context)?;
    let owner =
        args.owner.as_ref().map(|name| names::owner(&facts, name).map(|owner| owner.id.to_string())).transpose()?;
    let (network, own) = (facts.network().to_string(), requestor.to_string());
    let mut sent = remembered::all()?;
    sent.retain(|sent| sent.network == network && sent.requestor == own);
    let progress = Progress::start(context.json(), "asking about your requests");
    let (made, thread) = of_ledger(&node, requestor, &sent)?;
    let of_owner = |one: &str| owner.as_ref().is_none_or(|owner| owner == one);
    let mut questions = Questions::to(&node);
    let held = OnceCell::new();
    // Asked for once, and only where something could be opened; where no node tells, nothing is said of it.
    let held =
        || held.get_or_init(|| node.identity(requestor).ok().flatten().map(|own| lacking::held(&own.attributes)));
    let mut listed = Vec::new();
    for view in made.iter().filter(|view| of_owner(&view.owner)) {
        let sent = sent.iter().find(|sent| sent.request == view.request);
        let outcome = match &view.block {
            Some(block) => with_what_is_missing(answered(&thread, view, block, sent), view, &facts, held),
            None => questions.of_open(view, sent),
        };
        listed.push(Listed::of_view(view, outcome));
    }
    let known: BTreeSet<&str> = made.iter().map(|view| view.request.as_str()).collect();
    for sent in sent.iter().filter(|sent| !known.contains(sent.request.as_str()) && of_owner(&sent.owner)) {
        listed.push(Listed::of_sent(sent, questions.of_sent(sent)));
    }
    drop(progress);
    listed.sort_by_key(|one| one.at);
    let listed = args.filter.keep(listed, args.status.as_deref(), Listed::judged_by);
    let mut table = Table::new(&["request", "block", "owner", "data set", "+purpose", "asked", "status", "_reason"]);
    listed.iter().for_each(|one| table.row(one.row(&facts)));
    Answer::new(&listed, table.text(args.filter.table, "no requests"))
}

/// What the ledger has: her requests, and the blocks of her thread. One who is not registered has none there, and may have sent some.
fn of_ledger(
    node: &NodeClient,
    requestor: RequestorId,
    sent: &[Sent],
) -> Result<(Vec<RequestView>, Vec<BlockView>), Failure> {
    // The blocks come last: what answered a request that is listed is among them.
    let asked = || Ok::<_, ClientError>((node.requests_of(requestor)?, node.thread(requestor)?.blocks));
    match asked() {
        Err(error) if error.code() == Some("not-found") && !sent.is_empty() => Ok((Vec::new(), Vec::new())),
        asked => asked.map_err(of_own),
    }
}

/// Where access to the package stands that answered a request.
fn answered(thread: &[BlockView], view: &RequestView, block: &str, sent: Option<&Sent>) -> Outcome {
    let Some(answer) = answer(thread, view, block, sent) else {
        let reason = "a node names a block for it that is not in your thread, or answers another request";
        return Outcome { status: status::UNKNOWN.to_owned(), error: Some(ApiError::new("unconfirmed", reason)) };
    };
    if let Some(sent) = sent.filter(|sent| sent.block.is_none())
        && let (Ok(request), Ok(block)) = (sent.request.parse(), block.parse())
    {
        // Where it cannot be written, the ledger says it the next time.
        drop(remembered::decided(&request, block));
    }
    Outcome { status: answer.permission.status.clone(), error: None }
}

/// Statuses of packages that open for whoever has the attributes.
const OPENS: [&str; 3] = ["granted", "opened", "re-granted"];

/// An outcome with the attributes that are missing where access stands and they do not open the package, or do no longer.
fn with_what_is_missing<'a>(
    outcome: Outcome,
    view: &RequestView,
    facts: &NetworkFacts,
    held: impl Fn() -> &'a Option<BTreeSet<AttributeName>>,
) -> Outcome {
    if outcome.error.is_some() || !OPENS.contains(&outcome.status.as_str()) {
        return outcome;
    }
    let datasets = &facts.genesis().datasets;
    let dataset = datasets.iter().find(|set| set.id.as_str() == view.dataset && set.owner.to_string() == view.owner);
    let policy = dataset.and_then(|set| set.policy.parse::<Policy>().ok());
    let lacks = policy.zip(held().as_ref()).map(|(policy, held)| lacking::lacking(&policy, held)).unwrap_or_default();
    if lacks.is_empty() {
        return outcome;
    }
    let message = format!("your attributes do not open it now: {}", lacking::words(&lacks));
    Outcome { error: Some(ApiError::new("not-satisfied", message)), ..outcome }
}

/// The block of the thread that a node names for a request, where it can be the answer: it is of the owner and the data set that were
/// asked, as far as is remembered here.
fn answer<'a>(thread: &'a [BlockView], view: &RequestView, block: &str, sent: Option<&Sent>) -> Option<&'a BlockView> {
    let asks = |owner: &str, dataset: &str| view.owner == owner && view.dataset == dataset;
    let is_as_sent = sent.is_none_or(|sent| asks(&sent.owner, &sent.dataset));
    thread.iter().find(|one| is_as_sent && one.id == block && asks(&one.owner, &one.dataset))
}

impl Listed {
    fn of_view(view: &RequestView, outcome: Outcome) -> Self {
        Self {
            request: view.request.clone(),
            block: view.block.clone(),
            owner: view.owner.clone(),
            dataset: view.dataset.clone(),
            purpose: view.purpose.clone(),
            at: view.at,
            status: outcome.status,
            error: outcome.error,
        }
    }

    fn of_sent(sent: &Sent, outcome: Outcome) -> Self {
        Self {
            request: sent.request.clone(),
            block: None,
            owner: sent.owner.clone(),
            dataset: sent.dataset.clone(),
            purpose: sent.purpose.clone(),
            at: sent.at,
            status: outcome.status,
            error: outcome.error,
        }
    }

    fn judged_by(&self) -> Row<'_> {
        Row { dataset: &self.dataset, status: &self.status, at: self.at }
    }

    fn row(&self, facts: &NetworkFacts) -> Vec<Cell> {
        vec![
            Cell::Id(self.request.clone()),
            self.block.clone().map_or_else(|| Cell::from("-"), Cell::Id),
            names::owner_cell(Some(facts), &self.owner),
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
        let permission = json!({
            "block": "0b", "status": "granted", "openings": 0, "reports": 0, "violations": 0, "undecided": 0, "retrieved": false,
        });
        let block: BlockView = serde_json::from_value(json!({
            "block": "0b", "height": 1, "requestor": "r", "owner": "o", "dataset": "d", "purpose": "HRESCH", "sensitivity": "low",
            "node": "n", "second_node": "m", "package": "p", "size": 1, "version": 1, "previous": "q", "merkle_root": "x",
            "nonce": 1, "target": 8, "action_counter": 0, "ttr": 1, "ttp": 1, "tts": 1, "locktime": 0, "events": [],
            "side_block_count": 0, "permission": permission,
        }))
        .unwrap();
        let view = |owner: &str, dataset: &str| RequestView {
            request: "ab".to_owned(),
            height: 1,
            requestor: "r".to_owned(),
            owner: owner.to_owned(),
            dataset: dataset.to_owned(),
            purpose: "HRESCH".to_owned(),
            at: 1,
            deadline: 2,
            block: None,
            state: None,
            error: None,
        };
        let sent: Sent = serde_json::from_value(json!({
            "network": "n", "request": "ab", "requestor": "r", "owner": "o", "dataset": "d", "purpose": "HRESCH", "at": 1,
        }))
        .unwrap();
        let thread = [block];
        let is_answer = |view: &RequestView, block: &str| answer(&thread, view, block, Some(&sent)).is_some();
        assert!(is_answer(&view("o", "d"), "0b"));
        assert!(!is_answer(&view("o", "d"), "0c"));
        assert!(!is_answer(&view("o", "other"), "0b") && !is_answer(&view("other", "d"), "0b"));
        assert!(answer(&thread, &view("o", "other"), "0b", None).is_none(), "of another data set");
    }
}
