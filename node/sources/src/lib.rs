//! The owner's existing database behind one trait: a duplicate of the records is taken, nothing is ever written back.

#![forbid(unsafe_code)]

pub mod folder;
pub mod inspect;

use medshare_deid::{Records, is_known_name};
use std::path::PathBuf;

/// What tells, without reading it, whether a source has changed: its files' names, sizes and times, in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceState(String);

/// Records as they were at one moment, with a digest that changes when they do.
#[derive(Clone, Debug)]
pub struct Retrieved {
    /// The records.
    pub records: Records,
    /// Digest of the source's bytes.
    pub digest: medshare_crypto::hash::Hash32,
}

/// Why records cannot be retrieved. Messages name files and lines, never contents.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// The folder or a file cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// A file that can be read in part: damaged while it was packed, or cut off.
    #[error("{} is damaged behind line {line}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The last whole line.
        line: usize,
        /// How it shows.
        #[source]
        source: std::io::Error,
    },
    /// Nothing usable in the folder.
    #[error("{} holds no records; expected .ndjson or .csv files, each also as .gz", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// Somebody wrote while it was read.
    #[error("{} changed while it was read; it is read again when it is asked for", path.display())]
    Changed {
        /// The folder.
        path: PathBuf,
    },
    /// A file expands beyond all measure.
    #[error("{} is larger than {limit} bytes when unpacked", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes allowed.
        limit: u64,
    },
    /// A file is broken.
    #[error("{}: {source}", folder.display())]
    Records {
        /// The folder.
        folder: PathBuf,
        /// File, line and what was wrong.
        #[source]
        source: medshare_deid::RecordsError,
    },
}

impl ConnectorError {
    /// What a requestor may know of it: file and line, never where the owner keeps them, nor a file's name that people may be in.
    #[must_use]
    pub fn public_reason(&self) -> String {
        match self {
            Self::Records { source, .. } => match source.file() {
                Some(file) if !may_be_told(file) => source.to_string().replacen(file, "a file of the data set", 1),
                _ => source.to_string(),
            },
            Self::Changed { .. } => "the data set changed while it was read; ask again later".to_owned(),
            Self::Empty { .. } => {
                "the data set's folder holds no records; expected .ndjson or .csv files, each also as .gz".to_owned()
            }
            Self::Damaged { path, line, .. } => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let name = if may_be_told(&name) { &*name } else { "a file of the data set" };
                format!("{name} is damaged behind line {line}")
            }
            Self::Io { .. } => "the data set's folder or a file in it cannot be read".to_owned(),
            Self::TooLarge { limit, .. } => {
                format!("a file of the data set is larger than {limit} bytes when unpacked")
            }
        }
    }
}

/// Whether a file's name says nothing but what kind of records is in it.
fn may_be_told(file: &str) -> bool {
    let bare = file.strip_suffix(".gz").unwrap_or(file);
    bare.strip_suffix(".csv").or_else(|| bare.strip_suffix(".ndjson")).is_some_and(is_known_name)
}

/// A source of an owner's records.
pub trait Connector: Send + Sync {
    /// What state the source is in. Cheap.
    ///
    /// # Errors
    /// [`ConnectorError`] when the source cannot be looked at.
    fn state(&self) -> Result<SourceState, ConnectorError>;

    /// Takes a duplicate of the records. Blocks.
    ///
    /// # Errors
    /// [`ConnectorError`] says which file and line.
    fn retrieve(&self) -> Result<Retrieved, ConnectorError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use medshare_deid::RecordsError;

    #[test]
    fn a_files_name_in_which_people_may_be_is_told_nobody() {
        let told = |file: &str| {
            let source = RecordsError::Table { file: file.to_owned(), line: 3, problem: "bad".to_owned() };
            let damaged = ConnectorError::Damaged {
                path: PathBuf::from("/owner").join(file),
                line: 2,
                source: std::io::ErrorKind::InvalidData.into(),
            };
            let broken = ConnectorError::Records { folder: PathBuf::from("/owner"), source };
            [broken.public_reason(), damaged.public_reason()]
        };
        assert_eq!(told("patients.csv"), ["patients.csv, line 3: bad", "patients.csv is damaged behind line 2"]);
        assert_eq!(told("Condition.ndjson.gz").map(|told| told.starts_with("Condition.ndjson.gz")), [true, true]);
        let hidden = ["a file of the data set, line 3: bad", "a file of the data set is damaged behind line 2"];
        assert_eq!(told("Quillon_Zed.csv"), hidden);
        assert_eq!(told("0048151.ndjson"), hidden);
    }
}
