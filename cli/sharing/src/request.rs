//! `medshare request`: asking for data.

mod asked;
mod fetch;
mod follow;
mod list;
mod outcome;
mod send;
mod sign;
mod status;
mod submit;
mod undelivered;
mod which;

use crate::Context;
use clap::{Args, Subcommand};
use medshare_cli_terminal::{Answer, Failure};

/// Ask an owner for a data set.
///
/// `submit` does it all: signs, sends, follows the stages, fetches the package. `sign` and `send` do it in two steps, for keys
/// that are kept on a machine without a network; a signed request is taken for ten minutes, and may be answered until its deadline.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare request submit --owner HOSPITAL-A --dataset records \\
      --purpose HRESCH --research HMB --accept IRB \\
      --key alice.key --out alice.package
  medshare request list --key alice.key --since 7d
  medshare request status 3f0c
  medshare request fetch 3f0c --key alice.key --out alice.package
Of a request that was sent from here the first digits of its hash are enough,
four or more. Purposes are HL7 ActReason codes, research uses and conditions
are GA4GH DUO codes; a wrong one lists those that exist.")]
pub struct RequestArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Submit(submit::SubmitArgs),
    Sign(sign::SignArgs),
    Send(send::SendArgs),
    Status(status::StatusArgs),
    Fetch(fetch::FetchArgs),
    List(list::ListArgs),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`].
pub fn run(args: RequestArgs, context: &Context) -> Result<Answer, Failure> {
    match args.verb {
        Verb::Submit(args) => submit::run(&args, context),
        Verb::Sign(args) => sign::run(&args, context),
        Verb::Send(args) => send::run(&args, context),
        Verb::Status(args) => status::run(&args, context),
        Verb::Fetch(args) => fetch::run(&args, context),
        Verb::List(args) => list::run(&args, context),
    }
}
