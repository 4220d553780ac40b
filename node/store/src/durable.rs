//! Making files survive a loss of power.
//!
//! `fdatasync` of a file does not make its name durable: after a file is created, renamed or removed, its folder is synced too.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _};
use std::path::Path;

use super::fault::StoreFault;

/// Makes the names in `folder` durable.
///
/// # Errors
/// When the folder cannot be opened or synced.
pub fn sync_folder(folder: &Path) -> Result<(), StoreFault> {
    File::open(folder).and_then(|handle| handle.sync_all()).map_err(|source| StoreFault::io("syncing", folder, source))
}

/// Creates `folder`, its user's alone, and what is missing above it, durably.
///
/// # Errors
/// When it cannot be created or synced.
pub fn create_folder(folder: &Path) -> Result<(), StoreFault> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(folder).map_err(|source| StoreFault::io("creating", folder, source))?;
    match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
        _ => Ok(()),
    }
}

/// Opens the file at `path` to read and write; one that is missing is created. Its name is durable then, whoever gave it.
///
/// # Errors
/// When it cannot be opened, created or synced.
pub fn open_file(path: &Path) -> Result<File, StoreFault> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|source| StoreFault::io("opening", path, source))?;
    path.parent().map_or(Ok(()), sync_folder)?;
    Ok(file)
}

/// Writes a part of `file`, which is at `path`, over itself and syncs it.
///
/// What is read back after a process ended may be in the system's memory only: it was not synced yet, or that failed, after which the
/// system takes it for written, so that a further sync alone would do nothing. A loss of power meanwhile takes nothing away: the bytes
/// are the same, and `are_whole`, since a disk may give back others than before.
///
/// # Errors
/// When the disk refuses, or the bytes are not whole.
pub fn write_anew(
    file: &File,
    path: &Path,
    part: Range<u64>,
    are_whole: impl FnOnce(&[u8]) -> bool,
) -> Result<(), StoreFault> {
    let mut bytes = vec![0; part.end.saturating_sub(part.start) as usize];
    if bytes.is_empty() {
        return Ok(());
    }
    let failed = |source| StoreFault::io("writing anew", path, source);
    file.read_exact_at(&mut bytes, part.start).map_err(failed)?;
    if !are_whole(&bytes) {
        let reason = "it does not read twice as the same".to_owned();
        return Err(StoreFault::Damaged { path: path.to_owned(), reason });
    }
    file.write_all_at(&bytes, part.start).and_then(|()| file.sync_data()).map_err(failed)
}

/// Replaces the contents of `path` so that after a crash either the old or the new ones are there, whole.
///
/// # Errors
/// When the disk does not take it.
pub fn replace_file(path: &Path, contents: &[u8]) -> Result<(), StoreFault> {
    let fresh = path.with_extension("new");
    File::create(&fresh)
        .and_then(|mut file| file.write_all(contents).and_then(|()| file.sync_all()))
        .map_err(|source| StoreFault::io("writing", &fresh, source))?;
    fs::rename(&fresh, path).map_err(|source| StoreFault::io("renaming", &fresh, source))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Removes `path`, if it is there, durably.
///
/// # Errors
/// When the file exists and cannot be removed.
pub fn remove_file(path: &Path) -> Result<(), StoreFault> {
    match fs::remove_file(path) {
        Ok(()) => path.parent().map_or(Ok(()), sync_folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(StoreFault::io("removing", path, source)),
    }
}

/// Renames `path` to a free name beside it that ends in `suffix` and a number; the new name.
///
/// # Errors
/// When the file cannot be renamed.
pub fn move_aside(path: &Path, suffix: &str) -> Result<std::path::PathBuf, StoreFault> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let free = (1u32..)
        .map(|number| path.with_file_name(format!("{name}.{suffix}-{number}")))
        .find(|candidate| !candidate.exists())
        .unwrap_or_else(|| path.with_file_name(format!("{name}.{suffix}")));
    fs::rename(path, &free).map_err(|source| StoreFault::io("renaming", path, source))?;
    path.parent().map_or(Ok(()), sync_folder)?;
    Ok(free)
}
