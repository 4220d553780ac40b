//! `medshare owner violations`.

use crate::Context;
use crate::filter::{FilterArgs, RequestorArgs, of_violation};
use crate::key_file::KeyFileArgs;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::{Answer, Cell, Failure, Table};
use medshare_exchange::api::ViolationView;

/// List the violations of the owner's packages, with the reports that only the owner can read.
#[derive(Debug, Args)]
pub struct ViolationsArgs {
    #[command(flatten)]
    key: KeyFileArgs,
    #[command(flatten)]
    requestor: RequestorArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

pub fn run(args: &ViolationsArgs, context: &Context) -> Result<Answer, Failure> {
    let node = context.node()?;
    let keys = args.key.owner()?;
    let violations = node.owner_violations(&keys.signing).map_err(Told::told)?;
    let violations = args.requestor.keep(violations, |violation| &violation.requestor)?;
    let violations = args.filter.keep(violations, of_violation);
    let mut table = Table::new(&["block", "requestor", "data set", "action", "at", "status", "_report"]);
    violations.iter().for_each(|violation| table.row(cells(violation)));
    Answer::new(&violations, table.text(args.filter.table, "no violations"))
}

fn cells(violation: &ViolationView) -> Vec<Cell> {
    vec![
        Cell::Id(violation.block.clone()),
        Cell::Id(violation.requestor.clone()),
        violation.dataset.clone().into(),
        violation.action.clone().into(),
        Cell::Time(violation.at),
        violation.status.clone().into(),
        violation.comment.clone().unwrap_or_else(|| "not at this node".to_owned()).into(),
    ]
}
