//! Small files, written by one call.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{NewFile, keep_names, removed_if_interrupted, unwritten};
use crate::lock::Lock;

/// Writes a small new file.
///
/// # Errors
/// As [`NewFile::create`] and [`NewFile::finish`].
pub fn write_new(target: &Path, text: &str) -> anyhow::Result<()> {
    write_all(NewFile::create(target)?, text)
}

/// Writes small new files, of which there may be many, one after the other; where they are. Where one cannot be written, those before it go again.
///
/// # Errors
/// As [`write_new`], and those of the files.
pub fn write_each(
    files: impl IntoIterator<Item = anyhow::Result<(PathBuf, impl AsRef<str>)>>,
) -> anyhow::Result<Vec<PathBuf>> {
    let mut placed = Vec::new();
    let write = || {
        for file in files {
            let (target, text) = file?;
            placed.push(written(NewFile::create(&target)?, text.as_ref())?.place()?);
        }
        keep_names(&placed)
    };
    match write() {
        Ok(()) => Ok(placed),
        Err(error) => {
            placed.iter().for_each(|target| drop(fs::remove_file(target)));
            Err(error)
        }
    }
}

/// Writes a small new file that is made to be handed out.
///
/// # Errors
/// As [`write_new`].
pub fn hand_out(target: &Path, text: &str) -> anyhow::Result<()> {
    write_all(NewFile::create(target)?.for_everybody()?, text)
}

/// Writes the public file of a pair. Where that fails or is interrupted, the first one, which was written just now, goes again: the name stays free.
///
/// # Errors
/// As [`write_new`].
pub fn write_beside(first: &Path, target: &Path, text: &str) -> anyhow::Result<()> {
    let _half_done = removed_if_interrupted(first);
    hand_out(target, text).inspect_err(|_| drop(fs::remove_file(first)))
}

/// Writes another version of a small file, which was read under the lock.
///
/// # Errors
/// As [`NewFile::rewrite`] and [`NewFile::finish`].
pub fn write_over(target: &Path, text: &str, lock: &Lock) -> anyhow::Result<()> {
    write_all(NewFile::rewrite(target, lock)?, text)
}

/// Writes another version of a small file that is made to be handed out.
///
/// # Errors
/// As [`write_over`].
pub fn hand_out_over(target: &Path, text: &str, lock: &Lock) -> anyhow::Result<()> {
    write_all(NewFile::rewrite(target, lock)?.for_everybody()?, text)
}

/// Writes small files that are made to be handed out, in place of whatever had their names: of a link, the name, and not what it leads to.
/// None takes its place before all are written.
///
/// # Errors
/// When one cannot be written.
pub fn hand_out_at(files: &[(PathBuf, Vec<u8>)]) -> anyhow::Result<()> {
    let written: anyhow::Result<Vec<NewFile>> =
        files.iter().map(|(target, text)| written(NewFile::replace(target)?.for_everybody()?, text)).collect();
    let placed: anyhow::Result<Vec<PathBuf>> = written?.into_iter().map(NewFile::place).collect();
    keep_names(&placed?)
}

fn write_all(file: NewFile, text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    written(file, text)?.finish()
}

/// With its contents, not yet in its place.
fn written(mut file: NewFile, text: impl AsRef<[u8]>) -> anyhow::Result<NewFile> {
    write_text(&mut file, text)?;
    Ok(file)
}

pub(super) fn write_text(file: &mut NewFile, text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let context = unwritten(&file.target);
    let writer = file.writer()?;
    // On the disk, as far as it has room: what takes its place later finds that out now.
    writer.write_all(text.as_ref()).and_then(|()| writer.flush()).context(context)
}
