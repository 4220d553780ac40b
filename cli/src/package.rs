//! `medshare package`: opening packages and working with what is inside.

mod act;
mod info;
mod list;
mod open;
mod read;

use crate::answer::Answer;
use crate::context::Context;
use crate::failure::Failure;
use crate::passphrase::KeyFileArgs;
use clap::{Args, Subcommand};
use medshare_agent::client::NodeClient;
use medshare_agent::session::{Agent, Session};
use medshare_contract_abi::usage::Comment;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::facts::NetworkFacts;
use std::path::PathBuf;

/// Open packages and work with the data inside.
///
/// Opening takes the key that the data was requested with, attributes that satisfy the package's policy, and a node, which
/// records it on the ledger. From then on the contract inside the package is asked before anything is done, and reports it to
/// the owner. What the contract does not permit is refused, reported, and ends access at every node.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare package info records.package
  medshare package open records.package --key me.key
  medshare package list records.package
  medshare package read records.package Patient.ndjson --key me.key --comment 'table 2'
The session of an open package is kept in PACKAGE.session, sealed to the requestor's key.")]
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
        Verb::Copy(args) => act::copy(args, context),
        Verb::Write(args) => act::write(args, context),
        Verb::Delete(args) => act::delete(args, context),
        Verb::Duplicate(args) => act::duplicate(args, context),
        Verb::Move(args) => act::relocate(args, context),
    }
}

/// A package, whose key opens it, where its session is kept.
#[derive(Debug, Args)]
struct SessionArgs {
    /// Package file.
    package: PathBuf,
    #[command(flatten)]
    key: KeyFileArgs,
    /// Folder for sessions, instead of beside each package.
    #[arg(long, value_name = "DIR")]
    vault: Option<PathBuf>,
}

/// What is said to the owner about an action.
#[derive(Debug, Args)]
struct CommentArgs {
    /// Comment for the owner, who alone can read it.
    #[arg(long, value_name = "TEXT", default_value = "", value_parser = comment, hide_default_value = true)]
    comment: Comment,
}

fn comment(text: &str) -> Result<Comment, String> {
    Comment::new(text).map_err(|e| e.to_string())
}

/// What an agent needs, loaded.
struct Desk {
    facts: NetworkFacts,
    node: NodeClient,
    keys: RequestorKeys,
}

impl Desk {
    fn of(args: &SessionArgs, context: &Context) -> Result<Self, Failure> {
        Ok(Self { facts: context.facts()?, node: context.node()?, keys: args.key.requestor()? })
    }

    const fn agent(&self) -> Agent<'_> {
        Agent { facts: &self.facts, keys: &self.keys, node: &self.node }
    }

    fn resume(&self, args: &SessionArgs) -> Result<Session<'_>, Failure> {
        Ok(self.agent().resume(&args.package, args.vault.as_deref())?)
    }
}
