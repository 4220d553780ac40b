//! Which secrets came into a party's pools and which went into files: with one secret in two files, the difference of what they publish is the
//! difference of their keys.
//!
//! The list lies beside the party's key and not in a pool: a pool that is restored from a backup does not take it back. It is a folder with an
//! empty file for each secret and step, under its name: to look one up costs the same however many there are, nothing is written over, and a file
//! is there or not wherever a command is cut off. It covers all pools of the party. A set whose secrets it does not know is not used: then it is not
//! the list under which the set came in. It comes to know secrets by a fill alone, whose name it knows before them.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::lock::Lock;
use medshare_cli_terminal::whole_file::make_folder;
use medshare_crypto::abe::RowShare;
use medshare_crypto::hash::{Hash32, tagged_hash};

use super::set::Fill;
use crate::scheme::failure::refused;

/// Where a party's list is.
#[derive(Debug, Args)]
pub struct SpentArgs {
    /// Folder of the list of rows that were used; else it is beside your key file, as KEY.spent. For a key on a medium that cannot be written to.
    /// Name the same one always.
    #[arg(long, value_name = "DIR")]
    spent: Option<PathBuf>,
}

/// A party's list.
#[derive(Debug)]
pub struct Spent(PathBuf);

/// What the list says of a set that is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// From here on it is used.
    Taken,
    /// It was used before.
    Spent,
    /// It came in under another list.
    Unknown,
}

/// What happens to a secret, and the folder in which that stands.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// It came into a pool.
    Filled,
    /// It went into a file.
    Taken,
    /// Of a fill, not of a secret: all its sets lie in a pool, and come in under this list.
    Filling,
}

impl SpentArgs {
    /// The list of the party with this key file.
    pub fn of(&self, key: &Path) -> Spent {
        Spent(self.spent.clone().unwrap_or_else(|| {
            // Beside the key itself, also where a link leads to it.
            let mut beside = fs::canonicalize(key).unwrap_or_else(|_| key.to_owned()).into_os_string();
            beside.push(".spent");
            beside.into()
        }))
    }
}

/// Names a secret without telling it. Secrets have 255 random bits, so that nobody guesses one from its name.
pub fn name(share: &RowShare) -> Hash32 {
    tagged_hash("medshare/abe/pool/share/v1", &[share.to_bytes().as_slice()])
}

