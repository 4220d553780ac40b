//! Names in folders that outlast a loss of power: those of files in their places, and of folders that are made for them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use medshare_own_files::sync_folder;

use super::unwritten;

/// Makes a folder where it is missing, and what is missing above it.
///
/// # Errors
/// The system's.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
    fs::create_dir_all(folder)?;
    missing.into_iter().try_for_each(keep_name)
}

/// Makes a folder that must not be there, and what is missing above it.
///
/// # Errors
/// The system's.
pub fn make_new_folder(folder: &Path) -> io::Result<()> {
    folder.parent().map_or(Ok(()), make_folder)?;
    fs::create_dir(folder)?;
    keep_name(folder)
}

/// Makes the names of files durable that are in their places: each folder once.
pub(super) fn keep_names(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut folders = BTreeSet::new();
    let mut of_each_folder = files.iter().filter(|file| folders.insert(file.parent()));
    of_each_folder.try_for_each(|file| keep_name(file).with_context(|| unwritten(file)))
}

/// A folder that may not be read, or a file system that knows no such thing, takes nothing back from what is written.
fn keep_name(path: &Path) -> io::Result<()> {
    match sync_folder(path) {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_with_what_is_missing_above_them_and_a_new_one_once() {
        let base = tempfile::tempdir().unwrap();
        let at = |name: &str| base.path().join(name);
        for _ in 0..2 {
            make_folder(&at("a/b/c")).unwrap();
        }
        make_new_folder(&at("a/x/y")).unwrap();
        assert_eq!(make_new_folder(&at("a/x/y")).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert!(at("a/b/c").is_dir() && at("a/x/y").is_dir());
        fs::write(at("file"), "").unwrap();
        assert!(make_folder(&at("file/inner")).is_err());
    }
}
