//! Where an opened package's session is kept: one folder, readable by its user only, used by one command at a time.
//!
//! The session is one file, sealed to the requestor's own sealing key, replaced as a whole. What it replaces is overwritten
//! before it is given back to the file system; on storage that writes elsewhere than where it is told (flash, copy-on-write,
//! snapshots) that is no destruction, and the threat model says so. The decrypted data itself is never stored.

pub mod durable;
mod kept_reports;
mod record;

pub use record::SessionRecord;

use durable::{is_same, replace};
use medshare_crypto::seal::{SealingSecretKey, open, seal};
use medshare_ledger::codec;
use medshare_ledger::id::PackageId;
use rand_core::{CryptoRng, RngCore};
use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const SESSION_FILE: &str = "session";
const LOCK_FILE: &str = "lock";
const INFO: &[u8] = b"medshare/session/v1";
/// Longest session file that is read, in bytes.
const MAX_SESSION_BYTES: u64 = 64 * 1024;

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
    /// The session in it does not open.
    #[error("the session in {} is damaged, or of another key or package", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
    },
    /// The session cannot be sealed to the requestor's key.
    #[error("the requestor's sealing key cannot be sealed to")]
    Seal,
}

/// A session folder, held exclusively until dropped.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
    _lock: File,
}

impl Vault {
    /// Takes the folder, making it where there is none; waits while another command holds it. Without a session in it, it is gone again
    /// when it is dropped.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn take(folder: &Path) -> Result<Self, VaultError> {
        let io = |source| VaultError::Io { folder: folder.to_owned(), source };
        loop {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(io)?;
            // whoever held it before may have removed it meanwhile
            if let Some(lock) = lock(&folder.join(LOCK_FILE)).map_err(io)? {
                return Ok(Self { folder: folder.to_owned(), _lock: lock });
            }
        }
    }

    /// Takes the folder where there is a session in it, and makes none.
    ///
    /// # Errors
    /// As [`Vault::take`].
    pub fn take_existing(folder: &Path) -> Result<Option<Self>, VaultError> {
        if folder.join(SESSION_FILE).is_file() { Self::take(folder).map(Some) } else { Ok(None) }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The session of a package, if there is one.
    ///
    /// # Errors
    /// [`VaultError::Foreign`] when it does not open with this key for this package.
    pub fn load(&self, package: PackageId, key: &SealingSecretKey) -> Result<Option<SessionRecord>, VaultError> {
        let path = self.folder.join(SESSION_FILE);
        durable::finish_wiping(&path).map_err(|e| self.io(e))?;
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.io(error)),
        };
        let mut sealed = Vec::new();
        let read = file.take(MAX_SESSION_BYTES).read_to_end(&mut sealed);
        read.map_err(|e| self.io(e))?;
        let foreign = || VaultError::Foreign { folder: self.folder.clone() };
        let bytes = open(key, INFO, package.as_bytes(), &sealed).map_err(|_| foreign())?;
        codec::decode(&bytes).map(Some).map_err(|_| foreign())
    }

    /// Replaces the session; what was there before is wiped.
    ///
    /// # Errors
    /// [`VaultError`] when it cannot be stored: then the session before it still stands.
    pub fn save(
        &self,
        package: PackageId,
        record: &SessionRecord,
        key: &SealingSecretKey,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(), VaultError> {
        let bytes = Zeroizing::new(codec::encode(record));
        let sealed = seal(&key.public_key(), INFO, package.as_bytes(), &bytes, rng).map_err(|_| VaultError::Seal)?;
        replace(&self.folder.join(SESSION_FILE), &sealed).map_err(|e| self.io(e))
    }

    /// Keeps a file beside the session; what had this name before is wiped.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<(), VaultError> {
        replace(&self.folder.join(name), bytes).map_err(|e| self.io(e))
    }

    /// A file that was kept beside the session.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        match std::fs::read(self.folder.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.io(error)),
        }
    }

    /// Wipes the data that is kept beside the session; reports stay until they are known to be on the ledger.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn discard_kept(&self) -> Result<(), VaultError> {
        let is_data = |name: &OsStr| {
            name != SESSION_FILE && name != LOCK_FILE && !name.to_str().is_some_and(kept_reports::is_report)
        };
        durable::wipe_files(&self.folder, is_data).map_err(|e| self.io(e))
    }

    /// Wipes everything that is kept here, and removes the folder.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn erase(self) -> Result<(), VaultError> {
        let wiped = durable::wipe_files(&self.folder, |name| name != LOCK_FILE).and_then(|()| self.clear());
        wiped.map_err(|e| self.io(e))
    }

    fn io(&self, source: std::io::Error) -> VaultError {
        VaultError::Io { folder: self.folder.clone(), source }
    }

    /// Removes the folder of a session that did not come about.
    fn clear(&self) -> std::io::Result<()> {
        for file in std::fs::read_dir(&self.folder)? {
            if file?.file_name() != LOCK_FILE {
                return Ok(());
            }
        }
        std::fs::remove_file(self.folder.join(LOCK_FILE))?;
        std::fs::remove_dir(&self.folder)
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        // an empty folder that cannot be removed does no harm
        drop(self.clear());
    }
}

/// Locks the file of this name; `None` when the name was taken from it while it was waited for.
fn lock(path: &Path) -> std::io::Result<Option<File>> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    let file = match opened {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    file.lock()?;
    match std::fs::metadata(path) {
        Ok(named) if is_same(&named, &file.metadata()?) => Ok(Some(file)),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests;
