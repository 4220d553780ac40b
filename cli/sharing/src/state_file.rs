//! Where commands keep what they remember from one to the next.

use medshare_own_files::{Access, open};
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Rights of such a file.
pub const PRIVATE: u32 = 0o600;

/// A file under `$XDG_STATE_HOME/medshare`; `None` where there is no home to keep anything in.
pub fn state_file(name: &str) -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = state.or_else(|| std::env::home_dir().map(|home| home.join(".local/state")))?;
    Some(folder.join("medshare").join(name))
}

/// Opens such a file to write it, in a folder that is made where it is missing.
///
/// # Errors
/// The system's; also where something else than a regular file stands there.
pub fn open_to_write(path: &Path, access: Access) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    open(path, access)
}
