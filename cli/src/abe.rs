//! `medshare abe`: files encrypted under a policy, on this machine, without a network.

mod authority;
mod bundle;
mod files;
mod output;
mod secrets;
mod user;

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Encrypt files so that only people with the right attributes can open them.
///
/// A hospital makes itself an authority, a doctor makes herself a key and hands in its registration, the hospital issues
/// attributes for it, and anybody with the hospital's public file encrypts under a policy.
#[derive(Debug, Args)]
pub struct AbeCommand {
    #[command(subcommand)]
    action: Action,
    /// Print one JSON object instead of text.
    #[arg(long, global = true)]
    json: bool,
    /// A file whose first line is the passphrase of the key files. Without it MEDSHARE_PASSPHRASE is used.
    #[arg(long, global = true, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Write new key files unencrypted: for tests, and for disks that are encrypted as a whole.
    #[arg(long, global = true)]
    insecure_plaintext: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make and extend authorities, who say what people are.
    #[command(subcommand)]
    Authority(authority::AuthorityAction),
    /// Make people's own keys.
    #[command(subcommand)]
    User(user::UserAction),
    /// Issue attributes for a registration.
    Issue(authority::IssueArgs),
    /// Encrypt a file under a policy.
    Encrypt(files::EncryptArgs),
    /// Open a file.
    Decrypt(files::DecryptArgs),
    /// Put a file that you can open under another policy.
    Rekey(files::RekeyArgs),
    /// Show what a file says about itself: its policy, its size.
    Inspect(files::InspectArgs),
}

/// Runs `medshare abe …`.
///
/// # Errors
/// With what went wrong and what to do about it.
pub fn run(command: AbeCommand) -> anyhow::Result<()> {
    let secrets = secrets::Protection {
        passphrase_file: command.passphrase_file,
        insecure_plaintext: command.insecure_plaintext,
    };
    let output = output::Output { json: command.json };
    match command.action {
        Action::Authority(action) => authority::run(action, &secrets, output),
        Action::User(action) => user::run(action, &secrets, output),
        Action::Issue(args) => authority::issue(args, &secrets, output),
        Action::Encrypt(args) => files::encrypt(args, output),
        Action::Decrypt(args) => files::decrypt(args, &secrets, output),
        Action::Rekey(args) => files::rekey(args, &secrets, output),
        Action::Inspect(args) => files::inspect(args, output),
    }
}
