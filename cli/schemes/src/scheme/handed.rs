//! Keys that one party makes for another: they travel in letters, and become key files of the receiver's own.

use std::path::Path;

use anyhow::Context as _;
use medshare_crypto::encoding::DecodeError;
use zeroize::Zeroizing;

use super::secrets::{Protection, damaged};
use super::text_file::text_of;

/// Kind of a personal domain's key.
pub const DOMAIN_KEY: &str = "domain-key";
/// Kind of an aggregate key.
pub const AGGREGATE_KEY: &str = "aggregate-key";
/// Kind of a signer's key.
pub const SIGNER_KEY: &str = "signer-key";
/// Kind of a mediator's key for one signer.
pub const MEDIATOR_KEY: &str = "mediator-key";

const KINDS: [&str; 4] = [DOMAIN_KEY, AGGREGATE_KEY, SIGNER_KEY, MEDIATOR_KEY];
/// Longest description that a key file shows in the open, in characters.
const MAX_ABOUT: usize = 200;

/// The kind of key whose letter begins with `first`.
pub fn kind_of(first: &str) -> Option<&'static str> {
    let kind = first.strip_prefix("medshare-")?.strip_suffix(": 1")?;
    KINDS.into_iter().find(|known| *known == kind)
}

/// The contents of a letter with a key; `about` is what its key file shows in the open.
pub fn contents(kind: &str, about: &str, key: &[u8]) -> Zeroizing<String> {
    let about: String = about.chars().take(MAX_ABOUT).collect();
    text_of(&format!("medshare-{kind}: 1"), [("about", about.as_bytes()), ("key", key)])
}

/// Reads a key file that was accepted from a letter.
pub fn read<T>(
    path: &Path,
    kind: &str,
    secrets: &Protection,
    decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
) -> anyhow::Result<T> {
    decode(&secrets.open(path, kind)?).with_context(|| damaged(path))
}
