//! `medshare audit`: what happened, and the proof of it.

mod block;
mod export;
mod sought;
mod thread;
mod verify;

use crate::Context;
use clap::{Args, Subcommand};
use medshare_cli_terminal::{Answer, Failure};

/// Look at what happened, and prove it.
///
/// `thread` and `block` show what a node says. `export` stores a bundle that proves it: `verify` checks signatures, nonces, hash
/// chains, Merkle roots, inclusion in the history, completeness in the state, and the commit certificate back to genesis, with
/// the network stopped.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare audit thread RID
  medshare audit block BLOCK
  medshare audit export --requestor RID --out rid.bundle
  medshare audit verify rid.bundle")]
pub struct AuditArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Thread(thread::ThreadArgs),
    Block(block::BlockArgs),
    Export(export::ExportArgs),
    Verify(verify::VerifyArgs),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`].
pub fn run(args: AuditArgs, context: &Context) -> Result<Answer, Failure> {
    match args.verb {
        Verb::Thread(args) => thread::run(&args, context),
        Verb::Block(args) => block::run(&args, context),
        Verb::Export(args) => export::run(&args, context),
        Verb::Verify(args) => verify::run(&args, context),
    }
}
