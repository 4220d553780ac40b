//! `medshare package`: opening packages and working with what is inside.

mod act;
mod addressee;
mod asking;
mod desk;
mod ended;
mod info;
mod list;
mod open;
mod read;
mod work;

use crate::Context;
use clap::{Args, Subcommand};
use medshare_cli_terminal::{Answer, Failure};

/// Open packages and work with the data inside.
///
/// Opening takes the key that the data was requested with, attributes that satisfy the package's policy, and a node, which
/// records it on the ledger. From then on the contract inside the package is asked before anything is done, and reports it to
/// the owner. What the contract does not permit is refused, reported, and ends access at every node: --dry-run says beforehand
/// whether it would be.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare package info alice.package
  medshare package open alice.package --key alice.key
  medshare package list alice.package
  medshare package read alice.package Patient.ndjson --key alice.key \\
      --comment 'table 2'
The session of an open package is kept in PACKAGE.session, sealed to the
requestor's key.")]
pub struct PackageArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Info(info::InfoArgs),
    List(list::ListArgs),
    Open(open::OpenArgs),
    Read(read::ReadArgs),
    Copy(act::CopyArgs),
    Write(act::WriteArgs),
    Delete(act::DeleteArgs),
    Duplicate(act::DuplicateArgs),
    Move(act::MoveArgs),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`].
pub fn run(args: PackageArgs, context: &Context) -> Result<Answer, Failure> {
    match args.verb {
        Verb::Info(args) => info::run(&args, context),
        Verb::List(args) => list::run(&args, context),
        Verb::Open(args) => open::run(&args, context),
        Verb::Read(args) => read::run(&args, context),
        Verb::Copy(args) => act::copy(&args, context),
        Verb::Write(args) => act::write(&args, context),
        Verb::Delete(args) => act::delete(&args, context),
        Verb::Duplicate(args) => act::duplicate(&args, context),
        Verb::Move(args) => act::relocate(&args, context),
    }
}
