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
    heads: &["block", "side-block", "requestor", "+data set", "action", "at", "status", "_decision", "_comment"],
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
        // What she did is the point of the list, and two actions may begin alike.
        Cell::Whole(violation.action.clone()),
        Cell::Time(violation.at),
        violation.status.clone().into(),
        if violation.waits { "waits for your decision" } else { "" }.into(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use medshare_cli_terminal::TableArgs;
    use medshare_contract_abi::Action;

    #[test]
    fn every_action_and_status_stands_whole_in_eighty_columns() {
        let actions: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
        let of = |action: &&str| ViolationView {
            block: format!("00{}", "a7".repeat(31)),
            side_block: "c3".repeat(32),
            requestor: "ab".repeat(16),
            dataset: "records".to_owned(),
            action: (*action).to_owned(),
            statement: Some("s".to_owned()),
            comment: Some("for my laptop".to_owned()),
            at: 1_795_281_959_000,
            status: "under-review".to_owned(),
            waits: true,
        };
        let violations: Vec<_> = actions.iter().map(of).collect();
        let table = VIOLATIONS.table(&violations, TableArgs { wide: false });
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        for told in actions.into_iter().chain(["under-review", "waits for your decision", "for my laptop"]) {
            assert!(table.contains(told), "{told}: {table}");
        }
    }
}
