//! `medshare abe`: files encrypted under a policy, on this machine, without a network.

mod authority;
mod authority_key;
mod bundle;
mod challenge;
mod dispute;
mod files;
mod issue;
mod opener;
mod origin;
mod part;
mod policy;
mod pool;
mod raising;
mod revoke;
mod rows;
mod share;
mod transform;
mod transform_file;
mod user;
mod version;

use clap::{Args, Subcommand};
use medshare_cli_terminal::Failure;

use crate::scheme::Noun;
use crate::scheme::file::InspectArgs;

/// Encrypt files so that only people with the right attributes can open them.
///
/// A hospital makes itself an authority, a doctor makes herself a key and hands in its registration, the hospital issues
/// attributes for it, and anybody with the hospital's public file encrypts under a policy. Nodes can take over the bulk of
/// encrypting (pool) and of opening (transform); they never see a file's contents, and a node that answers wrongly is found out (dispute).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare abe authority create HOSPITAL-A --attribute DOCTOR --attribute NURSE
  medshare abe user create bob
  medshare abe issue --key HOSPITAL-A.key --registration bob.registration \\
      --out bob.issued DOCTOR
  medshare party create owner
  medshare abe encrypt --policy DOCTOR@HOSPITAL-A --public HOSPITAL-A.public \\
      --party owner.party.key record.pdf --out record.abe
  medshare abe decrypt --key bob.key --issued bob.issued --owner owner.party \\
      record.abe --out record.pdf")]
pub struct AbeCommand {
    #[command(flatten)]
    noun: Noun<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make and extend authorities, who say what people are.
    #[command(subcommand)]
    Authority(authority::AuthorityAction),
    /// Make people's own keys, and check their registrations.
    #[command(subcommand)]
    User(user::UserAction),
    Issue(issue::IssueArgs),
    /// Encrypt a file under a policy.
    ///
    /// The authorities' public files must be the right ones. The file is its owner's (--party), who signs its header and whose key shows in it: whoever opens it, helps to
    /// open it or changes its policy asks for that. AND binds tighter than OR. Memory stays the same for files of any size. The output appears under its name when it is
    /// complete, and never replaces a file.
    Encrypt(files::EncryptArgs),
    /// Open a file.
    ///
    /// With the keys that authorities issued to you (--issued), or with the answer of a node that holds them (--transform). The header must be signed by the
    /// file's owner (--owner). The contents are what the owner put in, or somebody else who can open the file: where that matters, sign them (`medshare signature`).
    Decrypt(files::DecryptArgs),
    /// Put a file of yours under another policy, where you can open it.
    ///
    /// The contents stay as they are, and so does the key of the contents, which somebody who opened the file may have kept; --strict encrypts them again.
    /// For a file that is stored elsewhere see `medshare abe policy`.
    Rekey(files::RekeyArgs),
    /// Show what a file says about itself: its policy, its size.
    Inspect(InspectArgs),
    /// Let other organisations do the bulk of encrypting, ahead of time.
    #[command(subcommand)]
    Pool(pool::PoolAction),
    Transform(transform::TransformArgs),
    /// Find out who was wrong when a node's answer opens nothing.
    #[command(subcommand)]
    Dispute(dispute::DisputeAction),
    /// Divide keys between nodes, so that some of them are needed together: break-glass.
    #[command(subcommand)]
    Share(share::ShareAction),
    Revoke(revoke::RevokeArgs),
    /// Move an attribute to a new version, which leaves revoked people behind.
    #[command(subcommand)]
    Version(version::VersionAction),
    /// Change who may open a file that is stored elsewhere.
    #[command(subcommand)]
    Policy(policy::PolicyAction),
    /// Find out whether somebody satisfies a policy, without showing anything to a man in the middle.
    #[command(subcommand)]
    Challenge(challenge::ChallengeAction),
}

/// Runs `medshare abe …`.
///
/// # Errors
/// [`Failure`].
pub fn run(command: AbeCommand) -> Result<(), Failure> {
    command.noun.run(|action, secrets, output| match action {
        Action::Authority(action) => authority::run(action, secrets, output),
        Action::User(action) => user::run(action, secrets, output),
        Action::Issue(args) => issue::run(&args, secrets, output),
        Action::Encrypt(args) => files::encrypt(args, secrets, output),
        Action::Decrypt(args) => files::decrypt(args, secrets, output),
        Action::Rekey(args) => files::rekey(args, secrets, output),
        Action::Inspect(args) => files::inspect(args, output),
        Action::Pool(action) => pool::run(action, secrets, output),
        Action::Transform(args) => transform::run(&args, secrets, output),
        Action::Dispute(action) => dispute::run(action, secrets, output),
        Action::Share(action) => share::run(action, secrets, output),
        Action::Revoke(args) => revoke::run(&args, output),
        Action::Version(action) => version::run(action, secrets, output),
        Action::Policy(action) => policy::run(action, secrets, output),
        Action::Challenge(action) => challenge::run(action, secrets, output),
    })
}
