//! `medshare abe policy …`: changing who may open a file that lies with somebody else.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::{must_be_new, write_new};
use medshare_crypto::abe::{Ciphertext, RowShare, Rows};
use medshare_crypto::abe_file::{ChangeError, FileHeader, PolicyChange};
use medshare_crypto::secret::AttributeSecret;
use rand_core::OsRng;
use serde_json::json;

use super::files::explained;
use super::opener::OpenerArgs;
use super::rows::RowsArgs;
use crate::scheme::failure::refused;
use crate::scheme::output::Output;
use crate::scheme::party::Party;
use crate::scheme::secrets::Protection;
use crate::scheme::stored::{change_header, read_header};
use crate::scheme::text_file::{TextFile, text_of};

const CHANGE: &str = "medshare-abe-policy-change: 1";

#[derive(Debug, Subcommand)]
pub enum PolicyAction {
    /// Let other people open the file as well: OLD OR NEW.
    Widen(ChangeArgs),
    /// Put the file under another policy. Whoever opened it before may have kept what opens it.
    Replace(ChangeArgs),
    /// Put the file under another policy with a fresh secret: an old copy of the header does not lead to the new one.
    ///
    /// The contents stay as they are. Somebody who opened the file before may have kept the key of the contents: to take that away,
    /// `medshare abe rekey --strict` encrypts them again.
    Narrow(ChangeArgs),
    /// The part of whoever stores the file: apply a change.
    ///
    /// A change holds no secret, and is for one file in one state. Where the file names its owner (`medshare abe encrypt --owner`), only a
    /// change with the owner's signature is applied.
    Apply(ApplyArgs),
}

#[derive(Debug, Args)]
pub struct ChangeArgs {
    #[command(flatten)]
    opener: OpenerArgs,
    #[command(flatten)]
    rows: RowsArgs,
    /// The owner's key file (a party's): signs the change. Needed where the file names its owner.
    #[arg(long, value_name = "FILE")]
    owner: Option<PathBuf>,
    /// The encrypted file, or a copy of its beginning with the whole header.
    input: PathBuf,
    /// File for the change.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The encrypted file; it is written anew beside its place and then takes it.
    input: PathBuf,
    /// The change.
    change: PathBuf,
    /// Apply a change to a file that names no owner, where it came on a way that you trust: a forged one makes the file useless.
    #[arg(long)]
    unsigned: bool,
}

pub fn run(action: PolicyAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    type Make = fn(&FileHeader, &AttributeSecret, Rows, Vec<RowShare>) -> Result<PolicyChange, ChangeError>;
    let (args, make): (_, Make) = match &action {
        PolicyAction::Apply(args) => return apply(args, output),
        PolicyAction::Widen(args) => (args, |header, sigma, rows, shares| header.widening(sigma, rows, &shares)),
        PolicyAction::Replace(args) => (args, |header, sigma, rows, shares| header.replacement(sigma, rows, shares)),
        PolicyAction::Narrow(args) => {
            (args, |header, sigma, rows, shares| header.narrowing(sigma, rows, shares, &mut OsRng))
        }
    };
    must_be_new(&[&args.out])?;
    let keys = args.opener.read(&args.input, secrets)?;
    let header = read_header::<Ciphertext>(&args.input)?;
    let owner = owner_of(&header, args, secrets)?;
    let sigma = header.secret(keys.opener()).map_err(|error| explained(error, &keys))?;
    let (rows, shares) = args.rows.make(secrets)?;
    let mut change = make(&header, &sigma, rows, shares)?;
    if let Some(owner) = &owner {
        change = change.signed(&owner.signing);
    }
    write_new(&args.out, &text_of(CHANGE, [("change", change.to_bytes().as_slice())]))?;
    let policy = header.changed_unsigned(change)?.policy()?.to_string();
    output.print(&[("policy", json!(policy)), ("change", json!(args.out.display().to_string()))])
}

/// The key that signs a change of this file; none where the file names no owner.
fn owner_of(header: &FileHeader, args: &ChangeArgs, secrets: &Protection) -> anyhow::Result<Option<Party>> {
    let file = args.input.display();
    match (header.owner(), &args.owner) {
        (None, None) => Ok(None),
        (None, Some(_)) => {
            bail!(Failure::argument(format!("{file} names no owner")).hint("make the change without --owner"))
        }
        (Some(owner), None) => {
            bail!(refused(format!("{file} takes changes of its owner {owner} only")).hint("sign with --owner"))
        }
        (Some(owner), Some(path)) => {
            let party = Party::read(path, secrets)?;
            if party.public().verifying != owner {
                let key = path.display();
                bail!(refused(format!(
                    "{file} takes changes of its owner {owner} only, and {key} is another party's key"
                )));
            }
            Ok(Some(party))
        }
    }
}

fn apply(args: &ApplyArgs, output: Output) -> anyhow::Result<()> {
    let change = TextFile::read(&args.change, CHANGE)?.only(&["change"])?.one("change", PolicyChange::from_bytes)?;
    let mut policy = String::new();
    change_header(&args.input, |header: FileHeader| {
        let changed = if args.unsigned { header.changed_unsigned(change) } else { header.changed(change) };
        let changed = changed.map_err(|error| match error {
            ChangeError::NoOwner => {
                let failure = refused(error.to_string());
                anyhow::Error::new(failure.hint("--unsigned applies it where you trust the way on which it came"))
            }
            other => other.into(),
        })?;
        policy = changed.policy()?.to_string();
        Ok(changed)
    })?;
    output.print(&[("file", json!(args.input.display().to_string())), ("policy", json!(policy))])
}
