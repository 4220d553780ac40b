//! The file of the write-ahead log.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use medshare_ledger::id::Height;

use crate::store::durable;
use crate::store::fault::StoreFault;
use crate::store::record::{self, Depth, Found};

/// What a write-ahead log holds when it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// There is no file.
    Missing,
    /// Nothing was signed since the last decided height.
    Empty,
    /// Entries of one height, oldest first.
    Entries {
        /// The height.
        height: Height,
        /// The entries; what was being written when the power went is not among them.
        entries: Vec<Vec<u8>>,
    },
    /// Bytes that no crash explains, so nobody knows what was signed.
    Damaged {
        /// How it shows.
        reason: String,
    },
}

/// An open write-ahead log.
#[derive(Debug)]
pub struct WalFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    height: Height,
    is_synced: bool,
}

impl WalFile {
    /// What the file at `path` holds; changes nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn inspect(path: &Path) -> Result<Contents, StoreFault> {
        match OpenOptions::new().read(true).open(path) {
            Ok(file) => contents(&file).map_err(|source| StoreFault::io("reading", path, source)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Contents::Missing),
            Err(source) => Err(StoreFault::io("opening", path, source)),
        }
    }

    /// Opens the file at `path`, created if need be, with its contents. Appending continues after the last whole entry.
    ///
    /// # Errors
    /// When the disk refuses, or the contents are [`Contents::Damaged`].
    pub fn open(path: &Path) -> Result<(Self, Contents), StoreFault> {
        let failed = |source| StoreFault::io("opening", path, source);
        let is_new = !path.exists();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        if is_new {
            path.parent().map_or(Ok(()), durable::sync_folder)?;
        }
        let contents = contents(&file).map_err(failed)?;
        let mut wal = Self {
            path: path.to_owned(),
            file,
            bytes: 0,
            height: Height(0),
            is_synced: true,
        };
        match &contents {
            Contents::Damaged { reason } => {
                return Err(StoreFault::Damaged {
                    path: path.to_owned(),
                    reason: reason.clone(),
                });
            }
            Contents::Missing | Contents::Empty => wal.truncate(0)?,
            Contents::Entries { height, entries } => {
                wal.height = *height;
                let framed =
                    |payload: usize| record::HEADER_BYTES + payload as u64 + record::TRAILER_BYTES;
                wal.truncate(
                    framed(8) + entries.iter().map(|entry| framed(entry.len())).sum::<u64>(),
                )?;
            }
        }
        Ok((wal, contents))
    }

    /// The file at `path` as one that the disk takes no writes to.
    #[cfg(test)]
    #[expect(clippy::unwrap_used, reason = "tests")]
    pub(super) fn open_read_only(path: &Path, height: Height) -> Self {
        let file = File::open(path).unwrap();
        let bytes = file.metadata().unwrap().len();
        Self {
            path: path.to_owned(),
            file,
            bytes,
            height,
            is_synced: true,
        }
    }

    /// The height of the entries.
    #[must_use]
    pub fn height(&self) -> Height {
        self.height
    }

    /// Empties the log for `height`.
    ///
    /// Not synced: until the first entry is, a crash shows the old height's entries, which are of no use and do no harm.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn start(&mut self, height: Height) -> Result<(), StoreFault> {
        self.height = height;
        self.truncate(0)
    }

    /// Adds an entry, which is durable after the next [`flush`](Self::flush).
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn append(&mut self, entry: &[u8]) -> Result<(), StoreFault> {
        let header = match self.bytes {
            0 => record::frame(&self.height.0.to_be_bytes()),
            _ => Some(Vec::new()),
        };
        let record = header
            .zip(record::frame(entry))
            .map(|(header, entry)| [header, entry].concat());
        let record = record.ok_or_else(|| StoreFault::Damaged {
            path: self.path.clone(),
            reason: "an entry is too long".to_owned(),
        })?;
        self.file
            .write_all_at(&record, self.bytes)
            .map_err(|source| StoreFault::io("writing", &self.path, source))?;
        self.bytes += record.len() as u64;
        self.is_synced = false;
        Ok(())
    }

    /// Returns once every entry is on disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn flush(&mut self) -> Result<(), StoreFault> {
        if !self.is_synced {
            self.file
                .sync_data()
                .map_err(|source| StoreFault::io("syncing", &self.path, source))?;
            self.is_synced = true;
        }
        Ok(())
    }

    fn truncate(&mut self, bytes: u64) -> Result<(), StoreFault> {
        self.file
            .set_len(bytes)
            .map_err(|source| StoreFault::io("truncating", &self.path, source))?;
        self.bytes = bytes;
        Ok(())
    }
}

fn contents(file: &File) -> std::io::Result<Contents> {
    let file_bytes = file.metadata()?.len();
    let mut records = Vec::new();
    let mut offset = 0;
    loop {
        match record::read_at(file, offset, file_bytes, Depth::Payload)? {
            Found::Record { payload, next } => {
                records.push(payload);
                offset = next;
            }
            Found::End | Found::Torn => break,
            Found::Damaged { reason, .. } => {
                let reason = format!("{reason} at offset {offset} does not match its checksum");
                return Ok(Contents::Damaged { reason });
            }
        }
    }
    let mut records = records.into_iter();
    let Some(header) = records.next() else {
        return Ok(Contents::Empty);
    };
    Ok(match <[u8; 8]>::try_from(header) {
        Ok(height) => Contents::Entries {
            height: Height(u64::from_be_bytes(height)),
            entries: records.collect(),
        },
        Err(_) => Contents::Damaged {
            reason: "it does not begin with a height".to_owned(),
        },
    })
}
