//! `medshare abe version apply`: the node's part.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::lock::Lock;
use medshare_cli_terminal::whole_file::write_over;
use medshare_crypto::abe::{CiphertextUpdate, ProxyKey, ProxyKeyUpdate, UpdateError};
use medshare_crypto::abe_file::{FileCapsule, FileHeader};
use zeroize::Zeroizing;

use super::UPDATE;
use crate::abe::bundle::{ISSUED, PublicFile, issued_text, read_issued};
use crate::abe::pool::Set;
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
    /// Encrypted files, files of issued keys, and sets of the node's own pool, POOL/*.rows.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// What a letter updates.
struct Updates {
    files: CiphertextUpdate,
    keys: Vec<ProxyKeyUpdate>,
}

/// What is written in the place of a file in which something moves.
enum New {
    /// Another header, before the same contents.
    Header,
    /// All of a small file.
    Text(Zeroizing<String>),
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
    let look = |path: &Path| Ok(updates.moved(path, &party)?.0);
    move_all(&args.files, output, look, |path| updates.apply(path, &party))
}

impl Updates {
    /// Moves what is in one file of any of the three kinds.
    fn apply(&self, path: &Path, party: &Party) -> anyhow::Result<Outcome> {
        // From this reading to the writing: what `medshare abe revoke` takes away meanwhile does not come back.
        let _lock = if start_of(path)?.starts_with(ISSUED.as_bytes()) { Some(Lock::of(path)?) } else { None };
        let (outcome, new) = self.moved(path, party)?;
        match new.filter(|_| outcome.moved) {
            None => {}
            Some(New::Text(text)) => write_over(path, &text)?,
            Some(New::Header) => change_header(path, |mut header: FileHeader| {
                header.update(&self.files)?;
                Ok(header)
            })?,
        }
        Ok(outcome)
    }

    /// What comes of a file, which stays as it is by that.
    fn moved(&self, path: &Path, party: &Party) -> anyhow::Result<(Outcome, Option<New>)> {
        if path.is_dir() {
            let folder = path.display();
            let message = format!("{folder} is a folder, and files are moved one by one");
            bail!(Failure::argument(message).hint(format!("name its files, of a pool {folder}/*.rows")));
        }
        let start = start_of(path)?;
        if start.starts_with(ISSUED.as_bytes()) {
            self.moved_keys(path)
        } else if start.starts_with(LETTER.as_bytes()) {
            self.moved_rows(path, party)
        } else {
            let mut header = read_header::<FileCapsule>(path)?;
            Ok((outcome_of(header.update(&self.files)), Some(New::Header)))
        }
    }

    fn moved_rows(&self, path: &Path, party: &Party) -> anyhow::Result<(Outcome, Option<New>)> {
        let mut set = Set::read(path, party)?;
        let outcome = outcome_of(set.rows.update(&self.files));
        Ok((outcome, Some(New::Text(set.text(party)?))))
    }

    /// Each key takes the update that is for it, if there is one.
    fn moved_keys(&self, path: &Path) -> anyhow::Result<(Outcome, Option<New>)> {
        let mut keys = read_issued(&[path.to_owned()])?;
        let outcome = keys.iter_mut().map(|key| self.move_key(key)).reduce(Outcome::with).unwrap_or_default();
        Ok((outcome, Some(New::Text(issued_text(&keys)))))
    }

    fn move_key(&self, key: &mut ProxyKey) -> Outcome {
        if let Err(reason) = self.files.concerns(key) {
            return Outcome::left(reason);
        }
        let is_moved = self.keys.iter().any(|update| key.update(update).is_ok());
        if is_moved { Outcome::MOVED } else { Outcome::left(UpdateError::OtherUser) }
    }
}

/// What a file begins with, which tells its kind.
fn start_of(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(32).read_to_end(&mut start));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(start)
}

/// Beside what moved, a row may stay.
fn outcome_of(updated: Result<Option<UpdateError>, UpdateError>) -> Outcome {
    updated.map_or_else(Outcome::left, |left| Outcome { moved: true, left })
}
