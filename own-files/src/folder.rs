//! A folder that is held open.

use crate::{Access, is_own, open_at};
use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, linkat, openat, renameat, unlinkat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

/// What others than the user can change, as bits of a mode.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Why nothing is kept in a folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Its name leads elsewhere.
    #[error("expected a folder, and it is a link or a file")]
    NoFolder,
    /// Somebody else made it.
    #[error("expected a folder of your own, and it belongs to another user")]
    Foreign,
    /// Others can lay files there.
    #[error("expected a folder that only you can write to, and others can too (its mode is {mode:03o})")]
    Shared {
        /// Its rights.
        mode: u32,
    },
    /// The system's reason.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A folder; the names in it are found whatever becomes of its path.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    handle: File,
}

impl Folder {
    /// A folder that is the user's own: no link, not another's, and not writable by others.
    ///
    /// # Errors
    /// [`FolderError`] where it is not.
    pub fn own(path: &Path) -> Result<Self, FolderError> {
        let folder = Self::itself(path)?;
        let found = folder.metadata()?;
        match unfit(is_own(&found), found.permissions().mode()) {
            Some(error) => Err(error),
            None => Ok(folder),
        }
    }

    /// A folder that is no link, whoever's it is.
    ///
    /// # Errors
    /// [`FolderError::NoFolder`] where it is none, [`FolderError::Io`].
    pub fn itself(path: &Path) -> Result<Self, FolderError> {
        Self::open_at(CWD, path, path, OFlags::NOFOLLOW).map_err(|error| match error {
            Errno::LOOP | Errno::NOTDIR => FolderError::NoFolder,
            error => FolderError::Io(error.into()),
        })
    }

    /// A folder where its path leads to.
    ///
    /// # Errors
    /// The system's.
    pub fn at(path: &Path) -> io::Result<Self> {
        Ok(Self::open_at(CWD, path, path, OFlags::empty())?)
    }

    /// A folder in this one, itself and not what its name leads to.
    ///
    /// # Errors
    /// The system's.
    pub fn inside(&self, name: &OsStr) -> io::Result<Self> {
        Ok(Self::open_at(&self.handle, plain(name)?, &self.path.join(name), OFlags::NOFOLLOW)?)
    }

    fn open_at(folder: impl std::os::fd::AsFd, name: &Path, path: &Path, also: OFlags) -> Result<Self, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | also;
        let handle = openat(folder, name, flags, Mode::empty())?;
        Ok(Self { path: path.to_owned(), handle: handle.into() })
    }

    /// Where it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the system knows of it.
    ///
    /// # Errors
    /// The system's.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.handle.metadata()
    }

    /// Changes its rights.
    ///
    /// # Errors
    /// The system's.
    pub fn set_permissions(&self, permissions: Permissions) -> io::Result<()> {
        self.handle.set_permissions(permissions)
    }

    /// Opens a regular file in it.
    ///
    /// # Errors
    /// As [`crate::open`].
    pub fn open(&self, name: impl AsRef<OsStr>, access: Access) -> io::Result<File> {
        open_at(&self.handle, plain(name.as_ref())?, access)
    }

    /// What has this name, itself and not what it leads to; `None` where nothing has.
    ///
    /// # Errors
    /// The system's.
    pub fn look(&self, name: impl AsRef<OsStr>) -> io::Result<Option<Metadata>> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&self.handle, plain(name.as_ref())?, flags, Mode::empty()) {
            Ok(found) => File::from(found).metadata().map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The names in it, in no order.
    ///
    /// # Errors
    /// The system's.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }

    /// Gives a file in it a second name.
    ///
    /// # Errors
    /// The system's.
    pub fn link(&self, name: impl AsRef<OsStr>, second: impl AsRef<OsStr>) -> io::Result<()> {
        let (name, second) = (plain(name.as_ref())?, plain(second.as_ref())?);
        Ok(linkat(&self.handle, name, &self.handle, second, AtFlags::empty())?)
    }

    /// Gives a file in it another name, in place of what had that.
    ///
    /// # Errors
    /// The system's.
    pub fn rename(&self, from: impl AsRef<OsStr>, to: impl AsRef<OsStr>) -> io::Result<()> {
        Ok(renameat(&self.handle, plain(from.as_ref())?, &self.handle, plain(to.as_ref())?)?)
    }

    /// Takes a name that is no folder's out of it.
    ///
    /// # Errors
    /// The system's.
    pub fn remove(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        Ok(unlinkat(&self.handle, plain(name.as_ref())?, AtFlags::empty())?)
    }

    /// Makes its names durable.
    ///
    /// # Errors
    /// The system's.
    pub fn sync(&self) -> io::Result<()> {
        self.handle.sync_all()
    }
}

