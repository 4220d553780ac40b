//! Text files of keys and messages: a first line that names the kind, then `name: hexadecimal` lines.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use medshare_cli_terminal::file_kind;
use medshare_cli_terminal::whole_file::read_text;
use medshare_crypto::encoding::DecodeError;
use zeroize::Zeroizing;

use super::failure::{told_apart, unverified};

/// A parsed file.
#[derive(Debug)]
pub struct TextFile {
    /// What messages call it.
    name: String,
    entries: Vec<(String, Zeroizing<Vec<u8>>)>,
}

/// The text of a file of kind `first` with these entries.
pub fn text_of<'a>(first: &str, entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Zeroizing<String> {
    let entries: Vec<(&str, &[u8])> = entries.into_iter().collect();
    // Of its final size at once: a text that grows would leave copies of secrets behind.
    let len = entries.iter().map(|(name, value)| name.len() + 2 * value.len() + 3).sum::<usize>();
    let mut text = Zeroizing::new(String::with_capacity(first.len() + 1 + len));
    text.push_str(first);
    text.push('\n');
    for (name, value) in entries {
        push_line(&mut text, name, value);
    }
    text
}

/// One line of such a file.
pub fn line_of(name: &str, value: &[u8]) -> Zeroizing<String> {
    // A text that grew would leave what it held behind.
    let mut line = Zeroizing::new(String::with_capacity(name.len() + 2 * value.len() + 3));
    push_line(&mut line, name, value);
    line
}

fn push_line(text: &mut String, name: &str, value: &[u8]) {
    let value = Zeroizing::new(hex::encode(value));
    for part in [name, ": ", value.as_str(), "\n"] {
        text.push_str(part);
    }
}

impl TextFile {
    /// Reads a file of kind `first`.
    pub fn read(path: &Path, first: &str) -> anyhow::Result<Self> {
        let text = read_text(path).map(Zeroizing::new).map_err(|error| no_text(error, path, first));
        let parsed = text.and_then(|text| Self::parse(&path.display().to_string(), &text, first));
        parsed.map_err(|error| match file_kind::beginning(first.as_bytes()) {
            Some(expected) => told_apart(error, path, expected),
            None => error,
        })
    }

    /// Reads files of kind `first`.
    pub fn read_all(paths: &[PathBuf], first: &str) -> anyhow::Result<Vec<Self>> {
        paths.iter().map(|path| Self::read(path, first)).collect()
    }

    /// Parses a text that messages call `name`.
    pub fn parse(name: &str, text: &str, first: &str) -> anyhow::Result<Self> {
        let mut lines = text.lines();
        match lines.next() {
            Some(line) if line == first => {}
            Some(line) if line.starts_with("medshare-") && line.len() < 64 => {
                let expected = format!("{name}: expected a file that begins with {first:?}");
                let refused = unverified(format!("{expected}, and this one begins with {line:?}"));
                bail!(if kind_of(line) == kind_of(first) { refused.hint(other_build(line)) } else { refused })
            }
            _ => bail!(unverified(format!("{name}: expected a file that begins with {first:?}"))),
        }
        let numbered = lines.zip(2..).filter(|(line, _)| !line.trim().is_empty());
        let entries = numbered
            .map(|(line, number)| {
                let at = || format!("{name}, line {number}");
                let (key, value) =
                    line.split_once(": ").with_context(|| unverified(format!("{}: expected \"name: value\"", at())))?;
                let value = bytes_of(value.trim());
                let value = value.with_context(|| unverified(format!("{}: expected hexadecimal digits", at())))?;
                Ok((key.to_owned(), value))
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { name: name.to_owned(), entries })
    }

    /// Refuses lines of other names than these.
    pub fn only(self, names: &[&str]) -> anyhow::Result<Self> {
        let foreign = self.entries.iter().find(|(name, _)| !names.contains(&name.as_str()));
        if let Some((name, _)) = foreign {
            bail!(unverified(format!("{}: a line {name:?} has no place in a file of this kind", self.name)));
        }
        Ok(self)
    }

    /// The lines in their order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// The value of the only line `name`.
    pub fn bytes(&self, name: &str) -> anyhow::Result<&[u8]> {
        let mut values = self.entries().filter(|(found, _)| *found == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Ok(value),
            _ => bail!(unverified(format!("{}: expected exactly one line \"{name}: …\"", self.name))),
        }
    }

    /// The only line `name`, decoded.
    pub fn one<T>(&self, name: &str, decode: impl Fn(&[u8]) -> Result<T, DecodeError>) -> anyhow::Result<T> {
        self.decoded(name, self.bytes(name)?, decode)
    }

    /// The same by a decoder that keeps the bytes, so that long ones are not copied.
    pub fn take_one<T>(
        &mut self,
        name: &str,
        decode: impl FnOnce(Vec<u8>) -> Result<T, DecodeError>,
    ) -> anyhow::Result<T> {
        self.bytes(name)?;
        let mut taken = self.entries.iter_mut().filter(|(found, _)| found == name);
        let bytes = taken.next().map(|(_, value)| core::mem::take(&mut **value)).unwrap_or_default();
        decode(bytes).with_context(|| format!("{}: line {name:?} is damaged", self.name))
    }

    /// All lines `name`, decoded.
    pub fn all<T>(&self, name: &str, decode: impl Fn(&[u8]) -> Result<T, DecodeError>) -> anyhow::Result<Vec<T>> {
        let values = || self.entries().filter(|(found, _)| *found == name);
        // Of its final size at once: what moved would leave secrets behind.
        let mut decoded = Vec::with_capacity(values().count());
        for (_, value) in values() {
            decoded.push(self.decoded(name, value, &decode)?);
        }
        Ok(decoded)
    }

    /// The only line `name`, which is text.
    pub fn text(&self, name: &str) -> anyhow::Result<String> {
        let bytes = self.bytes(name)?.to_vec();
        String::from_utf8(bytes).ok().with_context(|| unverified(format!("{}: line {name:?} is not text", self.name)))
    }

    /// One value of a line `name`, decoded.
    pub fn decoded<T>(
        &self,
        name: &str,
        value: &[u8],
        decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
    ) -> anyhow::Result<T> {
        decode(value).with_context(|| format!("{}: line {name:?} is damaged", self.name))
    }
}

/// The bytes of hexadecimal digits, in a buffer of their size at once: one that grew would leave secrets behind.
fn bytes_of(digits: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; digits.len() / 2]);
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(bytes)
}

