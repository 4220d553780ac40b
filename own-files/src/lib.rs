#![forbid(unsafe_code)]
//! Files that are opened only where they are what they seem.
//!
//! Whoever can write to a folder can lay a link, a pipe or a file of their own where a program looks for its own. So what a program keeps
//! for itself is opened here: the name itself and not what it leads to, without waiting for anybody, and only a regular file. A [`Folder`]
//! is held open: what happens to its path later changes nothing.

mod folder;

pub use folder::{Folder, FolderError};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read what is there.
    Read,
    /// To write over what is there.
    Overwrite,
    /// To read and write what is there; one that is missing is made, with these rights.
    Keep(u32),
    /// To write, and read, at the end of what is there; one that is missing is made, with these rights.
    Append(u32),
    /// To write one that is made for it, with these rights; there must be none.
    New(u32),
}

impl Access {
    const fn flags(self) -> OFlags {
        match self {
            Self::Read => OFlags::RDONLY,
            Self::Overwrite => OFlags::WRONLY,
            Self::Keep(_) => OFlags::RDWR.union(OFlags::CREATE),
            Self::Append(_) => OFlags::RDWR.union(OFlags::CREATE).union(OFlags::APPEND),
            Self::New(_) => OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL),
        }
    }

    const fn rights(self) -> Mode {
        match self {
            Self::Read | Self::Overwrite => Mode::empty(),
            Self::Keep(rights) | Self::Append(rights) | Self::New(rights) => Mode::from_raw_mode(rights),
        }
    }
}

/// Opens a regular file.
///
/// # Errors
/// The system's; [`io::ErrorKind::InvalidInput`] where the name is a link's, a folder's, a pipe's or a device's.
pub fn open(path: &Path, access: Access) -> io::Result<File> {
    open_at(CWD, path, access)
}

/// Makes the name of a file durable, in the folder where it is: without that, a loss of power may take it again.
///
/// # Errors
/// The system's.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Whether a file or folder belongs to the user who runs this program.
#[must_use]
pub fn is_own(found: &Metadata) -> bool {
    found.uid() == rustix::process::geteuid().as_raw()
}

/// Whether both are of one file.
#[must_use]
pub fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn open_at(folder: impl AsFd, path: &Path, access: Access) -> io::Result<File> {
    let wary = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = openat(folder, path, access.flags() | wary, access.rights());
    let file = File::from(opened.map_err(|error| match error {
        Errno::LOOP => no_file("a link"),
        // a pipe that nobody reads, or a socket
        Errno::NXIO => no_file("a pipe, a socket or a device"),
        error => error.into(),
    })?);
    let kind = file.metadata()?.file_type();
    match () {
        () if kind.is_file() => Ok(file),
        () if kind.is_dir() => Err(no_file("a folder")),
        () => Err(no_file("a pipe, a socket or a device")),
    }
}

fn no_file(found: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("expected a file, and it is {found}"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;
    use rustix::fs::mkfifoat;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    const EVERY: [Access; 4] = [Access::Read, Access::Overwrite, Access::Keep(0o600), Access::Append(0o600)];

    #[test]
    fn a_link_a_pipe_and_a_folder_are_no_files_and_nobody_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("precious");
        std::fs::write(&precious, "precious").unwrap();
        let [link, dangling, pipe, inner] = ["link", "dangling", "pipe", "inner"].map(|name| folder.path().join(name));
        symlink(&precious, &link).unwrap();
        symlink(folder.path().join("nothing"), &dangling).unwrap();
        mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
        std::fs::create_dir(&inner).unwrap();
        for access in EVERY {
            for (path, found) in [(&link, "a link"), (&dangling, "a link"), (&pipe, "a pipe")] {
                let error = open(path, access).unwrap_err();
                assert!(error.to_string().starts_with(&format!("expected a file, and it is {found}")), "{error}");
            }
            open(&inner, access).unwrap_err();
            open(&precious, access).unwrap();
        }
        for taken in [&link, &dangling, &pipe, &inner, &precious] {
            assert_eq!(open(taken, Access::New(0o600)).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        assert!(!folder.path().join("nothing").exists());
        assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
    }

    #[test]
    fn what_is_made_has_the_rights_that_were_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        for (name, access) in
            [("keep", Access::Keep(0o600)), ("append", Access::Append(0o600)), ("new", Access::New(0o400))]
        {
            let made = open(&folder.path().join(name), access).unwrap().metadata().unwrap();
            assert_eq!((made.permissions().mode() & 0o777, is_own(&made)), (access.rights().as_raw_mode(), true));
        }
        assert_eq!(open(&folder.path().join("none"), Access::Read).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
