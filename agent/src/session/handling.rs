//! What allowed actions do: the paper names the six actions, what each means for a package is ours.
//!
//! Read shows a file; copy hands a decrypted copy of it out; write keeps a new version of it, sealed, in the session's folder;
//! duplicate makes a second package file; move takes package and session elsewhere; delete wipes both. Each happens only
//! after [`Session::act`] returned, that is after the contract allowed it and its report is on the ledger.

use super::{Acted, Session, SessionError};
use crate::vault::durable::create_new;
use medshare_contract_abi::Action;
use medshare_contract_abi::usage::{Comment, RefusalCode};
use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_crypto::stream::{DataKey, open_all, seal_all};
use medshare_exchange::package::PackageError;
use rand_core::OsRng;
use std::io::Write as _;
use std::path::Path;
use zeroize::Zeroizing;

impl Session<'_> {
    /// Reads a file of the package, in its latest version.
    ///
    /// # Errors
    /// As [`Session::act`], and when there is no such file. Naming a file that does not exist is no action.
    pub fn read(&mut self, name: &str, comment: Comment) -> Result<(Acted, Zeroizing<Vec<u8>>), SessionError> {
        self.has(name)?;
        let acted = self.act(Action::Read, comment)?;
        Ok((acted, self.data(name)?))
    }

    /// Hands out a decrypted copy of a file as the new file `to`.
    ///
    /// # Errors
    /// As [`Session::read`]; [`SessionError::Output`] when the copy cannot be stored.
    pub fn copy(&mut self, name: &str, to: &Path, comment: Comment) -> Result<Acted, SessionError> {
        self.has(name)?;
        let acted = self.act(Action::Copy, comment)?;
        let data = self.data(name)?;
        create_new(to, |file| file.write_all(&data)).map_err(|e| output(to, e))?;
        Ok(acted)
    }

    /// Keeps `contents` as the new version of a file, sealed in the session's folder; the package itself stays as it is.
    ///
    /// # Errors
    /// As [`Session::read`].
    pub fn write(&mut self, name: &str, contents: &[u8], comment: Comment) -> Result<Acted, SessionError> {
        self.has(name)?;
        let acted = self.act(Action::Write, comment)?;
        let key = self.key()?;
        let sealed = seal_all(&key, self.version_hash(name), contents, &mut OsRng);
        let sealed = sealed.map_err(PackageError::Payload)?;
        self.vault.put(&version_file(name), &sealed)?;
        Ok(acted)
    }

    /// Makes a second package file, `to`, which opens only as the first does.
    ///
    /// # Errors
    /// As [`Session::act`]; [`SessionError::Output`] when the file cannot be made.
    pub fn duplicate(&mut self, to: &Path, comment: Comment) -> Result<Acted, SessionError> {
        let acted = self.act(Action::Duplicate, comment)?;
        let package = self.package.path();
        create_new(to, |file| std::io::copy(&mut std::fs::File::open(package)?, file)).map_err(|e| output(to, e))?;
        Ok(acted)
    }

    /// Takes the package to `to`, and the session's folder with it where it stands beside the package.
    ///
    /// # Errors
    /// As [`Session::act`]; [`SessionError::Output`] when it cannot be taken there.
    pub fn relocate(self, to: &Path, comment: Comment) -> Result<Acted, SessionError> {
        let mut session = self;
        let acted = session.act(Action::Move, comment)?;
        let from = session.package.path();
        let io = |e| output(to, e);
        std::fs::hard_link(from, to).map_err(io)?;
        std::fs::remove_file(from).map_err(io)?;
        if session.folder() == super::beside(from) {
            std::fs::rename(session.folder(), super::beside(to)).map_err(io)?;
        }
        Ok(acted)
    }

    /// Wipes the session and removes the package.
    ///
    /// # Errors
    /// As [`Session::act`]; [`SessionError::Output`] when something cannot be removed.
    pub fn delete(self, comment: Comment) -> Result<Acted, SessionError> {
        let mut session = self;
        let acted = session.act(Action::Delete, comment)?;
        let package = session.package.path();
        session.vault.erase()?;
        std::fs::remove_file(package).map_err(|e| output(package, e))?;
        Ok(acted)
    }

    fn has(&self, name: &str) -> Result<(), SessionError> {
        match self.package.manifest().file(name) {
            Some(_) => Ok(()),
            None => Err(PackageError::NoSuchFile.into()),
        }
    }

    fn key(&self) -> Result<DataKey, SessionError> {
        let key = self.record.data_key();
        key.ok_or(SessionError::Refused(RefusalCode::Withdrawn))
    }

    fn data(&mut self, name: &str) -> Result<Zeroizing<Vec<u8>>, SessionError> {
        let key = self.key()?;
        match self.vault.get(&version_file(name))? {
            Some(sealed) => {
                let opened = open_all(&key, self.version_hash(name), &sealed);
                Ok(opened.map_err(PackageError::Payload)?)
            }
            None => self.package.read_file(name, &key),
        }
    }

    /// Binds a version to its package and name.
    fn version_hash(&self, name: &str) -> Hash32 {
        let package = self.package.id();
        tagged_hash("medshare/written-version/v1", &[package.as_bytes(), name.as_bytes()])
    }
}

fn version_file(name: &str) -> String {
    format!("written.{name}")
}

fn output(path: &Path, source: std::io::Error) -> SessionError {
    SessionError::Output { path: path.to_owned(), source }
}
