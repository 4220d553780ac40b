//! A home is its user's alone: proxy keys, sealed reports and the node's key stand in it.
//!
//! A node runs under a mask that takes everything from others, which also holds for what libraries write. What an older version or
//! a copy by hand left open is closed when the node starts.

use crate::fault::StoreFault;
use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// What others can do with a file, as bits of its mode.
const OTHERS: u32 = 0o077;
/// What remains of a mode.
const OWN: u32 = 0o7700;

/// Takes from others what they may do with a home and with everything in it; the log says that there was something to take.
///
/// Links are followed where they stand in the home itself, so that a part of it can be on another disk; deeper ones are left alone.
///
/// # Errors
/// When a folder cannot be read, or rights cannot be changed for another reason than that the file is another user's.
pub fn close(home: &Path) -> Result<(), StoreFault> {
    let mut closed = Closed::default();
    closed.entry(home)?;
    for path in entries(home)? {
        closed.tree(&path, true)?;
    }
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
    fn tree(&mut self, path: &Path, follows: bool) -> Result<(), StoreFault> {
        let looked = if follows { fs::metadata(path) } else { fs::symlink_metadata(path) };
        let found = match looked {
            Ok(found) => found,
            // a link to nothing, or a file that went meanwhile
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(StoreFault::io("looking at", path, source)),
        };
        if found.is_symlink() {
            return Ok(());
        }
        self.entry(path)?;
        if found.is_dir() {
            for path in entries(path)? {
                self.tree(&path, false)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path) -> Result<(), StoreFault> {
        let mode =
            fs::metadata(path).map_err(|source| StoreFault::io("looking at", path, source))?.permissions().mode();
        if mode & OTHERS == 0 {
            return Ok(());
        }
        match fs::set_permissions(path, Permissions::from_mode(mode & OWN)) {
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

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, StoreFault> {
    let failed = |source| StoreFault::io("listing", folder, source);
    fs::read_dir(folder).map_err(failed)?.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;

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
        std::os::unix::fs::symlink(elsewhere.path().join("log"), home.join("log")).unwrap();
        std::os::unix::fs::symlink(&foreign, home.join("private/link")).unwrap();
        std::os::unix::fs::symlink(home.join("nothing"), home.join("dangling")).unwrap();
        close(&home).unwrap();
        assert_eq!([&home, &home.join("private"), &elsewhere.path().join("log")].map(|path| mode(path)), [0o700; 3]);
        assert_eq!([&file, &deep, &moved].map(|path| mode(path)), [0o600; 3]);
        assert_eq!(mode(&foreign), 0o664, "a link inside of a part leads away");
        assert!(close(&home.join("absent")).is_err());
    }
}
