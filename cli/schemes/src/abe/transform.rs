//! `medshare abe transform`: the node's part of opening.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{ArgGroup, Args};
use medshare_cli_terminal::whole_file::must_be_new;
use medshare_crypto::abe::{ProxyKeyShare, ProxyKeys, RowsUsed, transform_share};
use medshare_crypto::abe_file::FileCapsule;
use serde_json::json;

use super::bundle::{known_registration, read_issued};
use super::origin::OwnersArgs;
use super::part::PartFile;
use super::share::SHARE;
use super::transform_file::TransformFile;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::Party;
use crate::scheme::secrets::Protection;
use crate::scheme::stored::read_header;
use crate::scheme::text_file::TextFile;

/// The node's part of opening a file for a user.
///
/// A node that holds a user's issued keys does the work that grows with the policy; the user finishes with `medshare abe decrypt
/// --transform`, which costs the same for every policy and notices a wrong answer. The node reads the file's header only, and learns
/// nothing of its contents. It signs its answer, which the user does not take otherwise. It answers to files of the owners that it names: answers to headers that others
/// made of an owner's single rows would add up to one that opens the owner's file.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("keys").required(true).multiple(true).args(["issued", "share"]))]
pub struct TransformArgs {
    /// The user's registration.
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// A file of keys that were issued to the user. Can be given several times. With --share: keys that are not divided, the same at every node.
    #[arg(long, value_name = "FILE")]
    issued: Vec<PathBuf>,
    /// This node's shares of divided keys: the answer is a part, to be joined with `medshare abe share combine`.
    #[arg(long, value_name = "FILE")]
    share: Option<PathBuf>,
    /// The node's key file (a party's): signs the answer.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    #[command(flatten)]
    owners: OwnersArgs,
    /// The encrypted file.
    input: PathBuf,
    /// File for the answer.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(args: &TransformArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let user = known_registration(&args.registration)?;
    let context = || format!("cannot transform {}", args.input.display());
    let header = args.owners.check(read_header::<FileCapsule>(&args.input)?).with_context(context)?;
    let (name, ciphertext) = (header.header().hash(), header.ciphertext().with_context(context)?);
    let party = Party::read(&args.party, secrets)?;
    let issued = if args.issued.is_empty() { Vec::new() } else { read_issued(&args.issued)? };
    if let Some(path) = &args.share {
        let shares = TextFile::read(path, SHARE)?.only(&["share"])?.all("share", ProxyKeyShare::from_bytes)?;
        let part = transform_share(&ciphertext, &user, &shares, &issued).with_context(context)?;
        PartFile::made(name, part, &user, &party).write(&args.out)?;
    } else {
        let keys = ProxyKeys::new(&user, &issued);
        let selected = keys.select(&ciphertext).with_context(context)?;
        let made = (RowsUsed::of(&selected), keys.transform_selected(&selected));
        TransformFile::signed(name, &user, made, &party).write(&args.out)?;
    }
    let policy = ciphertext.policy()?;
    names::tell_earlier(policy.leaves());
    output.print(&[
        ("user", json!(String::from_utf8_lossy(user.gid()))),
        ("policy", json!(policy.to_string())),
        (if args.share.is_some() { "part" } else { "answer" }, json!(args.out.display().to_string())),
    ])
}
