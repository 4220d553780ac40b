//! `medshare owner requests`.

use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::text::{short, table, utc};
use medshare_cli_terminal::{Answer, Failure};
use medshare_exchange::api::BlockView;

/// List the requests for the owner's data that were answered with a package.
#[derive(Debug, Args)]
pub struct RequestsArgs {
    #[command(flatten)]
    key: KeyFileArgs,
}

pub fn run(args: &RequestsArgs, context: &Context) -> Result<Answer, Failure> {
    let node = context.node()?;
    let keys = args.key.owner()?;
    let blocks = node.owner_requests(&keys.signing).map_err(Told::told)?;
    let rows: Vec<Vec<String>> = blocks.iter().map(row).collect();
    let head = ["block", "requestor", "data set", "purpose", "sensitivity", "sent", "status"];
    Answer::new(&blocks, table(&head, &rows, "no requests yet"))
}

fn row(block: &BlockView) -> Vec<String> {
    vec![
        block.id.clone(),
        short(&block.requestor),
        block.dataset.clone(),
        block.purpose.clone(),
        block.sensitivity.clone(),
        utc(block.tts),
        block.permission.status.clone(),
    ]
}
