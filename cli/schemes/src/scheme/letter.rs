//! Letters as files: a text file of some kind, sealed to one party and signed by another.

use std::path::Path;

use anyhow::Context as _;
use medshare_cli_terminal::file_kind::{self, told_as};
use medshare_cli_terminal::note;
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

/// What is said of a letter of before.
const OF_BEFORE: &str = "is a letter of a build before, sealed to your key of before, which a quantum computer opens: what is in it may be read one day by whoever \
     recorded it. Its sender goes on so until it has a build of now and your public file of now, which `medshare party publish` writes";

/// The text of a letter with `contents`.
pub fn seal(from: &Party, to: &PartyPublic, contents: &str) -> anyhow::Result<Zeroizing<String>> {
    let letter = Letter::write(&from.signing, to.sealing.to_seal_to()?, contents.as_bytes(), &mut OsRng)?;
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

/// The contents of a letter from `from` to `to`: text. Of one of before it is said that whoever recorded it reads it one day, and how that ends.
pub fn read(path: &Path, from: &VerifyingKey, to: &Party) -> anyhow::Result<Zeroizing<String>> {
    let context = || format!("cannot read {}", path.display());
    let letter = parse(path)?;
    let bytes = letter.read(from, &to.sealing).with_context(context)?;
    // What a party keeps for itself it has sealed then.
    if letter.is_of_before() && *from != to.signing.verifying_key() {
        note(&format!("warning: {} {OF_BEFORE}", path.display()));
    }
    let text = core::str::from_utf8(&bytes).ok();
    let text = text.with_context(|| unverified(format!("{} holds no text", path.display())))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// The contents of a letter, which must be a file of kind `first`.
pub fn read_kind(path: &Path, from: &VerifyingKey, to: &Party, first: &str) -> anyhow::Result<TextFile> {
    contents_of_kind(path, &read(path, from, to)?, first)
}

fn contents_of_kind(path: &Path, text: &str, first: &str) -> anyhow::Result<TextFile> {
    if let Some(expected) = file_kind::beginning(first.as_bytes()).filter(|_| !text.starts_with(first)) {
        other_kind(path, text, &format!("one with {expected}"))?;
    }
    TextFile::parse(&format!("{} (inside)", path.display()), text, first)
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::scheme::failure::told;

    #[test]
    fn of_a_letter_that_gave_secrets_away_it_is_said_what_is_begun_anew() {
        let hint = |text: &str, first: &str| {
            let refused = told(contents_of_kind(Path::new("x.letter"), text, first).unwrap_err()).document();
            refused.pointer("/error/hint").unwrap().as_str().unwrap().to_owned()
        };
        let update = hint("medshare-abe-update: 1\nfiles: 00\n", "medshare-abe-update: 2");
        for command in ["`medshare abe authority rotate`", "`medshare abe rekey --strict`"] {
            assert!(update.contains(command), "{update}");
        }
        let keys = hint("medshare-domain-keys-update: 1\nkey: 00\n", "medshare-domain-keys-update: 2");
        assert!(keys.contains("`medshare domain create`"), "{keys}");
        for other in ["medshare-abe-update: 3", "medshare-domain-keys-update: 3"] {
            let (kind, _) = other.split_once(": ").unwrap();
            let told = hint(&format!("{other}\n"), &format!("{kind}: 2"));
            assert_eq!(told, "another build of medshare made it, whose files of this kind are not taken here");
        }
    }
}
