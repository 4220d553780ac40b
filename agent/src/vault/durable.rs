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
    let mut file = create(&new)?;
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

/// Whether files can be made in and removed from the folder of `path`, found out by doing so.
///
/// # Errors
/// The system's, where they cannot.
pub fn try_folder(path: &Path) -> io::Result<()> {
    let trial = beside(path, &format!("{}.trial", std::process::id()));
    OpenOptions::new().create_new(true).write(true).mode(0o600).open(&trial)?;
    fs::remove_file(trial)
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)
}

fn overwrite(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = file.metadata()?.len();
    let zeros = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    file.write_all(&zeros)?;
    file.sync_all()
}

fn same_file(one: &Path, other: &Path) -> io::Result<bool> {
    Ok(is_same(&fs::metadata(one)?, &fs::metadata(other)?))
}

/// Whether two names, or a name and an open file, are of one file.
pub fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
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
    fn a_folder_is_tried_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("package");
        try_folder(&path).unwrap();
        assert!(names(folder.path()).is_empty());
        try_folder(&folder.path().join("missing/package")).unwrap_err();
    }
}