impl From<Folder> for File {
    fn from(folder: Folder) -> Self {
        folder.handle
    }
}

fn unfit(is_own: bool, mode: u32) -> Option<FolderError> {
    if !is_own {
        return Some(FolderError::Foreign);
    }
    (mode & WRITABLE_BY_OTHERS != 0).then_some(FolderError::Shared { mode: mode & 0o7777 })
}

/// A name that leads nowhere else.
fn plain(name: &OsStr) -> io::Result<&Path> {
    let path = Path::new(name);
    let mut parts = path.components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(part)), None) if part == name => Ok(path),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "expected a plain name of a file")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_folder_of_others_or_open_to_them_is_refused() {
        assert!(matches!(unfit(false, 0o700), Some(FolderError::Foreign)));
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("folder");
        std::fs::create_dir(&folder).unwrap();
        for (mode, is_refused) in [(0o777, true), (0o770, true), (0o702, true), (0o1777, true), (0o755, false)] {
            std::fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
            let refused = matches!(Folder::own(&folder), Err(FolderError::Shared { mode: told }) if told == mode);
            assert_eq!(refused, is_refused, "{mode:o}");
        }
        let link = base.path().join("link");
        symlink(&folder, &link).unwrap();
        assert!(matches!(Folder::own(&link), Err(FolderError::NoFolder)));
        assert!(Folder::at(&link).is_ok());
        std::fs::write(base.path().join("file"), "").unwrap();
        assert!(matches!(Folder::own(&base.path().join("file")), Err(FolderError::NoFolder)));
        let missing = Folder::own(&base.path().join("missing"));
        assert!(matches!(missing, Err(FolderError::Io(error)) if error.kind() == io::ErrorKind::NotFound));
    }

    #[test]
    fn a_folder_stays_the_one_that_was_opened() {
        let base = tempfile::tempdir().unwrap();
        let (path, aside) = (base.path().join("folder"), base.path().join("aside"));
        std::fs::create_dir(&path).unwrap();
        let folder = Folder::own(&path).unwrap();
        std::fs::rename(&path, &aside).unwrap();
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("a"), "another's").unwrap();
        assert!(folder.look("a").unwrap().is_none());
        drop(folder.open("a", Access::New(0o600)).unwrap());
        folder.link("a", "b").unwrap();
        folder.rename("b", "c").unwrap();
        let mut names = folder.names().unwrap();
        names.sort();
        assert_eq!(names, ["a", "c"]);
        folder.remove("a").unwrap();
        assert!(aside.join("c").exists() && !aside.join("a").exists());
        assert_eq!(std::fs::read(path.join("a")).unwrap(), b"another's");
    }

    #[test]
    fn only_plain_names_are_looked_for_in_a_folder() {
        let base = tempfile::tempdir().unwrap();
        std::fs::create_dir(base.path().join("inner")).unwrap();
        let folder = Folder::own(&base.path().join("inner")).unwrap();
        for name in ["", ".", "..", "../x", "a/b", "/etc/passwd", "a/", "./a"] {
            let error = folder.open(name, Access::Keep(0o600)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
        assert_eq!(std::fs::read_dir(base.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_looked_at_is_the_name_itself() {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::own(base.path()).unwrap();
        symlink("/", base.path().join("link")).unwrap();
        assert!(folder.look("link").unwrap().unwrap().is_symlink());
        assert!(folder.inside(OsStr::new("link")).is_err());
        assert!(folder.look("nothing").unwrap().is_none());
    }
}
