//! `medshare domain apply | update`: files move to new versions of labels, and keys that were made for these take their place.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use medshare_cli_terminal::lock::opened_and_locked;
use medshare_crypto::domain_file::DomainFileHeader;
use medshare_crypto::kp_abe::{KpKey, KpRenewalError, LabelUpdate};
use serde_json::json;

use super::public::Public;
use crate::scheme::handed::{DOMAIN_KEY, read};
use crate::scheme::letter;
use crate::scheme::moved::{Outcome, move_all};
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::Protection;
use crate::scheme::stored::{change_header, read_header};

/// First line of what a node gets.
pub const FILES_UPDATE: &str = "medshare-domain-files-update: 1";
/// First line of what a key's holder gets: keys, each made anew. With 1 they were differences of rows, which gave the domain's secret to a holder and a
/// node together.
pub const KEYS_UPDATE: &str = "medshare-domain-keys-update: 2";

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The node's key file (a party's).
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The owner's public file as a party, NAME.party.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The domain's public file with the new versions: the letter is checked with it before anything is changed.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// The owner's letter, `files.letter`.
    letter: PathBuf,
    /// Encrypted files of the domain; each is written anew beside its place and then takes it.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// Your party's key file.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The owner's public file as a party, NAME.party.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Your domain key; the file is changed.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The owner's letter.
    letter: PathBuf,
}

pub fn apply(args: &ApplyArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let (party, from) = (Party::read(&args.party, secrets)?, PartyPublic::read(&args.from)?);
    let contents = letter::read_kind(&args.letter, &from.verifying, &party, FILES_UPDATE)?.only(&["label"])?;
    let updates = contents.all("label", LabelUpdate::from_bytes)?;
    let public = Public::read(&args.public)?;
    for update in &updates {
        let checked = update.check(public.every_version());
        checked.with_context(|| format!("cannot apply {} with {}", args.letter.display(), args.public.display()))?;
    }
    let look = |path: &Path| Ok(moved(&mut read_header(path)?, &updates));
    move_all(&args.files, output, look, |path| {
        change_header(path, |mut header: DomainFileHeader| {
            let outcome = moved(&mut header, &updates);
            Ok((outcome.moved.then_some(header), outcome))
        })
    })
}

/// What comes of a file's header, to which each update is applied that fits.
fn moved(header: &mut DomainFileHeader, updates: &[LabelUpdate]) -> Outcome {
    let outcomes = updates.iter().map(|update| header.update(update).map_or_else(Outcome::left, |()| Outcome::MOVED));
    outcomes.reduce(Outcome::with).unwrap_or_default()
}

pub fn update(args: &UpdateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let (party, from) = (Party::read(&args.party, secrets)?, PartyPublic::read(&args.from)?);
    let contents = letter::read_kind(&args.letter, &from.verifying, &party, KEYS_UPDATE)?.only(&["key"])?;
    let newer = contents.all("key", KpKey::from_bytes)?;
    let open = || read(&args.key, DOMAIN_KEY, secrets, KpKey::from_bytes);
    let (mut key, _, lock) = opened_and_locked(&args.key, open)?;
    let (mut moved, mut reason) = (0, None);
    for newer in newer {
        match key.renew(newer) {
            Ok(labels) => moved = labels,
            // The letter brings all keys of this party.
            Err(KpRenewalError::OtherKey) => drop(reason.get_or_insert(KpRenewalError::OtherKey)),
            Err(error) => reason = Some(error),
        }
    }
    if moved == 0 {
        let reason = reason.context("the letter has no keys")?;
        return Err(reason).with_context(|| format!("{} stays as it is", args.key.display()));
    }
    secrets.write_over(&args.key, DOMAIN_KEY, &key.to_bytes(), &lock)?;
    output.print(&[("key file", json!(args.key.display().to_string())), ("labels moved", json!(moved))])
}
