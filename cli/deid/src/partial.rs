//! Results that are being written, beside their places and under names of their own, `.deid-` and six characters.
//!
//! Interrupted, a run removes its own. One that was killed cannot: what it left is known by nobody holding the lock on it, and the next run
//! removes it.

use std::fs::File;
use std::io;
use std::path::Path;

use medshare_cli_terminal::interrupt::{HalfDone, undo_if_interrupted};
use medshare_own_files::{Access, Folder, is_own, open};
use tempfile::{Builder, NamedTempFile, TempDir};

use crate::words::note;

const PREFIX: &str = ".deid-";
/// What follows the prefix in a name.
const RANDOM_LEN: usize = 6;

/// Something unfinished; dropped, it disappears.
pub struct Partial<T> {
    thing: T,
    _half_done: HalfDone,
    /// Held as long as somebody works on it.
    _lock: File,
}

impl Partial<TempDir> {
    /// A new folder in `parent`.
    pub fn folder(parent: &Path) -> io::Result<Self> {
        Self::make(parent, |builder| builder.tempdir_in(parent), TempDir::path, |folder| File::open(folder.path()))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.thing.path()
    }

    /// Gives it its name.
    pub fn rename(self, target: &Path) -> io::Result<()> {
        std::fs::rename(self.thing.path(), target)?;
        // There is nothing at the old name any more.
        drop(self.thing.keep());
        Ok(())
    }
}

impl Partial<NamedTempFile> {
    /// A new file in `parent`.
    pub fn file(parent: &Path) -> io::Result<Self> {
        let make = |builder: &mut Builder<'_, '_>| {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                // As for any other new file, the user's mask takes away what others may not.
                builder.permissions(std::fs::Permissions::from_mode(0o666));
            }
            builder.tempfile_in(parent)
        };
        Self::make(parent, make, NamedTempFile::path, |file| file.as_file().try_clone())
    }

    /// Where to write.
    pub fn writer(&self) -> &File {
        self.thing.as_file()
    }

    /// Gives it its name.
    pub fn rename(self, target: &Path) -> io::Result<()> {
        self.thing.persist(target).map(drop).map_err(|error| error.error)
    }
}

impl<T> Partial<T> {
    fn make(
        parent: &Path,
        make: impl Fn(&mut Builder<'_, '_>) -> io::Result<T>,
        path: impl Fn(&T) -> &Path,
        open: impl Fn(&T) -> io::Result<File>,
    ) -> io::Result<Self> {
        remove_what_was_left(parent);
        loop {
            let thing = make(Builder::new().prefix(PREFIX).rand_bytes(RANDOM_LEN))?;
            let place = path(&thing).to_owned();
            let half_done = undo_if_interrupted(move || remove(&place));
            match open(&thing).and_then(|lock| locked(&lock).map(|()| lock)) {
                // Another run may have taken it for left behind in the moment before it was locked.
                Ok(lock) if path(&thing).exists() => return Ok(Self { thing, _half_done: half_done, _lock: lock }),
                Err(error) if path(&thing).exists() => return Err(error),
                _ => {}
            }
        }
    }
}

/// Where a file system knows no locks, nothing is taken for left behind either.
fn locked(file: &File) -> io::Result<()> {
    match file.lock() {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        outcome => outcome,
    }
}

/// Removes what runs left in a folder that did not end by themselves.
fn remove_what_was_left(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_ours = |random: &str| random.len() == RANDOM_LEN && random.bytes().all(|b| b.is_ascii_alphanumeric());
        if name.strip_prefix(PREFIX).is_some_and(is_ours)
            && let Some(left) = left(&entry.path())
            && left.try_lock().is_ok()
        {
            remove(&entry.path());
            note(&format!("removed {name}, which a run left that did not end by itself"));
        }
    }
}

/// What a run of this user left under a name; nothing else, as a pipe or a link that somebody laid there.
fn left(path: &Path) -> Option<File> {
    let file: File = match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Folder::itself(path).ok()?.into(),
        _ => open(path, Access::Read).ok()?,
    };
    file.metadata().is_ok_and(|found| is_own(&found)).then_some(file)
}

/// Where it cannot be removed, it stays: nothing else depends on it.
fn remove(path: &Path) {
    drop(if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) });
}
