//! `medshare owner`: registering requestors, looking at requests and violations, deciding.

mod decided;
mod judged;
mod list;
mod meant;
mod register;
mod requests;
mod review;
mod revoke;
mod statements;
mod undecided;
mod violations;

use crate::Context;
use clap::{Args, Subcommand};
use medshare_cli_terminal::{Answer, Failure};

/// Register requestors, see requests and violations, decide about them.
///
/// Requests and violations are shown by the owner's own node only: name it with --node. The owner's key signs each question.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare owner register --requestor alice.card --key HOSPITAL-A.key
  medshare owner requests --key HOSPITAL-A.key
  medshare owner violations --key HOSPITAL-A.key
  medshare owner review BLOCK --decision regrant --key HOSPITAL-A.key
  medshare owner revoke BLOCK --reason project-ended --key HOSPITAL-A.key")]
pub struct OwnerArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Register(register::RegisterArgs),
    Requests(requests::RequestsArgs),
    Violations(violations::ViolationsArgs),
    Review(review::ReviewArgs),
    Revoke(revoke::RevokeArgs),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`].
pub fn run(args: OwnerArgs, context: &Context) -> Result<Answer, Failure> {
    match args.verb {
        Verb::Register(args) => register::run(&args, context),
        Verb::Requests(args) => requests::run(&args, context),
        Verb::Violations(args) => violations::run(&args, context),
        Verb::Review(args) => review::run(&args, context),
        Verb::Revoke(args) => revoke::run(&args, context),
    }
}
