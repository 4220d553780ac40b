//! The owner's existing database behind one trait: a duplicate of the records is taken, nothing is ever written back.

#![forbid(unsafe_code)]

pub mod folder;
pub mod inspect;

use medshare_deid::Records;
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
    /// What a requestor may know of it: file and line, never where the owner keeps them.
    #[must_use]
    pub fn public_reason(&self) -> String {
        match self {
            Self::Records { source, .. } => source.to_string(),
            Self::Empty { .. } => {
                "the data set's folder holds no records; expected .ndjson or .csv files, each also as .gz".to_owned()
            }
            Self::Damaged { path, line, .. } => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                format!("{name} is damaged behind line {line}")
            }
            Self::Io { .. } => "the data set's folder or a file in it cannot be read".to_owned(),
            Self::TooLarge { limit, .. } => {
                format!("a file of the data set is larger than {limit} bytes when unpacked")
            }
        }
    }
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
