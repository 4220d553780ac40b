//! A new place for a package, taken before the contract is asked for the move.

use super::beside;
use crate::vault::durable::try_folder;
use medshare_own_files::sync_folder;
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

    /// The package has only its new name from now on. Wherever this is interrupted, the session is beside a name of the package.
    ///
    /// # Errors
    /// The system's; the package is at its new place as soon as the session is.
    pub(super) fn settle(mut self) -> io::Result<()> {
        self.take_session_along()?;
        self.leave()
    }

    /// Both names are durable before the session goes from one to the other.
    fn take_session_along(&mut self) -> io::Result<()> {
        sync_folder(&self.to)?;
        if let Some(session) = &self.session {
            fs::rename(session, beside(&self.to))?;
            self.settled = true;
            self.sync()?;
        }
        Ok(())
    }

    fn leave(&mut self) -> io::Result<()> {
        fs::remove_file(&self.from)?;
        self.settled = true;
        self.sync()
    }

    fn sync(&self) -> io::Result<()> {
        sync_folder(&self.to)?;
        sync_folder(&self.from)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// The names under which the package is, and those beside which the session is.
    fn found<'p>(names: &[&'p Path]) -> (Vec<&'p Path>, Vec<&'p Path>) {
        let of = |is_there: fn(&Path) -> bool| names.iter().copied().filter(|name| is_there(name)).collect();
        (of(|name| name.exists()), of(|name| beside(name).join("report.1").exists()))
    }

    #[test]
    fn a_move_that_is_interrupted_leaves_the_session_where_its_package_is() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let (from, to) = (folder.path().join("p"), inner.join("q"));
        let both: [&Path; 2] = [&from, &to];
        fs::write(&from, b"package").unwrap();
        fs::create_dir(beside(&from)).unwrap();
        fs::write(beside(&from).join("report.1"), b"violation").unwrap();
        let mut place = Place::take(&from, &to, &beside(&from)).unwrap();
        assert_eq!(found(&both), (both.to_vec(), vec![from.as_path()]));
        place.take_session_along().unwrap();
        assert_eq!(found(&both), (both.to_vec(), vec![to.as_path()]));
        // also where the old name cannot be taken away, and the move is told to have failed
        drop(place);
        assert_eq!(found(&both), (both.to_vec(), vec![to.as_path()]));
        fs::remove_file(&from).unwrap();
        Place::take(&to, &from, &beside(&to)).unwrap().settle().unwrap();
        assert_eq!(found(&both), (vec![from.as_path()], vec![from.as_path()]));
    }

    #[test]
    fn a_move_that_is_given_up_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("p"), folder.path().join("q"));
        fs::write(&from, b"package").unwrap();
        fs::create_dir(beside(&from)).unwrap();
        drop(Place::take(&from, &to, &beside(&from)).unwrap());
        assert!(from.exists() && beside(&from).exists() && !to.exists() && !beside(&to).exists());
    }
}
