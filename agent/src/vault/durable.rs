//! Files that are there whole or not at all, also after a power cut, and files that are wiped.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Replaces a file as a whole: written beside it, synced, renamed over it. What was there before is overwritten, then removed.
///
/// # Errors
/// The system's. The file then holds either the bytes before or these.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (new, old) = (beside(path, "new"), beside(path, "old"));
    let mut file = create(&new, false)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    finish_wiping(path)?;
    match fs::hard_link(path, &old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        linked => linked?,
    }
    fs::rename(&new, path)?;
    sync_folder(path)?;
    finish_wiping(path)
}

/// Wipes what an interrupted [`replace`] left behind.
///
/// # Errors
/// The system's.
pub fn finish_wiping(path: &Path) -> io::Result<()> {
    let old = beside(path, "old");
    if !fs::exists(&old)? {
        return Ok(());
    }
    if !same_file(&old, path)? {
        overwrite(&old)?;
    }
    fs::remove_file(&old)?;
    sync_folder(path)
}

/// Overwrites and removes the files of a folder whose names are `chosen`.
///
/// # Errors
/// The system's.
pub fn wipe_files(folder: &Path, chosen: impl Fn(&std::ffi::OsStr) -> bool) -> io::Result<()> {
    for file in fs::read_dir(folder)? {
        let file = file?;
        if chosen(&file.file_name()) {
            overwrite(&file.path())?;
            fs::remove_file(file.path())?;
        }
    }
    File::open(folder)?.sync_all()
}

/// Makes a new file as a whole from what `write` puts into it; an existing file is never replaced.
///
/// # Errors
/// Those of `write`, and the system's; then there is no file.
pub fn create_new<T, E: From<io::Error>>(path: &Path, write: impl FnOnce(&mut File) -> Result<T, E>) -> Result<T, E> {
    let new = beside(path, "part");
    let outcome = fill(path, &new, write);
    if outcome.is_err() {
        // the part that was written; if it cannot be removed either, the error before it matters more
        drop(fs::remove_file(&new));
    }
    outcome
}

fn fill<T, E: From<io::Error>>(path: &Path, new: &Path, write: impl FnOnce(&mut File) -> Result<T, E>) -> Result<T, E> {
    if fs::exists(path)? {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it exists already; choose a new name").into());
    }
    let mut file = create(new, true)?;
    let value = write(&mut file)?;
    file.sync_all()?;
    fs::hard_link(new, path)?;
    fs::remove_file(new)?;
    sync_folder(path)?;
    Ok(value)
}

fn create(path: &Path, readable: bool) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(true).write(true).read(readable).mode(0o600).open(path)
}

fn overwrite(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = file.metadata()?.len();
    let zeros = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    file.write_all(&zeros)?;
    file.sync_all()
}

fn same_file(one: &Path, other: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (one, other) = (fs::metadata(one)?, fs::metadata(other)?);
    Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn replacing_wipes_what_was_there_and_leaves_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session");
        replace(&path, b"first secret").unwrap();
        let witness = folder.path().join("witness");
        fs::hard_link(&path, &witness).unwrap();
        replace(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read(&witness).unwrap(), [0; 12]);
        assert_eq!(names(folder.path()), ["session", "witness"]);
    }

    #[test]
    fn an_interrupted_replacement_is_wiped_by_the_next_one_who_looks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session");
        fs::write(&path, b"new").unwrap();
        fs::write(folder.path().join("session.old"), b"old secret").unwrap();
        finish_wiping(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["session"]);
    }

    #[test]
    fn a_replacement_interrupted_before_the_rename_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session");
        fs::write(&path, b"current").unwrap();
        fs::hard_link(&path, folder.path().join("session.old")).unwrap();
        finish_wiping(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"current");
    }

    #[test]
    fn a_new_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("package");
        let failed: io::Result<()> = create_new(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("the connection broke"))
        });
        failed.unwrap_err();
        assert!(names(folder.path()).is_empty());
        create_new(&path, |file| file.write_all(b"whole")).unwrap();
        let again = create_new(&path, |file| file.write_all(b"other"));
        assert_eq!(again.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(names(folder.path()), ["package"]);
    }
}
