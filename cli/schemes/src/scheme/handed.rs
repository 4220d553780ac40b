//! Keys that one party makes for another: they travel in letters, and become key files of the receiver's own.

use std::path::Path;

use anyhow::Context as _;
use medshare_cli_terminal::Failure;
use medshare_crypto::encoding::DecodeError;
use zeroize::Zeroizing;

use super::failure::unverified;
use super::secrets::{Protection, damaged};
use super::text_file::{other_build, text_of};

/// Kind of a personal domain's key.
pub const DOMAIN_KEY: &str = "domain-key";
/// Kind of an aggregate key.
pub const AGGREGATE_KEY: &str = "aggregate-key";
/// Kind of a signer's key.
pub const SIGNER_KEY: &str = "signer-key";
/// Kind of a mediator's key for one signer.
pub const MEDIATOR_KEY: &str = "mediator-key";

/// The kinds with the numbers of their letters. A mediator's key with 1 was of the signers' key space, and counts no more.
const KINDS: [(&str, &str); 4] = [(DOMAIN_KEY, "1"), (AGGREGATE_KEY, "1"), (SIGNER_KEY, "1"), (MEDIATOR_KEY, "2")];
/// Longest description that a key file shows in the open, in characters.
const MAX_ABOUT: usize = 200;

/// The kind of key whose letter begins with `first`.
pub fn kind_of(first: &str) -> Option<&'static str> {
    let begins = first.strip_prefix("medshare-")?.split_once(": ")?;
    KINDS.into_iter().find(|known| *known == begins).map(|(kind, _)| kind)
}

/// The failure of a letter `name` that begins with `first` and holds no key.
pub fn no_key(name: &str, first: &str) -> Failure {
    let refused = unverified(format!("{name} holds no key, but {first:?}"));
    let kind = first.strip_prefix("medshare-").and_then(|first| first.split_once(": "));
    if kind.is_some_and(|(kind, _)| KINDS.iter().any(|(known, _)| *known == kind)) {
        return refused.hint(other_build(first));
    }
    refused
}

/// The contents of a letter with a key; `about` is what its key file shows in the open.
pub fn contents(kind: &str, about: &str, key: &[u8]) -> Zeroizing<String> {
    let about: String = about.chars().take(MAX_ABOUT).collect();
    let number = KINDS.iter().find(|(known, _)| *known == kind).map_or("1", |(_, number)| *number);
    text_of(&format!("medshare-{kind}: {number}"), [("about", about.as_bytes()), ("key", key)])
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
