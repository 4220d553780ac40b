//! `medshare abe share …`: keys divided between nodes.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};
use medshare_cli_terminal::whole_file::{NewFiles, must_be_new};
use medshare_cli_terminal::with_causes;
use medshare_crypto::abe::{Joinable, ProxyKeyShare, SharingError, TransformShare, joinable};
use medshare_crypto::hash::Hash32;
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
    /// that takes a share of the new one deletes that of the old. Shares are neither sealed nor signed, and a node cannot check its own: hand each over so that nobody on the way reads or
    /// exchanges it.
    Split(SplitArgs),
    /// Join the nodes' parts to one answer, with which the user opens the file.
    ///
    /// Parts by others than the named nodes, for somebody else, altered ones, and those that do not join with the others are left out where there are enough others, and named. The answer holds
    /// the parts as their nodes signed them, which opening checks again. A part that is wrong, or was made with a wrong share, shows when the file is opened: with more parts than are needed, others are
    /// tried. It is named with 2k - 1 others that fit to each other, where k are needed; whether its node or its share was at fault does not show.
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
    let (authority, as_read) = AuthorityKey::read_to_hand_out(&args.key, secrets)?;
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
    let written = written.write(&texts.iter().map(|text| text.as_str()).collect::<Vec<_>>())?;
    as_read.must_still_be_in(&args.key)?;
    written.finish()?;
    let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let results = vec![("division", json!(args.division)), ("needed", json!(args.needed)), ("shares", json!(files))];
    let results = names::told(attributes.iter().map(AttributeName::as_str), results, output);
    output.print(&output.warned(results, authority.warning()?))
}

fn combine(args: &CombineArgs, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let user = known_registration(&args.registration)?;
    let mut waiting = PartyPublic::read_all(&args.from)?;
    let (mut parts, mut refused) = (Vec::new(), Vec::new());
    for path in &args.parts {
        let read = PartFile::read(path).and_then(|part| part.check(&user, &mut waiting).map(|()| part));
        match read {
            Ok(part) => parts.push(part),
            Err(error) => refused.push((path.clone(), error)),
        }
    }
    let (header, joinable) = match of_one_file(&parts) {
        Ok(found) => found,
        // What is wrong with one says more than that the others are too few.
        Err(SharingError::TooFew { .. }) if !refused.is_empty() => {
            let (_, error) = refused.swap_remove(0);
            return Err(error);
        }
        Err(_) if parts.iter().zip(parts.iter().skip(1)).any(|(part, next)| part.header != next.header) => {
            bail!(unverified("the parts are for different files, or for different states of one"))
        }
        Err(error) => return Err(whose(error, &parts)),
    };
    let mut left_out: Vec<_> = refused.into_iter().map(|(path, error)| (path, with_causes(error.as_ref()))).collect();
    let (joined, others): (Vec<_>, Vec<_>) = parts
        .into_iter()
        .partition(|file| file.header == header && joinable.iter().any(|joinable| joinable.joins(&file.signed.part)));
    left_out.extend(others.iter().map(|file| {
        let why = if file.header == header {
            "it does not join with the others: what is divided, how many are needed or the attributes are not the same"
        } else {
            "it is for another file than the others, or for another state of it"
        };
        (file.path().to_owned(), why.to_owned())
    }));
    let count = joined.len();
    TransformFile::joint(header, joined).write(&args.out)?;
    let results = [("parts", json!(count)), ("answer", json!(args.out.display().to_string()))];
    let left_out = left_out.iter().map(|(path, why)| left_as_it_is((path, why.clone())));
    output.print_with_rows(&results, "left out", left_out.collect())
}

/// The file for which the most parts join, and those: one node that answers for another one takes nothing from the others.
fn of_one_file(parts: &[PartFile]) -> Result<(Hash32, Vec<Joinable>), SharingError> {
    let headers: BTreeSet<Hash32> = parts.iter().map(|part| part.header).collect();
    let of = |header: Hash32| -> Vec<TransformShare> {
        parts.iter().filter(|part| part.header == header).map(|part| part.signed.part).collect()
    };
    let most = headers.into_iter().map(|header| (header, of(header))).max_by_key(|(header, shares)| {
        let joined = joinable(shares).unwrap_or_default();
        (
            shares.iter().filter(|share| joined.iter().any(|joinable| joinable.joins(share))).count(),
            shares.len(),
            Reverse(*header),
        )
    });
    let (header, shares) = most.ok_or(SharingError::TooFew { given: 0, needed: 1 })?;
    joinable(&shares).map(|joinable| (header, joinable))
}

/// An error with the files of the parts that it is about.
fn whose(error: SharingError, parts: &[PartFile]) -> anyhow::Error {
    let of_share = |share: u8| {
        let named = parts.iter().filter(|part| part.signed.part.node() == share);
        named.map(|part| part.path().display().to_string()).collect::<Vec<_>>()
    };
    match error {
        SharingError::TooFew { .. } => {
            let of_one = parts.iter().map(|part| part.signed.part.node()).find(|share| of_share(*share).len() > 1);
            let Some(share) = of_one else { return error.into() };
            let message = format!("{} are of share {share}, and count once: {error}", of_share(share).join(" and "));
            refused(message).hint("ask nodes that hold other shares").into()
        }
        other => other.into(),
    }
}
