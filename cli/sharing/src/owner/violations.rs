//! `medshare owner violations`.

use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::text::{short, table, utc};
use medshare_cli_terminal::{Answer, Failure};
use medshare_exchange::api::ViolationView;

/// List the violations of the owner's packages, with the reports that only the owner can read.
#[derive(Debug, Args)]
pub struct ViolationsArgs {
    #[command(flatten)]
    key: KeyFileArgs,
}

pub fn run(args: &ViolationsArgs, context: &Context) -> Result<Answer, Failure> {
    let node = context.node()?;
    let keys = args.key.owner()?;
    let violations = node.owner_violations(&keys.signing).map_err(Told::told)?;
    let rows: Vec<Vec<String>> = violations.iter().map(row).collect();
    let head = ["block", "requestor", "data set", "action", "at", "status", "report"];
    Answer::new(&violations, table(&head, &rows, "no violations"))
}

fn row(violation: &ViolationView) -> Vec<String> {
    vec![
        violation.block.clone(),
        short(&violation.requestor),
        violation.dataset.clone(),
        violation.action.clone(),
        utc(violation.at),
        violation.status.clone(),
        violation.comment.clone().unwrap_or_else(|| "not at this node".to_owned()),
    ]
}
