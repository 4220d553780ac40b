//! What a file is that was named where another was expected, also where its beginning does not tell.

use medshare_cli_terminal::Failure;
use medshare_cli_terminal::file_kind::{self, REQUEST, told_as};
use medshare_exchange::request::{MAX_REQUEST_BYTES, SignedRequest};
use medshare_genesis::file::GenesisText;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// What the founders of a network agree on.
pub const GENESIS: &str = "a genesis file";

/// Most bytes that are read to find out: of a genesis as large as one may be, and of every request.
const MOST_BYTES: usize = 1024 * 1024;
const _: () = assert!(MAX_REQUEST_BYTES <= MOST_BYTES, "every request is read whole");

/// As [`file_kind::told_apart`], also of a genesis and of a data request: both begin as nothing in particular.
pub fn told_apart(failure: Failure, path: &Path, expected: &str) -> Failure {
    if file_kind::of(path).is_some() {
        return file_kind::told_apart(failure, path, expected);
    }
    match contents(path) {
        Some((is, taken_by)) if is != expected => told_as(failure, path, (is, taken_by), expected),
        _ => failure,
    }
}

/// What a file holds, and what takes it. Of regular files only: another kind may wait for somebody to write.
fn contents(path: &Path) -> Option<(&'static str, &'static str)> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST_BYTES as u64).read_to_end(&mut bytes).ok()?;
    let is_genesis = || std::str::from_utf8(&bytes).is_ok_and(|text| toml::from_str::<GenesisText>(text).is_ok());
    if SignedRequest::decode(&bytes).is_ok() {
        Some((REQUEST, "`medshare request send`"))
    } else if is_genesis() {
        Some((GENESIS, "--genesis"))
    } else {
        None
    }
}
