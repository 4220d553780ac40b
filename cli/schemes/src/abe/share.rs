//! `medshare abe share …`: keys divided between nodes.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};
use medshare_cli_terminal::whole_file::{NewFiles, must_be_new};
use medshare_cli_terminal::with_causes;
use medshare_crypto::abe::{ProxyKeyShare, SharingError, join_transforms};
use medshare_crypto::policy::AttributeName;
use serde_json::json;
use zeroize::Zeroizing;

use super::authority_key::AuthorityKey;
use super::bundle::{known_registration, read_registration};
use super::part::PartFile;
use super::transform_file::TransformFile;
use crate::scheme::failure::{refused, unverified};
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::PartyPublic;
use crate::scheme::secrets::Protection;
use crate::scheme::stored::left_as_it_is;
use crate::scheme::text_file::text_of;

/// First line of one node's shares.
pub const SHARE: &str = "medshare-abe-share: 2";

#[derive(Debug, Subcommand)]
pub enum ShareAction {
    /// The authority's part: issue keys divided, so that only several nodes together can transform with them.
    ///
    /// For break-glass: an EMERGENCY attribute is issued to everybody on call and divided among nodes, each of which keeps a log. Deleting enough shares
    /// revokes. The same division made again by the same build gives the same shares; one of a higher number gives others, and parts of two divisions do not join: a node
    /// that takes a share of the new one deletes that of the old.
    Split(SplitArgs),
    /// Join the nodes' parts to one answer, with which the user opens the file.
    ///
    /// Parts by others than the named nodes, for somebody else, and altered ones are left out where there are enough others, and named. The answer holds the parts as their nodes
    /// signed them, which opening checks again. A part that its node made wrongly shows when the file is opened: with more parts than are needed, others are tried, and it
    /// is named.
    Combine(CombineArgs),
}

#[derive(Debug, Args)]
pub struct SplitArgs {
    /// The authority's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The user's registration.
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// The attributes, e.g. EMERGENCY.
    #[arg(required = true, value_name = "ATTRIBUTE")]
    attributes: Vec<String>,
    /// The number of this division of the user's keys, from 1: that of a division that there is gives its shares again; where shares that there are shall be worthless beside
    /// these, one above theirs, which `split` printed.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    division: u32,
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

pub fn run(action: ShareAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    match action {
        ShareAction::Split(args) => split(&args, secrets, output),
        ShareAction::Combine(args) => combine(&args, output),
    }
}

fn split(args: &SplitArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let user = read_registration(&args.registration)?;
    let authority = AuthorityKey::read(&args.key, secrets)?;
    let files: Vec<PathBuf> = (1..=args.of).map(|node| format!("{}-{node}.share", args.out).into()).collect();
    let written = NewFiles::create(&files)?;
    let attributes = authority.full_names(&args.attributes)?;
    let mut shares: Vec<Vec<Zeroizing<Vec<u8>>>> = vec![Vec::with_capacity(attributes.len()); args.of.into()];
    for attribute in &attributes {
        let version = authority.version(attribute)?;
        let threshold = (args.needed, args.of);
        let divided = authority.secret.divide(&user, attribute, version, args.division, threshold)?;
        for (node, share) in shares.iter_mut().zip(&divided) {
            node.push(ProxyKeyShare::to_bytes(share));
        }
    }
    let of_node =
        |shares: &Vec<Zeroizing<Vec<u8>>>| text_of(SHARE, shares.iter().map(|share| ("share", share.as_slice())));
    let texts: Vec<Zeroizing<String>> = shares.iter().map(of_node).collect();
    written.write(&texts.iter().map(|text| text.as_str()).collect::<Vec<_>>())?.finish()?;
    let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let results = vec![("division", json!(args.division)), ("needed", json!(args.needed)), ("shares", json!(files))];
    let results = names::told(attributes.iter().map(AttributeName::as_str), results, output);
    output.print(&output.warned(results, authority.warning()?))
}

fn combine(args: &CombineArgs, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let user = known_registration(&args.registration)?;
    let mut waiting = PartyPublic::read_all(&args.from)?;
    let (mut parts, mut left_out) = (Vec::new(), Vec::new());
    for path in &args.parts {
        let read = PartFile::read(path).and_then(|part| part.check(&user, &mut waiting).map(|()| part));
        match read {
            Ok(part) => parts.push(part),
            Err(error) => left_out.push((path, error)),
        }
    }
    if parts.iter().zip(parts.iter().skip(1)).any(|(part, next)| part.header != next.header) {
        bail!(unverified("the parts are for different files, or for different states of one"));
    }
    let joined = join_transforms(&parts.iter().map(|file| file.signed.part).collect::<Vec<_>>());
    let (header, count) = match (joined, parts.first()) {
        (Ok(_), Some(first)) => (first.header, parts.len()),
        // What is wrong with one says more than that the others are too few.
        (Err(SharingError::TooFew { .. }), _) | (_, None) if !left_out.is_empty() => {
            let (_, error) = left_out.swap_remove(0);
            return Err(error);
        }
        (Err(error), _) => return Err(whose(error, &parts)),
        (Ok(_), None) => bail!("there are no parts"),
    };
    TransformFile::joint(header, parts).write(&args.out)?;
    let results = [("parts", json!(count)), ("answer", json!(args.out.display().to_string()))];
    let left_out = left_out.into_iter().map(|(path, error)| left_as_it_is((path, with_causes(error.as_ref()))));
    output.print_with_rows(&results, "left out", left_out.collect())
}

/// An error with the files of the parts that it is about.
fn whose(error: SharingError, parts: &[PartFile]) -> anyhow::Error {
    let of_share = |share: u8| {
        let named = parts.iter().filter(|part| part.signed.part.node() == share);
        named.map(|part| part.path().display().to_string()).collect::<Vec<_>>()
    };
    match error {
        SharingError::Twice { node } => anyhow::Error::new(error).context(of_share(node).join(", ")),
        SharingError::TooFew { .. } => {
            let of_one = parts.iter().map(|part| part.signed.part.node()).find(|share| of_share(*share).len() > 1);
            let Some(share) = of_one else { return error.into() };
            let message = format!("{} are of share {share}, and count once: {error}", of_share(share).join(" and "));
            refused(message).hint("ask nodes that hold other shares").into()
        }
        other => other.into(),
    }
}
