//! `medshare audit thread`.

use crate::Context;
use crate::filter::{FilterArgs, of_block};
use crate::key_file::KeyFileArgs;
use crate::known;
use crate::names;
use crate::status;
use crate::told::Told;
use crate::typed_id::TypedId;
use clap::Args;
use medshare_cli_terminal::{Answer, Cell, Failure, Table};
use medshare_exchange::api::BlockView;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::RequestorId;

/// Show a requestor's thread: her parent blocks, oldest first.
#[derive(Debug, Args)]
pub struct ThreadArgs {
    /// RID. The first digits are enough for your own, and for those who asked you for data; anybody else's is typed whole.
    requestor: TypedId<RequestorId>,
    /// Only of this owner's data, by name or OID.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Only where access to the package stands so.
    #[arg(long, value_name = "STATUS", value_parser = status::of_package())]
    status: Option<String>,
    #[command(flatten)]
    key: KeyFileArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

pub fn run(args: &ThreadArgs, context: &Context) -> Result<Answer, Failure> {
    let node = context.node()?;
    let requestor = args.requestor.among(known::LIST, || known::requestors(&node, &args.key, context))?;
    let mut thread = node.thread(requestor).map_err(Told::told)?;
    let facts = context.facts_if_named()?;
    if let Some(name) = &args.owner {
        let owner = names::owner(&context.facts()?, name)?.id.to_string();
        thread.blocks.retain(|block| block.owner == owner);
    }
    thread.blocks = args.filter.keep(thread.blocks, args.status.as_deref(), of_block);
    let heads = [
        "height",
        "block",
        "+previous",
        "owner",
        "data set",
        "purpose",
        "sent",
        "+side-blocks",
        "+violations",
        "status",
    ];
    let mut table = Table::new(&heads);
    thread.blocks.iter().for_each(|block| table.row(cells(block, facts.as_ref())));
    let empty = if thread.count == 0 { "the thread is empty" } else { "no such blocks in the thread" };
    Answer::new(&thread, table.text(args.filter.table, empty))
}

fn cells(block: &BlockView, facts: Option<&NetworkFacts>) -> Vec<Cell> {
    vec![
        block.height.to_string().into(),
        Cell::Id(block.id.clone()),
        Cell::Id(block.previous.clone()),
        names::owner_cell(facts, &block.owner),
        block.dataset.clone().into(),
        block.purpose.clone().into(),
        Cell::Time(block.tts),
        block.side_block_count.to_string().into(),
        block.permission.violations.to_string().into(),
        block.permission.status.clone().into(),
    ]
}
