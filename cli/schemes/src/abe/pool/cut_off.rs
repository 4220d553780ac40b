//! What a command that was cut off left in a pool, and how the next one goes on.
//!
//! Sets that come in are laid beside the stock, then their secrets are noted, then they get their places. A set that goes out loses its place, then
//! its secrets are noted, then it is removed. So whatever lies there between the two, the list of secrets tells which way to go.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use medshare_cli_terminal::note;
use medshare_crypto::abe::RowShare;
use medshare_crypto::hash::Hash32;

use super::spent::{Spent, name};
use super::{open_set, stock_of};
use crate::scheme::party::Party;

/// What a set in stock is called.
pub const STOCK: &str = "rows";
/// What a set is called that comes in.
pub const FILLING: &str = "filling";
/// What a set is called that goes out.
pub const TAKEN: &str = "taken";

/// Goes on where a command was cut off, for whoever has the lock of the list. Returns the secrets of the sets that came in by that.
///
/// # Errors
/// When a file cannot be moved, or the list not be read or written.
pub fn finish(folder: &Path, party: &Party, spent: &Spent) -> anyhow::Result<BTreeSet<Hash32>> {
    for (path, shares) in sets(folder, TAKEN, party)? {
        if spent.went_out(&shares)? {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        } else {
            in_place(&path)?;
        }
    }
    let waiting = sets(folder, FILLING, party)?;
    let mut is_noted = false;
    for (_, shares) in &waiting {
        is_noted |= spent.came_in(shares)?;
    }
    if !is_noted {
        // None of them is known: the same letters come in again.
        for (path, _) in &waiting {
            fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        return Ok(BTreeSet::new());
    }
    spent.fill(waiting.iter().flat_map(|(_, shares)| shares))?;
    waiting.iter().try_for_each(|(path, _)| in_place(path))?;
    note(&format!("note: {} sets of a fill that was cut off are in stock now", waiting.len()));
    Ok(waiting.iter().flat_map(|(_, shares)| shares).map(name).collect())
}

/// Gives a set its place in stock.
pub fn in_place(path: &Path) -> anyhow::Result<()> {
    fs::rename(path, path.with_extension(STOCK)).with_context(|| format!("cannot put {} in stock", path.display()))
}

/// The sets of this party that are called so. What does not open is left alone: it is another's, or damaged.
fn sets(folder: &Path, extension: &str, party: &Party) -> anyhow::Result<Vec<(PathBuf, Vec<RowShare>)>> {
    let paths = stock_of(folder, "", extension)?.into_iter();
    Ok(paths.filter_map(|path| open_set(&path, party).ok().map(|(_, shares)| (path, shares))).collect())
}
