//! What allowed actions do: the paper names the six actions, what each means for a package is ours.
//!
//! Read shows a file; copy hands a decrypted copy of it out; write keeps a new version of it, sealed, in the session's folder;
//! duplicate makes a second package file; move takes package and session elsewhere; delete wipes both. Each happens only
//! after [`Session::act`] returned, that is after the contract allowed it and its report is on the ledger. What has to be possible for
//! it is looked at before: where to write comes as something that is open already, and a new place is taken first.

use super::place::Place;
use super::{Acted, Session, SessionError};
use crate::vault::durable::try_folder;
use medshare_contract_abi::Action;
use medshare_contract_abi::usage::{Comment, RefusalCode};
use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_crypto::stream::{DataKey, open_all, seal_all, sealed_len};
use medshare_exchange::package::PackageError;
use medshare_own_files::sync_folder;
use rand_core::OsRng;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use zeroize::Zeroizing;

impl Session<'_> {
    /// Reads a file of the package, in its latest version.
    ///
    /// # Errors
    /// As [`Session::act`], and when there is no such file. Naming a file that does not exist is no action.
    pub fn read(&mut self, name: &str, comment: Comment) -> Result<(Acted, Zeroizing<Vec<u8>>), SessionError> {
        self.require(name)?;
        let acted = self.act(Action::Read, comment)?;
        Ok((acted, self.data(name)?))
    }

    /// Hands out a decrypted copy of a file.
    ///
    /// # Errors
    /// As [`Session::read`]; [`SessionError::Output`] when the copy cannot be written.
    pub fn copy(&mut self, name: &str, to: &mut impl Write, comment: Comment) -> Result<Acted, SessionError> {
        self.require(name)?;
        let acted = self.act(Action::Copy, comment)?;
        let data = self.data(name)?;
        to.write_all(&data).map_err(SessionError::Output)?;
        Ok(acted)
    }

    /// Keeps `contents` as the new version of a file, sealed in the session's folder; the package itself stays as it is.
    ///
    /// # Errors
    /// [`SessionError::Unprepared`] when there is no room for it, before anything is asked; then as [`Session::read`].
    pub fn write(&mut self, name: &str, contents: &[u8], comment: Comment) -> Result<Acted, SessionError> {
        self.require(name)?;
        let room = self.vault.make_room_for(name, sealed_len(contents.len() as u64));
        room.map_err(|e| SessionError::unprepared(self.folder(), e))?;
        let acted = match self.act(Action::Write, comment) {
            Ok(acted) => acted,
            Err(error) => {
                // why nothing is kept says more than that its room is not free
                drop(self.vault.give_room_back(name));
                return Err(error);
            }
        };
        let key = self.key()?;
        let sealed = seal_all(&key, self.version_hash(name), contents, &mut OsRng);
        let sealed = sealed.map_err(PackageError::Payload)?;
        self.vault.put(name, &sealed)?;
        Ok(acted)
    }

    /// Makes a second package file, which opens only as the first does.
    ///
    /// # Errors
    /// As [`Session::act`]; [`SessionError::Output`] when the file cannot be written.
    pub fn duplicate(&mut self, to: &mut impl Write, comment: Comment) -> Result<Acted, SessionError> {
        let mut package =
            File::open(self.package.path()).map_err(|e| SessionError::unprepared(self.package.path(), e))?;
        let acted = self.act(Action::Duplicate, comment)?;
        std::io::copy(&mut package, to).map_err(SessionError::Output)?;
        Ok(acted)
    }

    /// Takes the package to `to`, and the session's folder with it where it stands beside the package.
    ///
    /// # Errors
    /// [`SessionError::Unprepared`] when it cannot be taken there, before anything is asked; then as [`Session::act`].
    pub fn relocate(self, to: &Path, comment: Comment) -> Result<Acted, SessionError> {
        let mut session = self;
        let place = session.place(to)?;
        let acted = session.act(Action::Move, comment)?;
        place.settle().map_err(SessionError::Output)?;
        Ok(acted)
    }

    /// Takes the place of the package at `to`, as [`Session::relocate`] does before it asks; dropped, it is given back.
    ///
    /// # Errors
    /// [`SessionError::Unprepared`] when it cannot be taken.
    pub fn place(&self, to: &Path) -> Result<Place, SessionError> {
        Place::take(self.package.path(), to, self.folder()).map_err(|e| SessionError::unprepared(to, e))
    }

    /// Wipes the session and removes the package. Reports of an opening before that is proven never to be recorded any more stay in the
    /// session's folder.
    ///
    /// # Errors
    /// [`SessionError::Unprepared`] when the package's folder cannot be changed, before anything is asked; then as [`Session::act`];
    /// [`SessionError::ReportsUnproven`] when no node proves that its reports are on the ledger: then nothing is removed. Those of
    /// openings before, and violations that wait to be reported anew, are looked at before it is recorded.
    pub fn delete(self, comment: Comment) -> Result<Acted, SessionError> {
        let mut session = self;
        let package = session.package.path();
        try_folder(package).map_err(|e| SessionError::unprepared(package, e))?;
        // a delete that could not come to its end is not to be recorded, either
        session.settle()?;
        session.account_for_earlier()?;
        let reports = session.owes()?;
        if reports > 0 {
            return Err(SessionError::ReportsUnproven { reports, source: None });
        }
        let acted = session.act(Action::Delete, comment)?;
        // what is not proven to be on the ledger is nowhere else, perhaps
        session.account_for_everything()?;
        if session.owes()? > 0 {
            // others went on meanwhile: a violation waits for the next opening, which needs the package
            return Err(SessionError::WentOn);
        }
        session.vault.erase()?;
        let removed = std::fs::remove_file(session.package.path()).and_then(|()| sync_folder(session.package.path()));
        removed.map_err(SessionError::Output)?;
        Ok(acted)
    }

    /// Whether the package holds a file of this name.
    ///
    /// # Errors
    /// [`PackageError::NoSuchFile`] when it does not.
    pub fn require(&self, name: &str) -> Result<(), SessionError> {
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
        match self.vault.get(name)? {
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
