//! `medshare owner requests`.

use super::list::{List, ListArgs};
use crate::Context;
use crate::filter::of_block;
use clap::Args;
use medshare_agent::client::NodeClient;
use medshare_cli_terminal::{Answer, Cell, Failure};
use medshare_exchange::api::BlockView;

/// List the requests for the owner's data that were answered with a package.
#[derive(Debug, Args)]
pub struct RequestsArgs {
    #[command(flatten)]
    list: ListArgs,
}

const REQUESTS: List<BlockView> = List {
    ask: NodeClient::owner_requests,
    requestor_of: |block| &block.requestor,
    row_of: of_block,
    heads: &["block", "requestor", "data set", "purpose", "+sensitivity", "sent", "status"],
    cells,
    empty: "no requests",
};

pub fn run(args: &RequestsArgs, context: &Context) -> Result<Answer, Failure> {
    REQUESTS.show(&args.list, context)
}

fn cells(block: &BlockView) -> Vec<Cell> {
    vec![
        Cell::Id(block.id.clone()),
        Cell::Id(block.requestor.clone()),
        block.dataset.clone().into(),
        block.purpose.clone().into(),
        block.sensitivity.clone().into(),
        Cell::Time(block.tts),
        block.permission.status.clone().into(),
    ]
}
