//! Where commands keep what they remember from one to the next.

use std::path::PathBuf;

/// A file under `$XDG_STATE_HOME/medshare`; `None` where there is no home to keep anything in.
pub fn state_file(name: &str) -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = state.or_else(|| std::env::home_dir().map(|home| home.join(".local/state")))?;
    Some(folder.join("medshare").join(name))
}
