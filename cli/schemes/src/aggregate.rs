//! `medshare aggregate`: files in numbered classes, and one short key for any set of classes.

mod classes;
mod files;
mod owner;
mod parameters;

use clap::{Args, Subcommand};
use medshare_cli_terminal::Failure;

use crate::scheme::Noun;
use crate::scheme::file::InspectArgs;

/// Put files into numbered classes, and give out one short key for any set of classes.
///
/// The key stays as short for a thousand classes as for one. All owners share public parameters, whose secret nobody may know: several parties
/// contribute to them, and one who forgets its part is enough. A key cannot be taken back: for that, use new classes.
/// Works on files, without a network.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare aggregate setup --classes 64 --party HOSPITAL-A.party.key \\
      --out first.parameters
  medshare aggregate contribute first.parameters --party CLOUD-C.party.key \\
      --out common.parameters
  medshare aggregate create alice --parameters common.parameters \\
      --contributor CLOUD-C.party
  medshare aggregate encrypt --parameters common.parameters \\
      --owner alice.public --class 7 scan.dcm --out scan.cls
  medshare aggregate issue --parameters common.parameters --key alice.key \\
      --classes 1-5,7 \\
      --party alice.party.key --to bob.party --out bob.letter
  medshare party accept --party bob.party.key --from alice.party bob.letter \\
      --out bob.aggregate-key
  medshare aggregate decrypt --parameters common.parameters \\
      --owner alice.public --key bob.aggregate-key scan.cls --out scan.dcm")]
pub struct AggregateCommand {
    #[command(flatten)]
    noun: Noun<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make public parameters, with a first contribution. The number behind them is wiped before this returns.
    Setup(parameters::SetupArgs),
    /// Put a number of your own into public parameters, and forget it.
    ///
    /// Each party takes the file of the one before, proves that it built on it, and signs. Nobody knows the number behind the last file if one of them
    /// did forget its own.
    Contribute(parameters::ContributeArgs),
    /// Check parameters: that they are well-formed, and who contributed.
    Check(parameters::CheckArgs),
    /// Make an owner: NAME.key is its secret, NAME.public is for everybody who encrypts for it or opens its files.
    Create(owner::CreateArgs),
    /// Give somebody a key for a set of classes. It goes out in a letter.
    Issue(owner::IssueArgs),
    /// Encrypt a file into a class of an owner.
    Encrypt(files::EncryptArgs),
    /// Open a file.
    Decrypt(files::DecryptArgs),
    /// Show what a file says about itself: its class, its size.
    Inspect(InspectArgs),
}

/// Runs `medshare aggregate …`.
///
/// # Errors
/// [`Failure`].
pub fn run(command: AggregateCommand) -> Result<(), Failure> {
    command.noun.run(|action, secrets, output| match action {
        Action::Setup(args) => parameters::setup(&args, secrets, output),
        Action::Contribute(args) => parameters::contribute(&args, secrets, output),
        Action::Check(args) => parameters::check(&args, output),
        Action::Create(args) => owner::create(&args, secrets, output),
        Action::Issue(args) => owner::issue(&args, secrets, output),
        Action::Encrypt(args) => files::encrypt(&args, output),
        Action::Decrypt(args) => files::decrypt(&args, secrets, output),
        Action::Inspect(args) => files::inspect(&args, output),
    })
}
