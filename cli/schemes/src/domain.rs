//! `medshare domain`: a person's own records, encrypted under labels, opened by keys with policies.

mod files;
mod in_force;
mod issue;
mod issued;
mod kept;
mod key;
mod letters;
mod owner;
mod public;
mod register;
mod revoke;
mod under_way;
mod update;
mod versions;
mod whose;

use clap::{Args, Subcommand};
use medshare_cli_terminal::Failure;

use crate::scheme::Noun;
use crate::scheme::file::InspectArgs;

/// Encrypt a person's records under labels, and give out keys that open some of them.
///
/// The other way round than `medshare abe`: records carry labels (allergies, history, emergency), keys carry policies over labels. Anybody with the
/// public file encrypts into the domain; its owner decides by the keys that she gives out, and can open everything herself by issuing
/// herself a key. Works on files, without a network.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare domain create alice --label allergies --label history \\
      --label emergency
  medshare domain issue --key alice.key --public alice.public \\
      --register alice.register \\
      --policy 'allergies@alice OR emergency@alice' \\
      --party alice.party.key --to bob.party --out bob.letter
  medshare party accept --party bob.party.key --from alice.party bob.letter \\
      --out bob.domain-key
  medshare domain encrypt --public alice.public --label allergies test.pdf \\
      --out test.dom
  medshare domain decrypt --key bob.domain-key test.dom --out test.pdf")]
pub struct DomainCommand {
    #[command(flatten)]
    noun: Noun<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a domain: NAME.key is its owner's secret, NAME.public is for everybody who encrypts into it, NAME.register remembers who has
    /// which key.
    Create(owner::CreateArgs),
    /// Add labels to the public file.
    Label(owner::LabelArgs),
    /// Write the public file anew, from key and register.
    ///
    /// For one that is lost, or came back from a copy: nobody signs it, and the register knows which versions are in force.
    Publish(owner::PublishArgs),
    /// Give somebody a key that opens what its policy allows.
    ///
    /// The key goes out in a letter. The register remembers who has which key; without it nobody can be revoked.
    Issue(issue::IssueArgs),
    /// Encrypt a file under labels.
    ///
    /// Anybody with the public file can. The labels show to everybody; who may open the file shows nowhere.
    Encrypt(files::EncryptArgs),
    /// Open a file.
    Decrypt(files::DecryptArgs),
    /// Show what a file says about itself: its labels, its size.
    Inspect(InspectArgs),
    /// Take all keys of a party away, or give it one with another policy in their place.
    ///
    /// Every label that the old keys name gets a new version. The folder --out then holds a letter for the node that stores the files, one
    /// for each party whose keys stay, and, with --policy, one with the new key. What the party opened before, it knows.
    Revoke(revoke::RevokeArgs),
    /// The node's part of a revocation: move stored files to the new versions of their labels.
    Apply(update::ApplyArgs),
    /// The part of those who stay: move your key to the new versions.
    ///
    /// The letter brings a key that the owner made anew for them, and it takes the place of yours. Of several letters the last one is enough.
    Update(update::UpdateArgs),
}

/// Runs `medshare domain …`.
///
/// # Errors
/// [`Failure`].
pub fn run(command: DomainCommand) -> Result<(), Failure> {
    command.noun.run(|action, secrets, output| match action {
        Action::Create(args) => owner::create(&args, secrets, output),
        Action::Label(args) => owner::add_labels(&args, secrets, output),
        Action::Publish(args) => owner::publish(&args, secrets, output),
        Action::Issue(args) => issue::run(&args, secrets, output),
        Action::Encrypt(args) => files::encrypt(&args, secrets, output),
        Action::Decrypt(args) => files::decrypt(&args, secrets, output),
        Action::Inspect(args) => files::inspect(&args, output),
        Action::Revoke(args) => revoke::run(&args, secrets, output),
        Action::Apply(args) => update::apply(&args, secrets, output),
        Action::Update(args) => update::update(&args, secrets, output),
    })
}
