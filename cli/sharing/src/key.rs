//! `medshare key`: keys of requestors, owners and authorities.

mod card;
mod create;
mod passphrase;
mod show;

use crate::Context;
use clap::{Args, Subcommand};
use medshare_cli_terminal::{Answer, Failure};

/// Make and show keys.
///
/// A key file is text: what it is stands in the open, the secret is encrypted under a passphrase (argon2id, AES-256-GCM).
/// Whoever loses it loses access; nobody can restore it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare key create --kind requestor --out alice.key
  medshare key show alice.key
  medshare key passphrase alice.key --new-passphrase-file new
  medshare key card --key alice.key --organisation HOSPITAL-A \\
      --role researcher --out alice.card")]
pub struct KeyArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Create(create::CreateArgs),
    Show(show::ShowArgs),
    Card(card::CardArgs),
    Passphrase(passphrase::ChangeArgs),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`].
pub fn run(args: KeyArgs, context: &Context) -> Result<Answer, Failure> {
    match args.verb {
        Verb::Create(args) => create::run(&args),
        Verb::Show(args) => show::run(&args),
        Verb::Card(args) => card::run(args, context),
        Verb::Passphrase(args) => passphrase::run(&args),
    }
}
