//! `medshare abe version apply`: the node's part.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::lock::Lock;
use medshare_cli_terminal::whole_file::write_over;
use medshare_crypto::abe::{CiphertextUpdate, ProxyKey, ProxyKeyUpdate, UpdateError};
use medshare_crypto::abe_file::FileHeader;
use zeroize::Zeroizing;

use super::UPDATE;
use crate::abe::bundle::{ISSUED, PublicFile, issued_text, read_issued};
use crate::abe::pool::{STOCK, Set, Spent, SpentArgs};
use crate::scheme::letter::{self, LETTER};
use crate::scheme::moved::{Outcome, move_all};
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::Protection;
use crate::scheme::stored::{change_header, read_header};

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The node's key file (a party's).
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The authority's public file as a party, NAME.party.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The authority's public file with the new version: the letter is checked with it before anything is changed.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// The authority's letter.
    letter: PathBuf,
    #[command(flatten)]
    spent: SpentArgs,
    /// Encrypted files, files of issued keys, and sets of the node's own pool, POOL/*.rows.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// What a letter updates.
struct Updates {
    files: CiphertextUpdate,
    keys: Vec<ProxyKeyUpdate>,
}

/// What a letter moves in a file.
enum Kind {
    /// Issued keys.
    Keys,
    /// A set of rows in a pool.
    Rows,
    /// The rows in the header of an encrypted file.
    Header,
}

pub fn run(args: &ApplyArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let (party, from) = (Party::read(&args.party, secrets)?, PartyPublic::read(&args.from)?);
    let contents = letter::read_kind(&args.letter, &from.verifying, &party, UPDATE)?.only(&["files", "key"])?;
    let updates = Updates {
        files: contents.one("files", CiphertextUpdate::from_bytes)?,
        keys: contents.all("key", ProxyKeyUpdate::from_bytes)?,
    };
    let public = PublicFile::read(&args.public)?;
    let context = || format!("cannot apply {} with {}", args.letter.display(), args.public.display());
    updates.files.check(public.versions()).with_context(context)?;
    for update in &updates.keys {
        update.check(public.versions()).with_context(context)?;
    }
    let spent = args.spent.of(&args.party);
    move_all(&args.files, output, |path| updates.look(path, &party), |path| updates.apply(path, &party, &spent))
}

impl Updates {
    /// What comes of a file of any of the three kinds, which stays as it is by that.
    fn look(&self, path: &Path, party: &Party) -> anyhow::Result<Outcome> {
        Ok(match kind(path)? {
            Kind::Keys => self.moved_keys(path)?.0,
            Kind::Rows => self.moved_rows(path, party)?.0,
            Kind::Header => self.moved_header(&mut read_header(path)?),
        })
    }

    /// Moves what is in it, from the reading to the writing under its lock: what `medshare abe revoke` takes away meanwhile does not come back, nor a set that
    /// goes into a file.
    fn apply(&self, path: &Path, party: &Party, spent: &Spent) -> anyhow::Result<Outcome> {
        let kind = match kind(path) {
            Err(error) if is_taken(path, &error) => return Ok(Outcome::default()),
            found => found?,
        };
        match kind {
            Kind::Keys => {
                let lock = Lock::of(path)?;
                let (outcome, text) = self.moved_keys(path)?;
                if outcome.moved {
                    write_over(path, &text, &lock)?;
                }
                Ok(outcome)
            }
            Kind::Rows => {
                let lock = match spent.lock_if_there()? {
                    Some(of_pools) => of_pools,
                    None => Lock::of(path)?,
                };
                if !path.exists() {
                    return Ok(Outcome::default());
                }
                let (outcome, set) = self.moved_rows(path, party)?;
                if outcome.moved {
                    write_over(path, &set.text(party)?, &lock)?;
                }
                Ok(outcome)
            }
            Kind::Header => change_header(path, |mut header| {
                let outcome = self.moved_header(&mut header);
                Ok((outcome.moved.then_some(header), outcome))
            }),
        }
    }

    fn moved_header(&self, header: &mut FileHeader) -> Outcome {
        outcome_of(header.update(&self.files))
    }

    fn moved_rows(&self, path: &Path, party: &Party) -> anyhow::Result<(Outcome, Set)> {
        let mut set = Set::read(path, party)?;
        let outcome = outcome_of(set.rows.update(&self.files));
        Ok((outcome, set))
    }

    /// Each key takes the update that is for it, if there is one.
    fn moved_keys(&self, path: &Path) -> anyhow::Result<(Outcome, Zeroizing<String>)> {
        let mut keys = read_issued(&[path.to_owned()])?;
        let outcome = keys.iter_mut().map(|key| self.move_key(key)).reduce(Outcome::with).unwrap_or_default();
        Ok((outcome, issued_text(&keys)))
    }

    fn move_key(&self, key: &mut ProxyKey) -> Outcome {
        if let Err(reason) = self.files.concerns(key) {
            return Outcome::left(reason);
        }
        let is_moved = self.keys.iter().any(|update| key.update(update).is_ok());
        if is_moved { Outcome::MOVED } else { Outcome::left(UpdateError::OtherUser) }
    }
}

/// What a file is, by what it begins with.
fn kind(path: &Path) -> anyhow::Result<Kind> {
    if path.is_dir() {
        let folder = path.display();
        let message = format!("{folder} is a folder, and files are moved one by one");
        bail!(Failure::argument(message).hint(format!("name its files, of a pool {folder}/*.rows")));
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(32).read_to_end(&mut start));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(if start.starts_with(ISSUED.as_bytes()) {
        Kind::Keys
    } else if start.starts_with(LETTER.as_bytes()) {
        Kind::Rows
    } else {
        Kind::Header
    })
}

/// Whether it was a set, which went into a file since all files were looked at.
fn is_taken(path: &Path, error: &anyhow::Error) -> bool {
    let is_gone = |error: &io::Error| error.kind() == ErrorKind::NotFound;
    path.extension().is_some_and(|extension| extension == STOCK) && error.downcast_ref().is_some_and(is_gone)
}

/// Beside what moved, a row may stay.
fn outcome_of(updated: Result<Option<UpdateError>, UpdateError>) -> Outcome {
    updated.map_or_else(Outcome::left, |left| Outcome { moved: true, left })
}