impl Spent {
    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Goes on where none of these secrets came before, and no two are alike.
    ///
    /// # Errors
    /// When one did, or the list cannot be read.
    pub fn are_new<'a>(&self, shares: impl IntoIterator<Item = &'a RowShare>) -> anyhow::Result<()> {
        let mut seen = BTreeSet::new();
        for name in shares.into_iter().map(name) {
            let is_new = seen.insert(name) && !self.has(Step::Filled, &name).map_err(|error| self.unkept(error))?;
            ensure!(
                is_new,
                refused("a letter holds rows that you have, or had, or the same rows twice: ask for another letter")
            );
        }
        Ok(())
    }

    /// What [`Spent::take`] would say of a set. Nothing is noted.
    pub fn standing(&self, shares: &[RowShare]) -> anyhow::Result<Standing> {
        Ok(if !self.have_all_come_in(&shares.iter().collect::<Vec<_>>())? {
            Standing::Unknown
        } else if self.went_out(shares)? {
            Standing::Spent
        } else {
            Standing::Taken
        })
    }

    /// Notes, on the disk, that the sets of a fill lie in a pool, all of them, and come in.
    pub fn begin(&self, fill: Fill) -> anyhow::Result<()> {
        self.note(Step::Filling, &[fill.hash()]).map(drop).map_err(|error| self.unkept(error))
    }

    /// Whether the sets of this fill came in under this list, or were about to when a command was cut off.
    pub fn began(&self, fill: Fill) -> anyhow::Result<bool> {
        self.has(Step::Filling, &fill.hash()).map_err(|error| self.unkept(error))
    }

    /// Notes, on the disk, that these secrets come into a pool.
    pub fn fill<'a>(&self, shares: impl IntoIterator<Item = &'a RowShare>) -> anyhow::Result<()> {
        let names: Vec<Hash32> = shares.into_iter().map(name).collect();
        self.note(Step::Filled, &names).map(drop).map_err(|error| self.unkept(error))
    }

    /// Whether all of these secrets came into a pool.
    pub fn have_all_come_in(&self, shares: &[&RowShare]) -> anyhow::Result<bool> {
        let marks: io::Result<Vec<bool>> = shares.iter().map(|share| self.has(Step::Filled, &name(share))).collect();
        Ok(!marks.map_err(|error| self.unkept(error))?.contains(&false))
    }

    /// Whether any of these secrets went into a file.
    pub fn went_out(&self, shares: &[RowShare]) -> anyhow::Result<bool> {
        let marks: io::Result<Vec<bool>> = shares.iter().map(|share| self.has(Step::Taken, &name(share))).collect();
        Ok(marks.map_err(|error| self.unkept(error))?.contains(&true))
    }

    /// Notes, on the disk, that the secrets of a set go into a file, where they may.
    pub fn take(&self, shares: &[RowShare]) -> anyhow::Result<Standing> {
        let names: Vec<Hash32> = shares.iter().map(name).collect();
        let take = || -> io::Result<Standing> {
            for name in &names {
                if !self.has(Step::Filled, name)? {
                    return Ok(Standing::Unknown);
                }
            }
            // Of two who take one secret at once, one makes the file.
            Ok(if self.note(Step::Taken, &names)? { Standing::Taken } else { Standing::Spent })
        };
        take().map_err(|error| self.unkept(error))
    }

    /// Makes the marks; whether all of them were new.
    fn note(&self, step: Step, names: &[Hash32]) -> io::Result<bool> {
        let (mut all_new, mut folders) = (true, BTreeSet::new());
        for name in names {
            let mark = self.mark(step, name);
            if let Some(folder) = mark.parent() {
                fs::create_dir_all(folder)?;
                folders.insert(folder.to_owned());
            }
            match OpenOptions::new().write(true).create_new(true).open(&mark) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => all_new = false,
                made => drop(made?),
            }
        }
        folders.insert(self.0.join(step.folder()));
        folders.insert(self.0.clone());
        folders.extend(self.0.parent().filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_owned));
        folders.iter().try_for_each(|folder| File::open(folder)?.sync_all())?;
        Ok(all_new)
    }

    fn has(&self, step: Step, name: &Hash32) -> io::Result<bool> {
        self.mark(step, name).try_exists()
    }

    /// `filled/07/c3…`: few of them in each folder.
    fn mark(&self, step: Step, name: &Hash32) -> PathBuf {
        let digits = name.to_string();
        let (first, rest) = digits.split_at_checked(2).unwrap_or(("", &digits));
        self.0.join(step.folder()).join(first).join(rest)
    }

    /// Whoever has it changes pools and list alone: those who fill or take at once come one after the other. Who finds something that is under way
    /// there knows that a command was cut off.
    pub fn lock(&self) -> anyhow::Result<Lock> {
        make_folder(&self.0).map_err(|error| self.unkept(error))?;
        Ok(Lock::at(&self.0.join("lock"), &self.0)?)
    }

    /// The same of a list that is there.
    pub fn lock_if_there(&self) -> anyhow::Result<Option<Lock>> {
        self.0.exists().then(|| self.lock()).transpose()
    }

    fn unkept(&self, error: io::Error) -> anyhow::Error {
        let list = self.0.display();
        let failure = Failure::output(format!("cannot keep the list of used rows {list}: {error}"));
        failure.hint("--spent DIR keeps it elsewhere, where the key's folder cannot be written to").into()
    }
}

impl Step {
    const fn folder(self) -> &'static str {
        match self {
            Self::Filled => "filled",
            Self::Taken => "taken",
            Self::Filling => "filling",
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn share(byte: u8) -> RowShare {
        RowShare::from_bytes(&[byte; 32]).unwrap()
    }

    #[test]
    fn secrets_come_in_once_and_go_out_once_also_when_a_command_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let spent = Spent(folder.path().join("k.spent"));
        let fill = |shares: &[RowShare]| spent.are_new(shares).and_then(|()| spent.fill(shares));
        fill(&[share(1), share(2)]).unwrap();
        for again in [vec![share(3), share(2)], vec![share(4), share(4)]] {
            fill(&again).unwrap_err();
        }
        for (set, standing) in [([1, 3], Standing::Unknown), ([1, 2], Standing::Taken)] {
            assert_eq!(spent.standing(&set.map(share)).unwrap(), standing);
        }
        assert_eq!(spent.take(&[share(1), share(3)]).unwrap(), Standing::Unknown);
        // One of two marks was made when the command was cut off.
        assert!(spent.note(Step::Taken, &[name(&share(1))]).unwrap());
        assert_eq!(spent.standing(&[share(1), share(2)]).unwrap(), Standing::Spent);
        assert_eq!(spent.take(&[share(1), share(2)]).unwrap(), Standing::Spent);
        fill(&[share(3), share(4)]).unwrap();
        assert_eq!(spent.take(&[share(3), share(4)]).unwrap(), Standing::Taken);
        assert_eq!(spent.take(&[share(3), share(4)]).unwrap(), Standing::Spent);
    }
}
