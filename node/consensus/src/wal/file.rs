//! One file of the write-ahead log.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use medshare_ledger::id::Height;

use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;
use medshare_node_store::record;

/// Stands for entries that are lost: no entry of the engine's is empty.
const FORGOTTEN: &[u8] = &[];

/// What a file of the write-ahead log holds when it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// There is no file.
    Missing,
    /// No entry is in it.
    Empty,
    /// Entries of one height, oldest first.
    Entries {
        /// The height.
        height: Height,
        /// The entries; what was being written when the power went is not among them.
        entries: Vec<Vec<u8>>,
        /// Whether zeros stand behind them, where acknowledged ones may have been.
        ends_in_zeros: bool,
    },
    /// Bytes that no crash explains, or zeros where the height was, so nobody knows what was signed.
    Damaged {
        /// How it shows.
        reason: String,
    },
}

impl Contents {
    /// The later one of what two files hold.
    #[must_use]
    pub fn later(self, other: Self) -> Self {
        let height = |contents: &Self| match contents {
            Self::Entries { height, .. } => Some(*height),
            Self::Missing | Self::Empty | Self::Damaged { .. } => None,
        };
        if height(&other) > height(&self) { other } else { self }
    }
}

/// An open file of the write-ahead log.
#[derive(Debug)]
pub struct WalFile {
    path: PathBuf,
    file: File,
    /// Length of the records in the file.
    bytes: u64,
    /// Records behind them that the next flush writes.
    unwritten: Vec<u8>,
    height: Height,
    /// How many of the bytes a loss of power does not take away.
    synced: u64,
}

