//! Room on the disk for what is written later.

use std::io::{self, Read as _};
use std::path::Path;

use anyhow::Context as _;

use super::{NewFile, unwritten};

/// Room that is taken until this is dropped.
#[derive(Debug)]
#[must_use = "room is given back when this is dropped"]
pub struct Room {
    _taken: NewFile,
}

/// Takes room beside `target`, in bytes, for what is not written before something else has changed: a full disk is told before that. It is no promise: somebody
/// else may take the room once it is given back.
///
/// # Errors
/// When there is none.
pub fn make_room(target: &Path, bytes: usize) -> anyhow::Result<Room> {
    let mut taken = NewFile::replace(target)?;
    let (_, file) = taken.unfinished()?;
    let written = io::copy(&mut io::repeat(b'\n').take(bytes as u64), file).and_then(|_| file.sync_data());
    written.with_context(|| unwritten(target))?;
    Ok(Room { _taken: taken })
}
