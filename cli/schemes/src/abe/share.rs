//! `medshare abe share …`: keys divided between nodes.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use medshare_cli_terminal::whole_file::{must_be_new, write_new};
use medshare_crypto::abe::{ProxyKeyShare, join_transforms};
use rand_core::OsRng;
use serde_json::json;

use super::bundle::{read_issued, read_registration};
use super::part::PartFile;
use super::transform_file::TransformFile;
use crate::scheme::failure::unverified;
use crate::scheme::output::Output;
use crate::scheme::party::PartyPublic;
use crate::scheme::text_file::text_of;

/// First line of one node's shares.
pub const SHARE: &str = "medshare-abe-share: 1";

#[derive(Debug, Subcommand)]
pub enum ShareAction {
    /// Divide issued keys, so that only several nodes together can transform with them.
    ///
    /// For break-glass: an EMERGENCY attribute is issued to everybody on call and divided among nodes, each of which keeps a log. Give each node
    /// its share and delete the issued file. Deleting enough shares revokes.
    Split(SplitArgs),
    /// Join the nodes' parts to one answer, with which the user opens the file.
    ///
    /// Parts by others than the named nodes, for somebody else, and altered ones are refused. Of a part that its node made wrongly nobody can
    /// tell: the answer then opens nothing, and other nodes are asked.
    Combine(CombineArgs),
}

#[derive(Debug, Args)]
pub struct SplitArgs {
    /// The issued keys to divide. Can be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    issued: Vec<PathBuf>,
    /// How many nodes must take part.
    #[arg(long)]
    needed: u8,
    /// How many nodes get a share.
    #[arg(long)]
    of: u8,
    /// What the files begin with: OUT-1.share for the first node, and so on.
    #[arg(long, value_name = "PREFIX")]
    out: String,
}

#[derive(Debug, Args)]
pub struct CombineArgs {
    /// The user's registration.
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// The public file of a node that has made a part, NAME.party. Once for each part, in any order.
    #[arg(long, required = true, value_name = "FILE")]
    from: Vec<PathBuf>,
    /// The nodes' parts (`medshare abe transform --share`).
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    /// File for the answer.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(action: ShareAction, output: Output) -> anyhow::Result<()> {
    match action {
        ShareAction::Split(args) => split(&args, output),
        ShareAction::Combine(args) => combine(&args, output),
    }
}

fn split(args: &SplitArgs, output: Output) -> anyhow::Result<()> {
    let mut shares: Vec<Vec<Vec<u8>>> = vec![Vec::new(); args.of.into()];
    for key in read_issued(&args.issued)? {
        let divided = key.divide(args.needed, args.of, &mut OsRng)?;
        for (node, share) in shares.iter_mut().zip(&divided) {
            node.push(ProxyKeyShare::to_bytes(share));
        }
    }
    let files: Vec<PathBuf> = (1..=args.of).map(|node| format!("{}-{node}.share", args.out).into()).collect();
    must_be_new(&files.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    for (path, shares) in files.iter().zip(&shares) {
        write_new(path, &text_of(SHARE, shares.iter().map(|share| ("share", share.as_slice()))))?;
    }
    let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    output.print(&[("needed", json!(args.needed)), ("shares", json!(files))])
}

fn combine(args: &CombineArgs, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let user = read_registration(&args.registration)?;
    let mut waiting = PartyPublic::read_all(&args.from)?;
    let parts: Vec<PartFile> = args.parts.iter().map(|path| PartFile::read(path)).collect::<anyhow::Result<_>>()?;
    let first = parts.first().context("there are no parts")?;
    for part in &parts {
        part.check(&user, &mut waiting)?;
        if part.header != first.header {
            bail!(unverified("the parts are for different files, or for different states of one"));
        }
    }
    let joined = join_transforms(&parts.iter().map(|file| file.part).collect::<Vec<_>>())?;
    TransformFile::joint(first.header, joined).write(&args.out)?;
    output.print(&[("parts", json!(parts.len())), ("answer", json!(args.out.display().to_string()))])
}
