//! Letters as files: a text file of some kind, sealed to one party and signed by another.

use std::path::Path;

use anyhow::Context as _;
use medshare_cli_terminal::file_kind::{self, told_as};
use medshare_cli_terminal::whole_file::write_new;
use medshare_crypto::letter::Letter;
use medshare_crypto::sign::VerifyingKey;
use rand_core::OsRng;
use zeroize::Zeroizing;

use super::failure::unverified;
use super::handed;
use super::party::{Party, PartyPublic};
use super::text_file::{TextFile, text_of};

/// First line of a letter.
pub const LETTER: &str = "medshare-letter: 1";

/// The text of a letter with `contents`.
pub fn seal(from: &Party, to: &PartyPublic, contents: &str) -> anyhow::Result<Zeroizing<String>> {
    let letter = Letter::write(&from.signing, &to.sealing, contents.as_bytes(), &mut OsRng)?;
    Ok(text_of(LETTER, [("letter", letter.to_bytes().as_slice())]))
}

/// Writes a letter to a new file.
pub fn write(path: &Path, from: &Party, to: &PartyPublic, contents: &str) -> anyhow::Result<()> {
    write_new(path, &seal(from, to, contents)?)
}

/// A letter that was not read yet.
pub fn parse(path: &Path) -> anyhow::Result<Letter> {
    TextFile::read(path, LETTER)?.only(&["letter"])?.one("letter", Letter::from_bytes)
}

/// The contents of a letter from `from` to `to`: text.
pub fn read(path: &Path, from: &VerifyingKey, to: &Party) -> anyhow::Result<Zeroizing<String>> {
    let context = || format!("cannot read {}", path.display());
    let bytes = parse(path)?.read(from, &to.sealing).with_context(context)?;
    let text = core::str::from_utf8(&bytes).ok();
    let text = text.with_context(|| unverified(format!("{} holds no text", path.display())))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// The contents of a letter, which must be a file of kind `first`.
pub fn read_kind(path: &Path, from: &VerifyingKey, to: &Party, first: &str) -> anyhow::Result<TextFile> {
    let text = read(path, from, to)?;
    if let Some(expected) = file_kind::beginning(first.as_bytes()).filter(|_| !text.starts_with(first)) {
        other_kind(path, &text, &format!("one with {expected}"))?;
    }
    TextFile::parse(&format!("{} (inside)", path.display()), &text, first)
}

/// Refuses a letter with something that another command takes, and says which. What is of no known kind is left to the caller.
pub fn other_kind(path: &Path, text: &str, expected: &str) -> anyhow::Result<()> {
    let begins = text.lines().next().unwrap_or_default();
    let other = match handed::kind_of(begins) {
        Some(_) => Some(("a key", "`medshare party accept`")),
        None => file_kind::kind_of(begins.as_bytes()),
    };
    match other {
        // of another version
        Some((is, _)) if expected.ends_with(is) => Ok(()),
        Some((is, by)) => Err(told_as(unverified(""), path, (&format!("a letter with {is}"), by), expected).into()),
        None => Ok(()),
    }
}
