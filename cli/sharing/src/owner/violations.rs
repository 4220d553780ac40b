//! `medshare owner violations`.

use super::list::{List, ListArgs};
use crate::Context;
use crate::filter::of_violation;
use crate::status;
use clap::Args;
use medshare_agent::client::NodeClient;
use medshare_cli_terminal::{Answer, Cell, Failure};
use medshare_exchange::api::ViolationView;

/// List the violations of the owner's packages, with the reports that only the owner can read.
#[derive(Debug, Args)]
pub struct ViolationsArgs {
    /// Only where access to the package stands so.
    #[arg(long, value_name = "STATUS", value_parser = status::of_violation())]
    status: Option<String>,
    /// Only those that wait for a decision of yours, wherever access to the package stands.
    #[arg(long)]
    waiting: bool,
    #[command(flatten)]
    list: ListArgs,
}

/// How violations are listed, here and before a decision about them.
pub const VIOLATIONS: List<ViolationView> = List {
    ask: NodeClient::owner_violations,
    requestor_of: |violation| &violation.requestor,
    row_of: of_violation,
    heads: &["block", "side-block", "requestor", "+data set", "action", "at", "status", "decision", "_comment"],
    cells,
    empty: "no violations",
};

pub fn run(args: &ViolationsArgs, context: &Context) -> Result<Answer, Failure> {
    VIOLATIONS.show(&args.list, args.status.as_deref(), |violation| violation.waits || !args.waiting, context)
}

fn cells(violation: &ViolationView) -> Vec<Cell> {
    vec![
        Cell::Id(violation.block.clone()),
        Cell::Tail(violation.side_block.clone()),
        Cell::Id(violation.requestor.clone()),
        violation.dataset.clone().into(),
        violation.action.clone().into(),
        Cell::Time(violation.at),
        violation.status.clone().into(),
        if violation.waits { "waits" } else { "decided" }.into(),
        said(violation).into(),
    ]
}

/// What stands under a row: the requestor's words, or why there are none to be had.
fn said(violation: &ViolationView) -> String {
    match (&violation.comment, &violation.statement) {
        (Some(comment), _) => comment.clone(),
        (None, Some(_)) => String::new(),
        (None, None) => "the report is not at this node".to_owned(),
    }
}
