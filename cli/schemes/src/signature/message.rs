//! What is signed: the hash of a file of any size.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use medshare_crypto::hash::Sha256Reader;

use crate::scheme::input::open_input;
use crate::scheme::output::Output;

/// Tells the hash of a file from every other message.
const DOMAIN: &[u8] = b"medshare/signed-file/sha256/v1";

/// The SHA-256 in a message that stands for a file; other messages have none.
pub fn digest(message: &[u8]) -> Option<&[u8; 32]> {
    message.strip_prefix(DOMAIN)?.try_into().ok()
}

/// The message that stands for a file: `domain ‖ SHA-256`.
pub fn of_file(path: &Path, output: Output) -> anyhow::Result<Vec<u8>> {
    let mut reader = Sha256Reader::new(open_input(path, output)?);
    let mut buffer = vec![0; 1 << 16];
    while reader.read(&mut buffer).with_context(|| format!("cannot read {}", path.display()))? > 0 {}
    Ok([DOMAIN, reader.finish().as_ref()].concat())
}
