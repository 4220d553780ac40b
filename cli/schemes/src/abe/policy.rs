//! `medshare abe policy …`: changing who may open a file that lies with somebody else.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use medshare_cli_terminal::whole_file::{must_be_new, write_new};
use medshare_crypto::abe::{RowShare, Rows};
use medshare_crypto::abe_file::{ChangeError, FileCapsule, FileHeader, OwnersHeader, PolicyChange};
use medshare_crypto::policy::{Gate, Policy};
use medshare_crypto::secret::AttributeSecret;
use medshare_crypto::sign::SigningKey;
use rand_core::OsRng;
use serde_json::json;

use super::files::explained;
use super::opener::OpenerArgs;
use super::rows::RowsArgs;
use crate::scheme::failure::refused;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::secrets::Protection;
use crate::scheme::stored::{change_header, read_header};
use crate::scheme::text_file::{TextFile, text_of};

/// With 2, its signature did not say that the payload stays.
const CHANGE: &str = "medshare-abe-policy-change: 3";

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
    /// A change holds no secret, is for one file in one state, and is applied where the file's owner signed what comes out of it.
    Apply(ApplyArgs),
}

#[derive(Debug, Args)]
pub struct ChangeArgs {
    #[command(flatten)]
    opener: OpenerArgs,
    #[command(flatten)]
    rows: RowsArgs,
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
}

pub fn run(action: PolicyAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    type Make =
        fn(&OwnersHeader, &SigningKey, &AttributeSecret, Rows, Vec<RowShare>) -> Result<PolicyChange, ChangeError>;
    let (args, make): (_, Make) = match &action {
        PolicyAction::Apply(args) => return apply(args, output),
        PolicyAction::Widen(args) => {
            (args, |header, owner, sigma, rows, shares| header.widening(owner, sigma, rows, &shares))
        }
        PolicyAction::Replace(args) => {
            (args, |header, owner, sigma, rows, shares| header.replacement(owner, sigma, rows, shares))
        }
        PolicyAction::Narrow(args) => {
            (args, |header, owner, sigma, rows, shares| header.narrowing(owner, sigma, rows, shares, &mut OsRng))
        }
    };
    must_be_new(&[&args.out])?;
    let mut keys = args.opener.read(&args.input, secrets)?;
    let owner = args.rows.owner(secrets)?;
    let header = read_header::<FileCapsule>(&args.input)?.of_owner(&[owner.public().verifying]);
    let header = header.with_context(|| format!("cannot change {}", args.input.display()))?;
    let policy = args.rows.policy()?;
    if matches!(action, PolicyAction::Widen(_)) && lets_in(&header.header().policy()?, &policy) {
        let message = format!("{} lets in whoever satisfies {policy} already", args.input.display());
        bail!(refused(message).hint("for other versions of its attributes, `medshare abe policy replace`"));
    }
    keys.choose(&args.input, |header| Ok(header.of_owner(&[owner.public().verifying])?))?;
    let sigma = header.secret(keys.opener()).map_err(|error| explained(error, &keys))?;
    let (rows, shares) = args.rows.make(&owner)?;
    let change = make(&header, &owner.signing, &sigma, rows, shares)?;
    write_new(&args.out, &text_of(CHANGE, [("change", change.to_bytes().as_slice())]))?;
    let becomes = header.header().changed(change)?.policy()?;
    names::tell_earlier(becomes.leaves());
    let results = vec![("policy", json!(becomes.to_string())), ("change", json!(args.out.display().to_string()))];
    output.print(&names::told_in(&policy, results, output))
}

/// Whether a policy is a branch of another's OR, or several: widened by it, the other would let in nobody.
fn lets_in(policy: &Policy, extra: &Policy) -> bool {
    let branches = |policy: &Policy| match policy.root() {
        Gate::Or(of) => of.clone(),
        one => vec![one.clone()],
    };
    let there = branches(policy);
    branches(extra).iter().all(|branch| there.contains(branch))
}

fn apply(args: &ApplyArgs, output: Output) -> anyhow::Result<()> {
    let change = TextFile::read(&args.change, CHANGE)?.only(&["change"])?.one("change", PolicyChange::from_bytes)?;
    let policy = change_header(&args.input, |header: FileHeader| {
        let changed = header.changed(change)?;
        let policy = changed.policy()?;
        Ok((Some(changed), policy))
    })?;
    names::tell_earlier(policy.leaves());
    output.print(&[("file", json!(args.input.display().to_string())), ("policy", json!(policy.to_string()))])
}
