//! Files and folders that are their user's alone.
//!
//! What is written here holds keys, or says where keys and records are. The rights are given as a file is made, so that there is no
//! moment in which others can open it; the user's mask only takes away from them.

use medshare_own_files::{Access, open};
use std::fs::DirBuilder;
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
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

/// Writes a private file, in place of one that was there; what is no file, as a link, stays as it is.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    write_as(path, contents, FILE)
}

/// Makes a folder that others may look into but not write to, and what is missing above it.
///
/// # Errors
/// The system's.
pub fn create_shared_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(SHARED_FOLDER).create(folder)
}

pub(crate) fn write_as(path: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    let mut file = open(path, Access::Keep(mode))?;
    file.set_len(0)?;
    file.write_all(contents)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_anew_and_a_link_in_its_place_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        write(&file, b"a longer one").unwrap();
        write(&file, b"short").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(write(&link, b"other").unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(std::fs::read(&file).unwrap(), b"short");
    }
}
