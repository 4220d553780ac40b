//! Reading and writing TOML files; what is wrong in one is told by its line and key.

use crate::private;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The file founds a network under another version of the rules.
    #[error(
        "{} founds a network of protocol version {found}, and this program speaks version {spoken}: run the program of that version, or found the network anew with `medshare network create`; there is no migration",
        path.display()
    )]
    OtherProtocol {
        /// The file.
        path: PathBuf,
        /// Version that it states; the first one states none.
        found: u32,
        /// Version of this program.
        spoken: u32,
    },
    /// The file is not what it should be.
    #[error("{} is not valid: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column where known.
        reason: String,
    },
}

/// Reads a file and understands it.
///
/// # Errors
/// [`ConfigError`] when it cannot be read or is not valid.
pub fn load<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, ConfigError> {
    parse(path, &read(path)?)
}

pub(crate) fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Io { action: "read", path: path.to_owned(), source })
}

pub(crate) fn parse<T: for<'a> Deserialize<'a>>(path: &Path, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| ConfigError::Invalid { path: path.to_owned(), reason: reason(text, &error) })
}

/// Writes a private file.
pub(crate) fn save<T: Serialize>(path: &Path, value: &T) -> Result<(), ConfigError> {
    save_as(path, value, private::FILE)
}

/// Writes a file that is handed out.
pub(crate) fn save_shared<T: Serialize>(path: &Path, value: &T) -> Result<(), ConfigError> {
    save_as(path, value, private::SHARED_FILE)
}

fn save_as<T: Serialize>(path: &Path, value: &T, mode: u32) -> Result<(), ConfigError> {
    let text = toml::to_string_pretty(value)
        .map_err(|e| ConfigError::Invalid { path: path.to_owned(), reason: e.to_string() })?;
    private::write_as(path, text.as_bytes(), mode).map_err(|source| ConfigError::Io {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

/// The line, from 1, of a key in the entry with this number, from 1, of a list of tables.
pub(crate) fn line_in_entry(text: &str, table: &str, entry: usize, key: &str) -> Option<usize> {
    let header = format!("[[{table}]]");
    let is_header = |line: &str| line.trim_start().starts_with('[');
    let mut lines = text.lines().enumerate();
    let (start, _) =
        lines.by_ref().filter(|(_, line)| line.trim_start().starts_with(&header)).nth(entry.checked_sub(1)?)?;
    let found = lines.take_while(|(_, line)| !is_header(line)).find(|(_, line)| key_of(line) == Some(key));
    Some(found.map_or(start, |(index, _)| index) + 1)
}

/// The line, from 1, of a key outside of all tables, or in the first that has it.
pub(crate) fn line_of(text: &str, key: &str) -> Option<usize> {
    text.lines().position(|line| key_of(line) == Some(key)).map(|index| index + 1)
}

/// The line, from 1, on which a key has this text as its value.
///
/// # Errors
/// [`ConfigError`] when the file cannot be read.
pub fn line_with(path: &Path, key: &str, value: &str) -> Result<Option<usize>, ConfigError> {
    let text = read(path)?;
    Ok(text.lines().position(|line| key_of(line) == Some(key) && line.contains(value)).map(|index| index + 1))
}

fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    Some(key.trim()).filter(|key| !key.starts_with('#'))
}

/// What is wrong, in one line: where, which key, and the key that may have been meant.
fn reason(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map(|span| span.start);
    let before = start.and_then(|start| text.get(..start));
    let line = before.map_or(0, |before| before.matches('\n').count());
    let place = if start.is_some() { format!("line {}: ", line + 1) } else { String::new() };
    let mut message = error.message().trim().to_owned();
    if message == "invalid socket address syntax" {
        message.push_str("; expected an IP address with a port, such as 127.0.0.1:27002");
    }
    if let Some((name, expected)) = unknown(&message) {
        let names: Vec<&str> = backticked(expected).collect();
        return match nearest(name, &names) {
            Some(near) => format!("{place}unknown key `{name}`; did you mean `{near}`?"),
            None => format!("{place}unknown key `{name}`; expected one of {}", names.join(", ")),
        };
    }
    if let Some(name) = message.strip_prefix("missing field ") {
        // A table that lacks something begins where its header stands; the whole file begins nowhere.
        let place = if start.is_some_and(|start| start > 0) { place } else { String::new() };
        return format!("{place}the key {name} is missing");
    }
    match text.lines().nth(line).and_then(key_of).filter(|_| start.is_some()) {
        Some(key) => format!("{place}the key `{key}`: {message}"),
        None => format!("{place}{message}"),
    }
}

fn unknown(message: &str) -> Option<(&str, &str)> {
    let (name, expected) = message.strip_prefix("unknown field `")?.split_once('`')?;
    Some((name, expected))
}

fn backticked(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The name that differs in the fewest letters, if that can be a slip of the hand.
fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let distance = |other: &&str| strsim::damerau_levenshtein(name, other);
    names.iter().copied().min_by_key(distance).filter(|near| distance(near) <= 2.max(name.chars().count() / 3))
}

#[cfg(test)]
mod tests;
