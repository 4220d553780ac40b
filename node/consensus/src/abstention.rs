//! Heights in which this node must not vote, because it no longer knows what it signed there.
//!
//! A validator that votes again without its write-ahead log can sign two different votes of one round, and that breaks the network's
//! safety as a malicious one would. It loses that knowledge when the log is damaged or missing, when stored proposals are, or when
//! the batch log went back (wiped, or restored from a copy) behind the height that the write-ahead log is of.
//!
//! Then the node **abstains**: it runs as an observer, which fetches decided batches and signs nothing, until the last height in
//! question is decided by the others; then it votes again. The height stands in a file of its own, so that a restart meanwhile
//! changes nothing. The price is one validator less for that time. When more than a third of the validators lose their logs at
//! once, the network waits for an operator to bring the logs back, and should.
//!
//! What this cannot see: a home folder wiped as a whole, write-ahead log and batch log, is like a new node's.

use std::fs;
use std::path::{Path, PathBuf};

use medshare_ledger::id::Height;

use super::undecided;
use super::wal::{self, Contents, WalFile};
use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;

/// Consensus' files in the node's home.
#[derive(Clone, Debug)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// Those below `home`, in the folder `wal`.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn below(home: &Path) -> Result<Self, StoreFault> {
        let folder = home.join("wal");
        durable::create_folder(&folder)?;
        Ok(Self { folder })
    }

    /// The write-ahead log.
    #[must_use]
    pub fn wal(&self) -> PathBuf {
        self.folder.join("votes.log")
    }

    /// Proposed batches that are not decided.
    #[must_use]
    pub fn undecided(&self) -> PathBuf {
        self.folder.join("proposals.log")
    }

    fn abstain(&self) -> PathBuf {
        self.folder.join("abstain-through")
    }
}

/// How the node may take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It votes, from the entries of its write-ahead log.
    Validator,
    /// It observes until this height is decided.
    ObserverThrough(Height),
}

/// Decides how the node may take part on top of `tip`; moves damaged files aside, and stores an abstention before it answers.
///
/// # Errors
/// When the disk refuses.
pub fn examine(files: &Files, tip: Height) -> Result<Role, StoreFault> {
    let stored = read_height(&files.abstain())?;
    let found = doubt(files, tip)?;
    let through = stored.into_iter().chain(found).max().filter(|through| *through > tip);
    match through {
        Some(through) => {
            if stored != Some(through) {
                durable::replace_file(&files.abstain(), through.0.to_string().as_bytes())?;
            }
            tracing::error!(%through, %tip, "this node does not vote until that height is decided by the others");
            Ok(Role::ObserverThrough(through))
        }
        None => {
            durable::remove_file(&files.abstain())?;
            Ok(Role::Validator)
        }
    }
}

/// The last height in which something may have been signed that is not known any more.
fn doubt(files: &Files, tip: Height) -> Result<Option<Height>, StoreFault> {
    let next = tip.next();
    let proposals_damage = undecided::damage(&files.undecided())?;
    if let Some(reason) = &proposals_damage {
        set_aside(&files.undecided(), reason)?;
    }
    match WalFile::inspect(&files.wal())? {
        Contents::Missing if tip > Height(0) => {
            tracing::error!("the write-ahead log is missing although heights have been decided");
            Ok(Some(next))
        }
        Contents::Damaged { reason } => {
            set_aside(&files.wal(), &reason)?;
            Ok(Some(next))
        }
        Contents::Entries { height, .. } if height > next => {
            tracing::error!(%height, %tip, "the batch log ends below the height of the write-ahead log");
            Ok(Some(height))
        }
        Contents::Entries { height, entries } if height == next && !wal::are_readable(&entries) => {
            set_aside(&files.wal(), "its entries are of another version of the software")?;
            Ok(Some(next))
        }
        // Entries may name a batch whose bytes were among the damaged proposals.
        Contents::Entries { height, .. } if height == next && proposals_damage.is_some() => {
            set_aside(&files.wal(), "proposals that it refers to are lost")?;
            Ok(Some(next))
        }
        Contents::Missing | Contents::Empty | Contents::Entries { .. } => Ok(None),
    }
}

fn set_aside(path: &Path, reason: &str) -> Result<(), StoreFault> {
    let kept = durable::move_aside(path, "corrupt")?;
    tracing::error!(file = %path.display(), kept = %kept.display(), reason, "a damaged file was moved aside");
    Ok(())
}

fn read_height(path: &Path) -> Result<Option<Height>, StoreFault> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StoreFault::io("reading", path, source)),
    };
    let damaged = |_| StoreFault::Damaged { path: path.to_owned(), reason: "expected a height".to_owned() };
    text.trim().parse().map(|height| Some(Height(height))).map_err(damaged)
}

#[cfg(test)]
mod tests;
