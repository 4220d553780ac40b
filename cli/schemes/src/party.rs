//! `medshare party`: who sends, receives and vouches, in the commands that need no network.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::must_be_new;
use serde_json::json;

use crate::scheme::letter;
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic, PublicFile};
use crate::scheme::secrets::Protection;
use crate::scheme::text_file::TextFile;
use crate::scheme::{Noun, handed, names, new_files};

/// Make keys for parties that write to each other without a network.
///
/// A party is an organisation's node, an authority or a person: it signs what it makes, and receives keys and updates in letters that nobody else can
/// read. `medshare abe`, `domain`, `aggregate` and `signature` send such letters as files.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare party create CLOUD-C
  medshare party show CLOUD-C.party
  medshare party publish CLOUD-C.party.key --out CLOUD-C.party
  medshare party accept --party bob.party.key --from alice.party bob.letter \\
      --out bob.key")]
pub struct PartyCommand {
    #[command(flatten)]
    noun: Noun<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a party: NAME.party.key is its secret, NAME.party is for everybody who deals with it.
    ///
    /// Hand out NAME.party on a way that nobody can tamper with: whoever is given another file deals with somebody else.
    Create(CreateArgs),
    /// Show whose a public file, NAME.party, is: the name in it, and its keys, to compare on another way than the one that it came.
    Show(ShowArgs),
    /// Write a party's public file anew, from its key file.
    ///
    /// It takes the place of the party's own one. Public files of builds before hold a key that nothing is sealed to any more. The key file stays as it is: the
    /// key of now follows from what is in it, and letters to the one of before are still read. So does the verifying key: hand the new file out as you did the old one.
    Publish(PublishArgs),
    /// Accept a key that came in a letter: it is kept in a key file of your own, under your passphrase.
    Accept(AcceptArgs),
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// The party's name, e.g. CLOUD-C.
    name: String,
    /// Folder for the two files.
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// The party's public file, NAME.party.
    file: PathBuf,
}

#[derive(Debug, Args)]
struct PublishArgs {
    /// The party's key file, NAME.party.key.
    key: PathBuf,
    /// The public file, NAME.party. The party's own one is replaced, and nobody else's.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct AcceptArgs {
    /// Your party's key file.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The sender's public file, NAME.party.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The letter.
    letter: PathBuf,
    /// The new key file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs `medshare party …`.
///
/// # Errors
/// [`Failure`].
pub fn run(command: PartyCommand) -> Result<(), Failure> {
    command.noun.run(|action, secrets, output| match action {
        Action::Create(args) => create(&args, secrets, output),
        Action::Show(args) => show(&args, output),
        Action::Publish(args) => publish(&args, secrets, output),
        Action::Accept(args) => accept(&args, secrets, output),
    })
}

fn create(args: &CreateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    if args.name.is_empty() || args.name.len() > 128 {
        bail!(Failure::argument("a party's name has 1 to 128 bytes"));
    }
    let [key, public] = new_files(&args.out, &args.name, ["party.key", "party"])?;
    Party::generate().write(&args.name, &key, &public, secrets)?;
    let results = vec![
        ("party", json!(args.name)),
        ("key file", json!(key.display().to_string())),
        ("public file", json!(public.display().to_string())),
    ];
    output.print(&names::told([args.name.as_str()], results, output))
}

fn show(args: &ShowArgs, output: Output) -> anyhow::Result<()> {
    let PublicFile { name, of } = PublicFile::read(&args.file)?;
    let mut results = vec![("party", json!(name)), ("verifying key", json!(of.verifying.to_string()))];
    if output.json {
        // 2,432 digits are for machines.
        results.push(("sealing key", json!(of.sealing.digits())));
        results.extend(of.sealing.fingerprint().map(|print| ("sealing key fingerprint", json!(print.to_string()))));
    } else {
        results.push(("sealing key", json!(of.sealing.shown())));
    }
    output.print(&names::told([name.as_str()], results, output))
}

fn publish(args: &PublishArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let name = Party::publish(&args.key, &args.out, secrets)?;
    output.print(&[("party", json!(name)), ("public file", json!(args.out.display().to_string()))])
}

fn accept(args: &AcceptArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let (party, from) = (Party::read(&args.party, secrets)?, PartyPublic::read(&args.from)?);
    let text = letter::read(&args.letter, &from.verifying, &party)?;
    let name = args.letter.display().to_string();
    let first = text.lines().next().unwrap_or_default();
    if handed::kind_of(first).is_none() {
        letter::other_kind(&args.letter, &text, "one with a key")?;
    }
    let kind = handed::kind_of(first).with_context(|| handed::no_key(&name, first))?;
    let file = TextFile::parse(&format!("{name} (inside)"), &text, first)?.only(&["about", "key"])?;
    let about = file.text("about")?;
    secrets.write(&args.out, kind, &about, file.bytes("key")?)?;
    output.print(&[("kind", json!(kind)), ("about", json!(about)), ("key file", json!(args.out.display().to_string()))])
}
