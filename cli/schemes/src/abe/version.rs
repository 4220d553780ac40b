//! `medshare abe version …`: an attribute moves on, and whoever is revoked stays behind.

mod apply;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use medshare_cli_terminal::whole_file::{NewFiles, make_room};
use serde_json::json;
use zeroize::Zeroizing;

use super::authority_key::AuthorityKey;
use super::bundle::{PublicFile, known_registration};
use super::raising::Raising;
use crate::scheme::failure::told;
use crate::scheme::letter;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::Protection;
use crate::scheme::text_file::text_of;

/// First line of a letter to a node. With 1 it moved keys without another t, which gave the authority's key away.
const UPDATE: &str = "medshare-abe-update: 2";

#[derive(Debug, Subcommand)]
pub enum VersionAction {
    /// The authority's part: raise an attribute's version, and write the update for a node.
    ///
    /// The public file and the key file get the new version. The letter holds what the node needs to move stored files, and the keys of those who stay
    /// (--stay); whoever is not named stays behind. It is a secret between authority and node: a node that gives it to a revoked
    /// person lets him turn files back.
    Raise(RaiseArgs),
    /// The node's part: move stored files, issued keys and prepared rows to the new version.
    ///
    /// All files are looked at before the first is touched; each is written anew beside its place and then takes it. Files that have nothing to do with the
    /// attribute and what was moved before stay as they are and are listed. Where something stays that the letter was for (keys of people who do not stay, a file, or
    /// a row in it, that missed an earlier letter), or nothing has to do with it, the command fails and says what moved.
    Apply(apply::ApplyArgs),
}

#[derive(Debug, Args)]
pub struct RaiseArgs {
    /// The authority's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The authority's public file, which gets the new version.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// Registration of somebody who keeps the attribute. Can be given several times.
    #[arg(long, value_name = "FILE")]
    stay: Vec<PathBuf>,
    /// The authority's key file as a party: signs the letter.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The node's public file, NAME.party.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// File for the letter to the node.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The attribute, e.g. DOCTOR.
    attribute: String,
}

pub fn run(action: VersionAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    match action {
        VersionAction::Raise(args) => raise(&args, secrets, output),
        VersionAction::Apply(args) => apply::run(&args, secrets, output),
    }
}

/// What is told where it breaks off behind the first change.
const AGAIN: &str = "the raise is under way: the same command, with another file for --out, finishes it";

fn goes_on(error: anyhow::Error) -> anyhow::Error {
    told(error).hint(AGAIN).into()
}

fn raise(args: &RaiseArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let out = NewFiles::create(&[&args.out])?;
    let (party, node) = (Party::read(&args.party, secrets)?, PartyPublic::read(&args.to)?);
    let staying: Vec<_> = args.stay.iter().map(|path| known_registration(path)).collect::<anyhow::Result<_>>()?;
    let (mut authority, lock) = AuthorityKey::read_to_change(&args.key, secrets)?;
    let mut public = PublicFile::read(&args.public)?;
    authority.compare(&public)?;
    let attribute = authority.full_name(&args.attribute)?;
    let raising = match authority.raising.take() {
        Some(begun) if begun.is(&attribute, &staying) => begun,
        Some(begun) => bail!(begun.broke_off()),
        None => {
            let from = authority.version(&attribute)?;
            Raising::new(attribute.clone(), from, &staying).context("the attribute has no versions left")?
        }
    };
    // Of what was raised before: this raise gives nothing away.
    let warning = authority.warning()?;
    let (from, to) = (raising.from, raising.to);
    let files = authority.secret.ciphertext_update(&attribute, from, to)?.to_bytes();
    let mut keys: Vec<Zeroizing<Vec<u8>>> = Vec::with_capacity(staying.len());
    for registration in &staying {
        keys.push(authority.secret.proxy_key_update(registration, &attribute, from, to)?.to_bytes());
    }
    let lines = std::iter::once(("files", files.as_slice())).chain(keys.iter().map(|key| ("key", key.as_slice())));
    let letter = letter::seal(&party, &node, &text_of(UPDATE, lines))?;
    public.add(authority.secret.attribute_public(&attribute, to)?);
    authority.raise(&attribute, to)?;
    // What has no room is told before anything is changed.
    let room = make_room(&args.out, letter.len())?;
    // First the key file: the version is this raise's from here on, and nobody's who stays in another.
    authority.raising = Some(raising);
    authority.write_again(secrets, &lock)?;
    public.write(&lock).map_err(goes_on)?;
    drop(room);
    out.write(&[&letter]).and_then(NewFiles::finish).map_err(goes_on)?;
    authority.raising = None;
    authority.write_again(secrets, &lock).map_err(goes_on)?;
    names::tell_earlier([&attribute]);
    let results = vec![
        ("attribute", json!(attribute.as_str())),
        ("version", json!(to)),
        ("staying", json!(args.stay.len())),
        ("letter", json!(args.out.display().to_string())),
    ];
    output.print(&output.warned(names::told([attribute.as_str()], results, output), warning))
}