impl WalFile {
    /// What the file at `path` holds; changes nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn inspect(path: &Path) -> Result<Contents, StoreFault> {
        match File::open(path) {
            Ok(file) => Ok(contents(&file, path)?.0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Contents::Missing),
            Err(source) => Err(StoreFault::io("opening", path, source)),
        }
    }

    /// Opens the file at `path`, created if need be, with its contents, which a loss of power does not take away any more: whoever reads
    /// them acts on them. Appending continues after the last whole entry. Until this is dropped nobody else can open it: each would
    /// write where it believes the end to be.
    ///
    /// # Errors
    /// When the disk refuses, somebody else has it open ([`StoreFault::is_in_use`]), or the contents are [`Contents::Damaged`].
    pub fn open(path: &Path) -> Result<(Self, Contents), StoreFault> {
        let file = durable::open_file(path)?;
        file.try_lock().map_err(|error| StoreFault::io("locking", path, named(error)))?;
        let (contents, bytes) = contents(&file, path)?;
        let height = match &contents {
            Contents::Damaged { reason } => {
                return Err(StoreFault::Damaged { path: path.to_owned(), reason: reason.clone() });
            }
            Contents::Missing | Contents::Empty => Height(0),
            Contents::Entries { height, .. } => *height,
        };
        let mut wal = Self { path: path.to_owned(), file, bytes, unwritten: Vec::new(), height, synced: 0 };
        wal.truncate(bytes)?;
        // The run before may have ended between a write and its sync.
        durable::write_anew(&wal.file, path, 0..bytes, record::are_whole)?;
        wal.synced = bytes;
        Ok((wal, contents))
    }

    /// The file at `path` as one that the disk takes no writes to.
    #[cfg(test)]
    #[expect(clippy::unwrap_used, reason = "tests")]
    pub(super) fn open_read_only(path: &Path, height: Height) -> Self {
        let file = File::open(path).unwrap();
        let bytes = file.metadata().unwrap().len();
        Self { path: path.to_owned(), file, bytes, unwritten: Vec::new(), height, synced: bytes }
    }

    /// The height of the entries.
    #[must_use]
    pub fn height(&self) -> Height {
        self.height
    }

    /// Whether entries are in it that a loss of power does not take away; others may have come behind them since.
    #[must_use]
    pub fn keeps_entries(&self) -> bool {
        self.synced > 0
    }

    /// Empties the file for `height`.
    ///
    /// Not synced: until the first entry is, a crash shows the old height's entries, which are of no use and do no harm.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn start(&mut self, height: Height) -> Result<(), StoreFault> {
        self.height = height;
        self.truncate(0)
    }

    /// Has the file say, durably, that nothing after `height` was signed, and that nobody knows what was in it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remember(&mut self, height: Height) -> Result<(), StoreFault> {
        self.start(height)?;
        self.append(FORGOTTEN)?;
        self.flush()
    }

    /// Adds an entry, which stays in memory until the next [`flush`](Self::flush): what is written and not synced is what a loss of power
    /// leaves zeros of, and most entries are others' votes, of which nothing was said yet. The engine has them in memory, too, and bounds them.
    ///
    /// # Errors
    /// When the entry is too long.
    pub fn append(&mut self, entry: &[u8]) -> Result<(), StoreFault> {
        let is_first = self.bytes == 0 && self.unwritten.is_empty();
        let header = if is_first { record::frame(&self.height.0.to_be_bytes()) } else { Some(Vec::new()) };
        let (header, entry) = header.zip(record::frame(entry)).ok_or_else(|| StoreFault::Damaged {
            path: self.path.clone(),
            reason: "an entry is too long".to_owned(),
        })?;
        self.unwritten.extend(header);
        self.unwritten.extend(entry);
        Ok(())
    }

    /// Writes the entries that wait, and returns once every entry is on disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn flush(&mut self) -> Result<(), StoreFault> {
        let (at, path) = (self.bytes, &self.path);
        self.file.write_all_at(&self.unwritten, at).map_err(|source| StoreFault::io("writing", path, source))?;
        self.bytes += self.unwritten.len() as u64;
        self.unwritten.clear();
        if self.synced < self.bytes {
            self.file.sync_data().map_err(|source| StoreFault::io("syncing", &self.path, source))?;
            self.synced = self.bytes;
        }
        Ok(())
    }

    fn truncate(&mut self, bytes: u64) -> Result<(), StoreFault> {
        self.file.set_len(bytes).map_err(|source| StoreFault::io("truncating", &self.path, source))?;
        self.bytes = bytes;
        self.unwritten.clear();
        self.synced = self.synced.min(bytes);
        Ok(())
    }
}

impl Drop for WalFile {
    /// A run that ends, however it does, leaves what it received to the next one.
    fn drop(&mut self) {
        if let Err(error) = self.flush() {
            tracing::warn!(%error, "what was received last is not kept in the write-ahead log");
        }
    }
}

fn named(error: TryLockError) -> io::Error {
    match error {
        TryLockError::WouldBlock => io::Error::new(
            io::ErrorKind::WouldBlock,
            "the run of consensus before this one still writes to it, as it does when the disk does not answer",
        ),
        TryLockError::Error(error) => error,
    }
}

/// What the file holds, and the offset after its last whole record.
fn contents(file: &File, path: &Path) -> Result<(Contents, u64), StoreFault> {
    let records = match record::read_all(file).map_err(|source| StoreFault::io("reading", path, source))? {
        Ok(found) => found,
        Err(reason) => return Ok((Contents::Damaged { reason }, 0)),
    };
    let ends_in_zeros = records.ends_in_zeros;
    let mut payloads = records.payloads.into_iter();
    let contents = match payloads.next().map(<[u8; 8]>::try_from) {
        None if ends_in_zeros => Contents::Damaged { reason: "there are zeros where a height was".to_owned() },
        None => Contents::Empty,
        Some(Ok(height)) => {
            let height = Height(u64::from_be_bytes(height));
            Contents::Entries { height, entries: payloads.collect(), ends_in_zeros }
        }
        Some(Err(_)) => Contents::Damaged { reason: "it does not begin with a height".to_owned() },
    };
    Ok((contents, records.end))
}
