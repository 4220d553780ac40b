//! `medshare authority`: attributes of requestors.

mod desk;
mod issue;
mod refusals;

use crate::Context;
use clap::{Args, Subcommand};
use medshare_cli_terminal::{Answer, Failure};

/// Issue attributes.
///
/// An authority says what people are, such as RESEARCHER@UNIVERSITY. It never sees their secrets: what it makes goes to the
/// nodes, sealed, and opens nothing without the requestor's own key.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare authority issue --key university.key \\
      --attribute RESEARCHER@UNIVERSITY --to RID
After a revocation the same command issues the attribute again, once the owner
has re-granted access.")]
pub struct AuthorityArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Issue(issue::IssueArgs),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`].
pub fn run(args: AuthorityArgs, context: &Context) -> Result<Answer, Failure> {
    match args.verb {
        Verb::Issue(args) => issue::run(&args, context),
    }
}
