//! Which secrets a pool has seen: with one secret in two files, the difference of what they publish is the difference of their keys.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use medshare_crypto::abe::RowShare;
use medshare_crypto::hash::{Hash32, tagged_hash};

use crate::scheme::failure::refused;

/// What happened to a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It came into the pool.
    Filled,
    /// It went into a file.
    Taken,
}

/// Names a secret without telling it. Secrets have 255 random bits, so that nobody guesses one from its name.
fn name(share: &RowShare) -> Hash32 {
    tagged_hash("medshare/abe/pool/share/v1", &[share.to_bytes().as_slice()])
}

/// Notes that this happens to these secrets, on the disk, before it does.
///
/// # Errors
/// When it has happened to one of them before, or to two alike now; then nothing is noted.
pub fn note<'a>(folder: &Path, step: Step, shares: impl IntoIterator<Item = &'a RowShare>) -> anyhow::Result<()> {
    let path = folder.join(match step {
        Step::Filled => "filled.list",
        Step::Taken => "taken.list",
    });
    let context = || format!("cannot keep {}", path.display());
    let open = || -> std::io::Result<(File, String)> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path)?;
        // Two who fill or take at once come one after the other.
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        Ok((file, text))
    };
    let (mut file, text) = open().with_context(context)?;
    let mut known: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let mut lines = String::new();
    // A line that was cut off by a fall is ended first.
    if !text.is_empty() && !text.ends_with('\n') {
        lines.push('\n');
    }
    for share in shares {
        let name = name(share).to_string();
        ensure!(known.insert(name.clone()), refused(seen(step)));
        lines.push_str(&name);
        lines.push('\n');
    }
    let written = file.write_all(lines.as_bytes()).and_then(|()| file.sync_all());
    written.and_then(|()| File::open(folder)?.sync_all()).with_context(context)
}

fn seen(step: Step) -> &'static str {
    match step {
        Step::Filled => {
            "a letter holds rows that this pool has, or had, or the same rows twice: ask for another letter"
        }
        Step::Taken => {
            "the pool was restored from a copy: a set in it went into a file already. Take it away and fill the pool anew"
        }
    }
}
