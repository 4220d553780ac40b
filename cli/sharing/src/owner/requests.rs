//! `medshare owner requests`.

use super::list::{List, ListArgs};
use crate::Context;
use crate::filter::Row;
use crate::status;
use clap::Args;
use medshare_agent::client::{ClientError, NodeClient};
use medshare_agent::clock;
use medshare_cli_terminal::{Answer, Cell, Failure};
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::{ApiError, BlockView, RequestState, RequestView};
use serde::Serialize;
use std::collections::BTreeMap;

/// List the requests for the owner's data, answered with a package or not.
///
/// They stand on the ledger. One without a package is `open` until its deadline and `unanswered` afterwards, or `processing`, `undecided` or `refused`, as your node
/// says of it. What your node refused at the door is on no list.
#[derive(Debug, Args)]
pub struct RequestsArgs {
    /// Only where the request, or access to its package, stands so.
    #[arg(long, value_name = "STATUS", value_parser = status::of_asked())]
    status: Option<String>,
    #[command(flatten)]
    list: ListArgs,
}

/// A request as its owner sees it.
#[derive(Serialize)]
#[serde(untagged)]
enum Asked {
    Answered {
        request: Option<String>,
        #[serde(flatten)]
        block: Box<BlockView>,
    },
    Unanswered(Box<Unanswered>),
}

/// A request that no package answers.
#[derive(Serialize)]
struct Unanswered {
    request: String,
    /// Null: where a package would stand with its block.
    block: Option<String>,
    requestor: String,
    owner: String,
    dataset: String,
    purpose: String,
    at: u64,
    deadline: u64,
    status: String,
    error: Option<ApiError>,
}

const REQUESTS: List<Asked> = List {
    ask,
    requestor_of: Asked::requestor,
    row_of: Asked::judged_by,
    heads: &["block", "requestor", "data set", "purpose", "+request", "+sensitivity", "asked", "status", "_reason"],
    cells: Asked::cells,
    empty: "no requests",
};

pub fn run(args: &RequestsArgs, context: &Context) -> Result<Answer, Failure> {
    REQUESTS.show(&args.list, args.status.as_deref(), |_| true, context)
}

/// All requests, oldest first.
fn ask(node: &NodeClient, key: &SigningKey) -> Result<Vec<Asked>, ClientError> {
    // In this order, no request is listed twice; one that is answered meanwhile comes with the next list.
    let blocks = node.owner_requests(key)?;
    let asked = node.owner_asked(key)?;
    let now = clock::now().0;
    let of_block = |view: &RequestView| Some((view.block.clone()?, view.request.clone()));
    let mut names: BTreeMap<String, String> = asked.iter().filter_map(of_block).collect();
    let mut all: Vec<Asked> =
        asked.into_iter().filter(|view| view.block.is_none()).map(|view| Asked::unanswered(view, now)).collect();
    all.extend(
        blocks.into_iter().map(|block| Asked::Answered { request: names.remove(&block.id), block: Box::new(block) }),
    );
    all.sort_by_key(Asked::at);
    Ok(all)
}

impl Asked {
    fn unanswered(view: RequestView, now: u64) -> Self {
        let word = status::without_answer(view.deadline, now);
        let status = match view.state {
            Some(RequestState::Refused) => status::REFUSED,
            Some(RequestState::Undecided) if word == status::OPEN => status::UNDECIDED,
            Some(RequestState::Processing | RequestState::Delivered) if word == status::OPEN => status::PROCESSING,
            _ => word,
        };
        Self::Unanswered(Box::new(Unanswered {
            request: view.request,
            block: None,
            requestor: view.requestor,
            owner: view.owner,
            dataset: view.dataset,
            purpose: view.purpose,
            at: view.at,
            deadline: view.deadline,
            status: status.to_owned(),
            error: view.error,
        }))
    }

    fn requestor(&self) -> &str {
        match self {
            Self::Answered { block, .. } => &block.requestor,
            Self::Unanswered(one) => &one.requestor,
        }
    }

    /// When it was received, or signed where nothing says that it was.
    const fn at(&self) -> u64 {
        match self {
            Self::Answered { block, .. } => block.ttr,
            Self::Unanswered(one) => one.at,
        }
    }

    fn judged_by(&self) -> Row<'_> {
        match self {
            Self::Answered { block, .. } => {
                Row { dataset: &block.dataset, status: &block.permission.status, at: block.ttr }
            }
            Self::Unanswered(one) => Row { dataset: &one.dataset, status: &one.status, at: one.at },
        }
    }

    fn cells(&self) -> Vec<Cell> {
        match self {
            Self::Answered { request, block } => vec![
                Cell::Id(block.id.clone()),
                Cell::Id(block.requestor.clone()),
                block.dataset.clone().into(),
                block.purpose.clone().into(),
                Cell::Id(request.clone().unwrap_or_default()),
                block.sensitivity.clone().into(),
                Cell::Time(block.ttr),
                block.permission.status.clone().into(),
                "".into(),
            ],
            Self::Unanswered(one) => vec![
                "-".into(),
                Cell::Id(one.requestor.clone()),
                one.dataset.clone().into(),
                one.purpose.clone().into(),
                Cell::Id(one.request.clone()),
                "".into(),
                Cell::Time(one.at),
                one.status.clone().into(),
                one.error.as_ref().map_or("", |error| &error.message).into(),
            ],
        }
    }
}