/// What to do with a file of the kind that is expected and of another number, which begins with `first`.
pub fn other_build(first: &str) -> &'static str {
    match first {
        "medshare-abe-update: 1" => {
            "a build whose raises gave away all keys of the authority made it: the authority takes new ones (`medshare abe authority rotate`), \
             issues again, and who can open the files rekeys them (`medshare abe rekey --strict`)"
        }
        "medshare-domain-keys-update: 1" => {
            "a build whose revocations gave away the domain made it: the owner makes a new domain (`medshare domain create`)"
        }
        _ => "another build of medshare made it, whose files of this kind are not taken here",
    }
}

/// The kind in a first line, without its number.
fn kind_of(first: &str) -> Option<&str> {
    first.split_once(": ").map(|(kind, _)| kind)
}

/// What cannot be read as text is of another kind, or the disk fails.
fn no_text(error: anyhow::Error, path: &Path, first: &str) -> anyhow::Error {
    match error.root_cause().downcast_ref::<io::Error>() {
        Some(cause) if cause.kind() == io::ErrorKind::InvalidData => {
            let message = format!("{} is not text; expected a file that begins with {first:?}", path.display());
            unverified(message).into()
        }
        _ => error,
    }
}

/// A decoder for values of one length.
pub fn fixed<const N: usize, T>(
    decode: impl Fn(&[u8; N]) -> Result<T, DecodeError>,
) -> impl Fn(&[u8]) -> Result<T, DecodeError> {
    move |bytes| decode(bytes.try_into().map_err(|_| DecodeError::Truncated { what: "value" })?)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use medshare_cli_terminal::Failure;
    use serde_json::json;

    use super::*;
    use crate::scheme::failure::told;

    #[test]
    fn a_file_of_another_build_is_told_with_what_to_do_and_another_kind_is_not() {
        let parse = |text: &str| told(TextFile::parse("x", text, "medshare-abe-rows: 2").unwrap_err());
        let earlier = parse("medshare-abe-rows: 1\nkey: 00\n");
        assert_eq!(
            earlier.to_string(),
            "x: expected a file that begins with \"medshare-abe-rows: 2\", and this one begins with \"medshare-abe-rows: 1\""
        );
        let hint = |failure: &Failure| failure.document().pointer("/error/hint").cloned();
        let another = "another build of medshare made it, whose files of this kind are not taken here";
        assert_eq!(hint(&earlier), Some(json!(another)));
        assert_eq!(hint(&parse("medshare-abe-update: 1\n")), Some(json!(null)));
    }

    /// A buffer that grew would have left secrets behind.
    #[test]
    fn values_are_read_into_buffers_of_their_size() {
        let text = format!("x: 1\n{}", format!("key: {}\n", "ab".repeat(33)).repeat(5));
        let file = TextFile::parse("x", &text, "x: 1").unwrap();
        assert!(file.entries.iter().all(|(_, value)| (value.len(), value.capacity()) == (33, 33)));
        let read = file.all("key", |bytes| Ok(bytes.to_vec())).unwrap();
        assert_eq!((read.capacity(), &read), (5, &vec![vec![0xab; 33]; 5]));
        for odd in ["key: abc\n", "key: ag\n", "key: é0\n"] {
            assert!(TextFile::parse("x", &format!("x: 1\n{odd}"), "x: 1").is_err());
        }
    }
}
