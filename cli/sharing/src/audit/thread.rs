//! `medshare audit thread`.

use crate::Context;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::text::{short, table, utc};
use medshare_cli_terminal::{Answer, Failure};
use medshare_exchange::api::BlockView;
use medshare_ledger::id::RequestorId;

/// Show a requestor's thread: her parent blocks, oldest first.
#[derive(Debug, Args)]
pub struct ThreadArgs {
    /// RID.
    requestor: RequestorId,
}

pub fn run(args: &ThreadArgs, context: &Context) -> Result<Answer, Failure> {
    let thread = context.node()?.thread(args.requestor).map_err(Told::told)?;
    let rows: Vec<Vec<String>> = thread.blocks.iter().map(row).collect();
    let head = ["height", "block", "previous", "owner", "data set", "purpose", "sent", "side-blocks", "status"];
    Answer::new(&thread, table(&head, &rows, "the thread is empty"))
}

fn row(block: &BlockView) -> Vec<String> {
    vec![
        block.height.to_string(),
        block.id.clone(),
        short(&block.previous),
        short(&block.owner),
        block.dataset.clone(),
        block.purpose.clone(),
        utc(block.tts),
        block.side_block_count.to_string(),
        block.permission.status.clone(),
    ]
}
