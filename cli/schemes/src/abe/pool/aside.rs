//! Sets that are not used lie aside.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;
use medshare_cli_terminal::note;

/// Puts a set, which lies at `from`, beside its place, where nobody takes it.
pub fn set_aside(from: &Path, place: &Path, why: &str) -> anyhow::Result<()> {
    let aside = place.with_extension("aside");
    match fs::rename(from, &aside) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        renamed => renamed.with_context(|| format!("cannot set {} aside", place.display()))?,
    }
    note(&format!("warning: {} is not used, and lies aside as {}: {why}", place.display(), aside.display()));
    Ok(())
}
