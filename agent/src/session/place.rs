//! A new place for a package, taken before the contract is asked for the move.

use super::beside;
use crate::vault::durable::try_folder;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A name that the package has beside its own, until the move is done or given up.
#[derive(Debug)]
pub struct Place {
    from: PathBuf,
    to: PathBuf,
    /// The session's folder goes along where it stands beside the package.
    session: Option<PathBuf>,
    settled: bool,
}

impl Place {
    /// Takes it.
    ///
    /// # Errors
    /// The system's, or why the package cannot move there.
    pub(super) fn take(from: &Path, to: &Path, session: &Path) -> io::Result<Self> {
        let session = (session == beside(from)).then(|| session.to_owned());
        if session.is_some() && fs::exists(beside(to))? {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a session's folder is there already"));
        }
        try_folder(from)?;
        fs::hard_link(from, to).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => io::Error::new(error.kind(), "it exists already; choose a new name"),
            io::ErrorKind::CrossesDevices => io::Error::new(error.kind(), "it is on another file system"),
            _ => error,
        })?;
        Ok(Self { from: from.to_owned(), to: to.to_owned(), session, settled: false })
    }

    /// The package has only its new name from now on.
    ///
    /// # Errors
    /// The system's; the package is at its new place as soon as it is not at its old one.
    pub(super) fn settle(mut self) -> io::Result<()> {
        fs::remove_file(&self.from)?;
        self.settled = true;
        self.session.as_ref().map_or(Ok(()), |session| fs::rename(session, beside(&self.to)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.settled {
            // a second name of the same file: whoever gave the move up is told why
            drop(fs::remove_file(&self.to));
        }
    }
}
