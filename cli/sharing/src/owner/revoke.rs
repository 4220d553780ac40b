//! `medshare owner revoke`.

use super::decided::{Decided, NotMade};
use super::meant::PackageArgs;
use super::undecided::still_open;
use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::told::Told;
use crate::waiting::{Again, while_deciding};
use clap::{Args, ValueEnum};
use medshare_agent::clock;
use medshare_cli_terminal::{Answer, Failure};
use medshare_ledger::entry::{Entry, Revocation};
use serde_json::json;

/// End access to a package by the owner's own wish.
///
/// This is no violation, and the ledger says so. It takes all attributes of the requestor too, with which she opens packages of
/// every owner: the authorities issue them again to give back what shall not end. Data that the requestor read already is not taken back; `owner review` with
/// --decision retrieve demands its destruction.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    package: PackageArgs,
    /// Why; the ledger keeps the code, not words.
    #[arg(long, value_enum)]
    reason: Reason,
    #[command(flatten)]
    key: KeyFileArgs,
}

/// Coded reasons.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Reason {
    /// Code 1: the project is over.
    ProjectEnded = 1,
    /// Code 2: patients withdrew their consent.
    ConsentWithdrawn = 2,
    /// Code 3: misuse is suspected.
    SuspectedMisuse = 3,
    /// Code 4: any other reason.
    Other = 4,
}

/// What goes with access to a package that was not taken away before.
pub const ALL_ATTRIBUTES: &str = "all attributes of the requestor are revoked with it; what she has from other owners opens again when the \
     authorities have issued them anew";

pub fn run(args: &RevokeArgs, context: &Context) -> Result<Answer, Failure> {
    let (facts, node) = (context.facts()?, context.node()?);
    let keys = args.key.owner(context)?;
    let meant = args.package.meant(&node, &keys)?;
    let block = meant.block;
    let package = Decided { node: &node, facts: &facts, block };
    still_open(None, &package.standing().map_err(Told::told)?, &facts)?;
    meant.confirm("the revocation", context.json())?;
    let signed = |sequence| {
        let revocation = Revocation {
            network: facts.network(),
            owner: keys.id(),
            parent: block,
            sequence,
            reason: args.reason as u16,
            at: clock::now(),
        };
        let signature = keys.signing.sign(&revocation);
        Entry::Revocation(revocation, signature)
    };
    let decide = || package.make(signed);
    let made = while_deciding(context, &node, "waiting until it is on the ledger", Again::Nothing, decide)
        .map_err(NotMade::told)?;
    let status = made.standing.word();
    let told = json!({
        "block": block.to_string(),
        "reason": args.reason as u16,
        "sequence": made.taken.sequence,
        "entry": made.taken.entry.to_string(),
        "height": made.taken.height,
        "status": status,
    });
    let text = format!(
        "revoked{}: the package of block {block} is {}\n{ALL_ATTRIBUTES}",
        made.taken.place(),
        status.unwrap_or_default()
    );
    Answer::new(&told, text)
}
