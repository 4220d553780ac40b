//! A home is its user's alone: proxy keys, sealed reports and the node's key stand in it.
//!
//! A node runs under a mask that takes everything from others, which also holds for what libraries write. What an older version or
//! a copy by hand left open is closed when the node starts.

use crate::fault::StoreFault;
use medshare_own_files::{Access, Folder, is_own};
use std::ffi::OsStr;
use std::fs::{Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Parts of a home that may be links, so that they can be on another disk.
const PARTS: [&str; 6] = ["keys", "log", "packages", "private", "views", "wal"];
/// What others can do with a file, as bits of its mode.
const OTHERS: u32 = 0o077;
/// What remains of a mode.
const OWN: u32 = 0o7700;

/// Takes from others what they may do with a home and with everything in it; the log says that there was something to take.
///
/// Links are followed where they are a part of the home; all others are left alone, and so is what belongs to another user.
///
/// # Errors
/// When a folder cannot be read, or rights cannot be changed for another reason than that the file is another user's.
pub fn close(home: &Path) -> Result<(), StoreFault> {
    let folder = Folder::at(home).map_err(|source| StoreFault::io("listing", home, source))?;
    let is_part = |name: &OsStr| PARTS.iter().any(|part| name == OsStr::new(part));
    let mut closed = Closed::default();
    closed.folder(&folder, &is_part)?;
    if closed.count > 0 {
        tracing::warn!(
            files = closed.count,
            home = %home.display(),
            "other users could read files of this home; now its user alone can"
        );
    }
    Ok(())
}

#[derive(Default)]
struct Closed {
    count: u64,
}

impl Closed {
    /// Closes a folder and everything in it; links of the names that `follows` are parts of it.
    fn folder(&mut self, folder: &Folder, follows: &dyn Fn(&OsStr) -> bool) -> Result<(), StoreFault> {
        let failed = |action, source| StoreFault::io(action, folder.path(), source);
        let found = folder.metadata().map_err(|source| failed("looking at", source))?;
        self.entry(folder.path(), &found, |rights| folder.set_permissions(rights))?;
        for name in folder.names().map_err(|source| failed("listing", source))? {
            self.inside(folder, &name, follows(&name))?;
        }
        Ok(())
    }

    fn inside(&mut self, folder: &Folder, name: &OsStr, follows: bool) -> Result<(), StoreFault> {
        let path = folder.path().join(name);
        let failed = |source| StoreFault::io("looking at", &path, source);
        let Some(found) = folder.look(name).map_err(failed)? else { return Ok(()) };
        let part = match () {
            () if found.is_dir() => folder.inside(name),
            () if found.is_symlink() && follows => Folder::at(&path),
            () if found.is_file() => {
                return self.entry(&path, &found, |rights| folder.open(name, Access::Read)?.set_permissions(rights));
            }
            () => return Ok(()),
        };
        match part {
            Ok(part) => self.folder(&part, &|_| false),
            // a link to nothing, or what went meanwhile or is something else by now
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(()),
            Err(source) => Err(failed(source)),
        }
    }

    fn entry(
        &mut self,
        path: &Path,
        found: &Metadata,
        change: impl FnOnce(Permissions) -> io::Result<()>,
    ) -> Result<(), StoreFault> {
        let mode = found.permissions().mode();
        if mode & OTHERS == 0 {
            return Ok(());
        }
        let changed = if is_own(found) {
            change(Permissions::from_mode(mode & OWN))
        } else {
            Err(ErrorKind::PermissionDenied.into())
        };
        match changed {
            Ok(()) => self.count += 1,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => tracing::warn!(
                path = %path.display(),
                "other users may be able to read this file, and it belongs to another user, who can change that"
            ),
            Err(source) => return Err(StoreFault::io("changing the rights of", path, source)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_others_could_read_is_closed_and_nothing_outside_is_touched() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let home = folder.path().join("home");
        fs::create_dir_all(home.join("private/blobs")).unwrap();
        let [file, deep, foreign, moved] = [
            home.join("config.toml"),
            home.join("private/blobs/1"),
            elsewhere.path().join("foreign"),
            elsewhere.path().join("log/1.seg"),
        ];
        fs::create_dir(elsewhere.path().join("log")).unwrap();
        for path in [&file, &deep, &foreign, &moved] {
            fs::write(path, "secret").unwrap();
            fs::set_permissions(path, Permissions::from_mode(0o664)).unwrap();
        }
        for path in [&home, &home.join("private"), &elsewhere.path().join("log")] {
            fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        }
        symlink(elsewhere.path().join("log"), home.join("log")).unwrap();
        symlink(&foreign, home.join("private/link")).unwrap();
        symlink(home.join("nothing"), home.join("dangling")).unwrap();
        close(&home).unwrap();
        assert_eq!([&home, &home.join("private"), &elsewhere.path().join("log")].map(|path| mode(path)), [0o700; 3]);
        assert_eq!([&file, &deep, &moved].map(|path| mode(path)), [0o600; 3]);
        assert_eq!(mode(&foreign), 0o664, "a link inside of a part leads away");
        assert!(close(&home.join("absent")).is_err());
    }

    #[test]
    fn a_link_in_a_home_that_is_no_part_of_it_is_not_followed() {
        let (home, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let shared = elsewhere.path().join("shared");
        fs::create_dir_all(shared.join("deep")).unwrap();
        let files = [shared.join("a"), shared.join("deep/b")];
        for file in &files {
            fs::write(file, "everybody's").unwrap();
            fs::set_permissions(file, Permissions::from_mode(0o664)).unwrap();
        }
        for folder in [&shared, &shared.join("deep")] {
            fs::set_permissions(folder, Permissions::from_mode(0o775)).unwrap();
        }
        symlink(&shared, home.path().join("oops")).unwrap();
        symlink(&files[0], home.path().join("config.toml")).unwrap();
        fs::create_dir(home.path().join("views")).unwrap();
        symlink(&shared, home.path().join("views/log")).unwrap();
        close(home.path()).unwrap();
        assert_eq!(files.each_ref().map(|file| mode(file)), [0o664; 2]);
        assert_eq!([&shared, &shared.join("deep")].map(|folder| mode(folder)), [0o775; 2]);
    }
}
