//! `medshare owner requests`.

use crate::Context;
use crate::filter::{FilterArgs, RequestorArgs, of_block};
use crate::key_file::KeyFileArgs;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::{Answer, Cell, Failure, Table};
use medshare_exchange::api::BlockView;

/// List the requests for the owner's data that were answered with a package.
#[derive(Debug, Args)]
pub struct RequestsArgs {
    #[command(flatten)]
    key: KeyFileArgs,
    #[command(flatten)]
    requestor: RequestorArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

pub fn run(args: &RequestsArgs, context: &Context) -> Result<Answer, Failure> {
    let node = context.node()?;
    let keys = args.key.owner()?;
    let blocks = node.owner_requests(&keys.signing).map_err(Told::told)?;
    let blocks = args.requestor.keep(blocks, |block| &block.requestor)?;
    let blocks = args.filter.keep(blocks, of_block);
    let mut table = Table::new(&["block", "requestor", "data set", "purpose", "+sensitivity", "sent", "status"]);
    blocks.iter().for_each(|block| table.row(cells(block)));
    Answer::new(&blocks, table.text(args.filter.table, "no requests"))
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
