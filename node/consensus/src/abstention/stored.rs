//! What a home says of heights in which its node does not vote.

use std::fs;
use std::path::Path;

use medshare_ledger::id::Height;
use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;

/// What the file says while the others have not proven how far they are.
const UNKNOWN: &str = "unknown";

/// Through which height a node does not vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Abstention {
    Through(Height),
    Unknown,
}

/// Replaces the abstention in the file at `path`.
pub(super) fn store(path: &Path, abstention: Abstention) -> Result<(), StoreFault> {
    let text = match abstention {
        Abstention::Through(through) => through.0.to_string(),
        Abstention::Unknown => UNKNOWN.to_owned(),
    };
    durable::replace_file(path, text.as_bytes())
}

/// The abstention in the file at `path`, if there is one.
pub(super) fn read(path: &Path) -> Result<Option<Abstention>, StoreFault> {
    let abstention = |text: &str| match text {
        UNKNOWN => Some(Abstention::Unknown),
        text => height(text).map(Abstention::Through),
    };
    read_word(path, abstention)
}

/// The height in the file at `path`, if there is one.
pub(super) fn read_height(path: &Path) -> Result<Option<Height>, StoreFault> {
    read_word(path, height)
}

fn height(text: &str) -> Option<Height> {
    text.parse().ok().map(Height)
}

fn read_word<T>(path: &Path, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, StoreFault> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StoreFault::io("reading", path, source)),
    };
    let damaged = || StoreFault::Damaged { path: path.to_owned(), reason: "expected a height".to_owned() };
    parse(text.trim()).map(Some).ok_or_else(damaged)
}
