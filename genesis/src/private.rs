//! Files and folders that are their user's alone.
//!
//! What is written here holds keys, or says where keys and records are. The rights are given as a file is made, so that there is no
//! moment in which others can open it; the user's mask only takes away from them.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Rights of a private file.
pub const FILE: u32 = 0o600;
/// Rights of a private folder.
pub const FOLDER: u32 = 0o700;
/// Rights of a file that is handed out.
pub(crate) const SHARED_FILE: u32 = 0o644;
/// Rights of a folder that holds what is handed out beside what is private.
const SHARED_FOLDER: u32 = 0o755;

/// Makes a private folder, and what is missing above it.
///
/// # Errors
/// The system's.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(folder)
}

/// Writes a private file, in place of one that was there.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    write_as(path, contents, FILE)
}

/// Makes a folder that others may look into but not write to, and what is missing above it.
pub(crate) fn create_shared_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(SHARED_FOLDER).create(folder)
}

pub(crate) fn write_as(path: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(contents)
}
