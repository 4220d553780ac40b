//! `medshare audit thread`.

use crate::Context;
use crate::filter::{FilterArgs, of_block};
use crate::known;
use crate::names;
use crate::told::Told;
use crate::typed_id::TypedId;
use clap::Args;
use medshare_cli_terminal::{Answer, Cell, Failure, Table};
use medshare_exchange::api::BlockView;
use medshare_ledger::id::RequestorId;

/// Show a requestor's thread: her parent blocks, oldest first.
#[derive(Debug, Args)]
pub struct ThreadArgs {
    /// RID. The first digits are enough for your own, and for those who asked you for data; anybody else's is typed whole.
    requestor: TypedId<RequestorId>,
    /// Only of this owner's data, by name or OID.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    #[command(flatten)]
    filter: FilterArgs,
}

pub fn run(args: &ThreadArgs, context: &Context) -> Result<Answer, Failure> {
    let node = context.node()?;
    let requestor = args.requestor.among(known::LIST, || known::requestors(&node))?;
    let mut thread = node.thread(requestor).map_err(Told::told)?;
    if let Some(name) = &args.owner {
        let owner = names::owner(&context.facts()?, name)?.id.to_string();
        thread.blocks.retain(|block| block.owner == owner);
    }
    thread.blocks = args.filter.keep(thread.blocks, of_block);
    let heads = ["height", "block", "+previous", "owner", "data set", "purpose", "sent", "+side-blocks", "status"];
    let mut table = Table::new(&heads);
    thread.blocks.iter().for_each(|block| table.row(cells(block)));
    let empty = if thread.count == 0 { "the thread is empty" } else { "no such blocks in the thread" };
    Answer::new(&thread, table.text(args.filter.table, empty))
}

fn cells(block: &BlockView) -> Vec<Cell> {
    vec![
        block.height.to_string().into(),
        Cell::Id(block.id.clone()),
        Cell::Id(block.previous.clone()),
        Cell::Id(block.owner.clone()),
        block.dataset.clone().into(),
        block.purpose.clone().into(),
        Cell::Time(block.tts),
        block.side_block_count.to_string().into(),
        block.permission.status.clone().into(),
    ]
}
