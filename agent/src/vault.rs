//! Where an opened package's session is kept: one folder, readable by its user only, used by one command at a time.
//!
//! The session is one file, a letter of the requestor to herself (sealed to her, signed by her), replaced as a whole. What it replaces is overwritten
//! before it is given back to the file system; on storage that writes elsewhere than where it is told (flash, copy-on-write,
//! snapshots) that is no destruction, and the threat model says so. The decrypted data itself is never stored.
//!
//! Packages lie in folders that others can write to, who can make a session's folder before its user does. One that is not hers, or
//! that others can write to, is not used; in hers, links are not followed, and only what she keeps there by its name is wiped.

pub mod durable;
mod kept_reports;
mod made_report;
mod own_letter;
mod record;
mod session_file;

pub use made_report::MadeReport;
pub use record::SessionRecord;

use durable::{PRIVATE, new_of, old_of, replace};
use medshare_own_files::{Access, Folder, FolderError, is_same};
use std::ffi::OsStr;
use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

const SESSION_FILE: &str = "session";
/// What versions before called a session that was being replaced: before, and after.
const SESSION_BEFORE: [&str; 2] = ["session.new", "session.old"];
const LOCK_FILE: &str = "lock";
/// How the names of files begin that are kept beside the session.
const KEPT: &str = "written.";

/// Why a vault cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Its folder or a file in it cannot be used.
    #[error("cannot use the session folder {}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// It is not a place to keep anything in.
    #[error("cannot use the session folder {}", folder.display())]
    Unfit {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: FolderError,
    },
    /// The session in it does not open, or nothing proves whose it is.
    #[error("the session in {} is damaged, of another key or package, or of a build before and nothing proves that it is yours", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
    },
    /// A report that is kept cannot be read, or is not the one that was kept.
    #[error("the report {} is damaged: nothing goes on before it is looked at, as the ledger may lack it", path.display())]
    DamagedReport {
        /// Its file.
        path: PathBuf,
    },
    /// The session cannot be sealed to the requestor's key.
    #[error("the requestor's sealing key cannot be sealed to")]
    Seal,
}

/// A session folder, held exclusively until dropped.
#[derive(Debug)]
pub struct Vault {
    folder: Folder,
    _lock: File,
}

impl Vault {
    /// Takes the folder, making it where there is none; waits while another command holds it. Without a session in it, it is gone again
    /// when it is dropped.
    ///
    /// # Errors
    /// [`VaultError::Unfit`] when somebody else made it or can write to it, [`VaultError::Io`].
    pub fn take(path: &Path) -> Result<Self, VaultError> {
        let io = |source| VaultError::Io { folder: path.to_owned(), source };
        loop {
            match DirBuilder::new().recursive(true).mode(0o700).create(path) {
                // something has its name: what, is found out below
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => made.map_err(io)?,
            }
            let folder = match Folder::own(path) {
                // whoever held it before may have removed it meanwhile
                Err(FolderError::Io(error)) if error.kind() == ErrorKind::NotFound => continue,
                Err(FolderError::Io(source)) => return Err(io(source)),
                found => found.map_err(|source| VaultError::Unfit { folder: path.to_owned(), source })?,
            };
            if let Some(lock) = lock(&folder).map_err(io)? {
                return Ok(Self { folder, _lock: lock });
            }
        }
    }

    /// Takes the folder where there is a session in it, and makes none.
    ///
    /// # Errors
    /// As [`Vault::take`].
    pub fn take_existing(path: &Path) -> Result<Option<Self>, VaultError> {
        if path.join(SESSION_FILE).is_file() { Self::take(path).map(Some) } else { Ok(None) }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes room for a file of so many bytes that is to be kept beside the session.
    ///
    /// # Errors
    /// The system's, where there is none.
    pub fn make_room_for(&self, name: &str, bytes: u64) -> std::io::Result<()> {
        durable::make_room(&self.folder, &kept(name), bytes)
    }

    /// Gives back the room of a file that is not kept after all.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn give_room_back(&self, name: &str) -> Result<(), VaultError> {
        durable::give_room_back(&self.folder, &kept(name)).map_err(|e| self.io(e))
    }

    /// Keeps a file beside the session; what was kept under this name before is wiped.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<(), VaultError> {
        replace(&self.folder, &kept(name), bytes).map_err(|e| self.io(e))
    }

    /// A file that was kept beside the session.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        self.read(&kept(name))
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let mut bytes = Vec::new();
        match self.folder.open(name, Access::Read).and_then(|mut file| file.read_to_end(&mut bytes)) {
            Ok(_) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.io(error)),
        }
    }

    /// Wipes the data that is kept beside the session; reports stay until they are proven to be on the ledger.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn discard_kept(&self) -> Result<(), VaultError> {
        durable::wipe_files(&self.folder, is_kept).map_err(|e| self.io(e))
    }

    /// Wipes everything that is kept here but reports, and removes the folder. Reports that are still kept stay, and so does it.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn erase(self) -> Result<(), VaultError> {
        let session = [SESSION_FILE.to_owned(), new_of(SESSION_FILE), old_of(SESSION_FILE)];
        let session: Vec<_> = session.iter().map(String::as_str).chain(SESSION_BEFORE).collect();
        let is_ours = |name: &OsStr| is_kept(name) || session.iter().any(|ours| *ours == name);
        let wiped = durable::wipe_files(&self.folder, is_ours).and_then(|()| self.clear());
        wiped.map_err(|e| self.io(e))
    }

    fn io(&self, source: std::io::Error) -> VaultError {
        VaultError::Io { folder: self.folder().to_owned(), source }
    }

    /// Removes the folder of a session that did not come about.
    fn clear(&self) -> std::io::Result<()> {
        if self.folder.names()?.iter().any(|name| name != LOCK_FILE) {
            return Ok(());
        }
        self.folder.remove(LOCK_FILE)?;
        std::fs::remove_dir(self.folder())
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        // an empty folder that cannot be removed does no harm
        drop(self.clear());
    }
}

/// The name of a file that is kept beside the session.
fn kept(name: &str) -> String {
    format!("{KEPT}{name}")
}

/// Whether it is such a file, or is to become one, or was one.
fn is_kept(name: &OsStr) -> bool {
    let beginnings = [kept(""), new_of(KEPT), old_of(KEPT)];
    beginnings.iter().any(|beginning| name.as_encoded_bytes().starts_with(beginning.as_bytes()))
}

/// Locks a folder; `None` when it was removed while it was waited for.
fn lock(folder: &Folder) -> std::io::Result<Option<File>> {
    let file = match folder.open(LOCK_FILE, Access::Keep(PRIVATE)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    file.lock()?;
    let named = folder.look(LOCK_FILE)?;
    let locked = file.metadata()?;
    Ok(named.filter(|named| is_same(named, &locked)).map(|_| file))
}

#[cfg(test)]
mod tests;
