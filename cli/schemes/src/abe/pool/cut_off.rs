//! What a command that was cut off left in a pool, and how the next one goes on.
//!
//! Sets that come in are laid beside the stock, then their fill is noted, then their secrets, then they get their places. A set that goes out loses its
//! place, then its secrets are noted, then it is removed. So whatever lies there between the two, the list tells which way to go; what a file is called
//! does not, as anybody with write access to the pool calls it as he likes. Each set is judged by itself: by its own secrets, and by the fill that
//! stands inside of it, under its owner's seal.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use medshare_cli_terminal::note;
use medshare_crypto::hash::Hash32;

use super::aside::set_aside;
use super::spent::{Spent, name};
use super::{Set, stock_of};
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
    for (path, set) in sets(folder, TAKEN, party)? {
        if spent.went_out(&set.shares)? {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        } else {
            in_place(&path)?;
        }
    }
    let (mut comes_in, mut sets_in) = (BTreeSet::new(), 0);
    for (path, set) in sets(folder, FILLING, party)? {
        if set.fill.map_or(Ok(false), |fill| spent.began(fill))? {
            spent.fill(&set.shares)?;
        } else if !spent.have_all_come_in(&set.shares.iter().collect::<Vec<_>>())? {
            // It may have come in, and gone out, under another list. If it lay there before its fill was noted, the same letters come in again.
            let list = spent.folder().display();
            set_aside(
                &path,
                &path,
                &format!("its fill is not on the list of used rows {list}, so that it never came in there"),
            )?;
            continue;
        }
        in_place(&path)?;
        comes_in.extend(set.shares.iter().map(name));
        sets_in += 1;
    }
    if sets_in > 0 {
        note(&format!("note: {sets_in} sets of a fill that was cut off are in stock now"));
    }
    Ok(comes_in)
}

/// Gives a set its place in stock.
pub fn in_place(path: &Path) -> anyhow::Result<()> {
    fs::rename(path, path.with_extension(STOCK)).with_context(|| format!("cannot put {} in stock", path.display()))
}

/// The sets of this party that are called so. What does not open is left alone: it is another's, or damaged.
fn sets(folder: &Path, extension: &str, party: &Party) -> anyhow::Result<Vec<(PathBuf, Set)>> {
    let paths = stock_of(folder, "", extension)?.into_iter();
    Ok(paths.filter_map(|path| Set::read(&path, party).ok().map(|set| (path, set))).collect())
}
