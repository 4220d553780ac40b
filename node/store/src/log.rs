//! The batch log: every decided batch with its certificate, in order of heights. The truth of this node.
//!
//! A folder of segments named `<first height, 20 digits>.seg`, each a row of [records](super::record) of consecutive heights. An
//! append is synced with `fdatasync` before it returns, a new segment's name with an `fsync` of the folder. What a crash can leave
//! is a last record of the last segment that is cut off, zeros from some byte on, or unsound: opening removes it, loudly, and consensus
//! fetches that batch again. The last one that is sound is written anew, because its append may have failed. A log whose beginning or middle is missing, and unsound bytes anywhere else are refused, with segment and offset: they are the disk's, not a crash's. Only the last
//! segment stays open.
//!
//! The payload of a record:
//! ```text
//! offset  bytes  field
//! 0       8      height
//! 8       4      length n of the certificate
//! 12      n      certificate, canonical bytes
//! 12 + n  …      batch
//! ```

mod batch;
mod reading;
mod segment;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use medshare_ledger::id::Height;

pub use batch::DecidedBatch;
pub use reading::Reading;
use segment::Segment;

use super::durable;
use super::fault::StoreFault;

/// The height that every log begins with.
const FIRST: Height = Height(1);

/// Bytes after which a segment is closed and another one begun.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// Why the log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk refused.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// Bytes that no crash explains.
    #[error(
        "segment {} of the batch log is damaged at offset {offset}: {reason}; move the log folder away and let the node fetch it from the others",
        segment.display()
    )]
    Damaged {
        /// The segment's file.
        segment: PathBuf,
        /// Where the unsound record starts.
        offset: u64,
        /// How it shows.
        reason: String,
    },
    /// The segments do not follow each other from the first height on.
    #[error(
        "the batch log has height {found} where {expected} should be, in {}; move the log folder away and let the node fetch it from the others",
        segment.display()
    )]
    Gap {
        /// The segment's file.
        segment: PathBuf,
        /// The height that was due.
        expected: Height,
        /// The height that was found.
        found: Height,
    },
    /// An append out of order.
    #[error("expected the batch of height {expected} next, got {found}")]
    OutOfOrder {
        /// The height that is due.
        expected: Height,
        /// The height that was given.
        found: Height,
    },
    /// A batch that no record can hold.
    #[error("a batch of {bytes} bytes does not fit into a record of the log")]
    TooLong {
        /// Its length with its certificate.
        bytes: usize,
    },
    /// An earlier append failed, so the end of the file is unknown.
    #[error("an earlier write to the batch log failed; start the node again")]
    Poisoned,
}

/// A record that opening removed because it was not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The segment's file.
    pub segment: PathBuf,
    /// Where the record started; the file ends there now.
    pub offset: u64,
    /// Bytes removed.
    pub removed: u64,
}

/// The append-only log of decided batches.
#[derive(Debug)]
pub struct BatchLog {
    folder: PathBuf,
    segment_bytes: u64,
    segments: Vec<Segment>,
    poisoned: bool,
}

impl BatchLog {
    /// Opens the log in `folder`, which is created if need be; tells of a record that had to be removed.
    ///
    /// # Errors
    /// [`LogError::Damaged`] or [`LogError::Gap`] when the contents cannot be trusted, [`LogError::Store`] when the disk refuses.
    pub fn open(folder: &Path, segment_bytes: u64) -> Result<(Self, Option<Repair>), LogError> {
        durable::create_folder(folder)?;
        // A segment may have been created without that its name was made durable.
        durable::sync_folder(folder)?;
        let paths = segment::list(folder)?;
        let mut segments: Vec<Segment> = Vec::with_capacity(paths.len());
        let mut repair = None;
        let count = paths.len();
        for (index, (first, path)) in paths.into_iter().enumerate() {
            let due = segments.last().map_or(FIRST, Segment::due);
            if due != first {
                return Err(LogError::Gap { segment: path, expected: due, found: first });
            }
            let is_last = index + 1 == count;
            let (segment, repaired) = Segment::open(first, path, is_last)?;
            repair = repaired;
            segments.push(segment);
        }
        if let Some(repair) = &repair {
            tracing::warn!(
                segment = %repair.segment.display(),
                offset = repair.offset,
                removed = repair.removed,
                "the last record of the batch log was not whole and has been removed"
            );
        }
        Ok((Self { folder: folder.to_owned(), segment_bytes, segments, poisoned: false }, repair))
    }

    /// Lowest height in the log.
    #[must_use]
    pub fn first(&self) -> Option<Height> {
        self.segments.iter().find(|segment| segment.count() > 0).map(Segment::first)
    }

    /// Highest height in the log.
    #[must_use]
    pub fn last(&self) -> Option<Height> {
        self.segments.iter().rev().find_map(Segment::last)
    }

    /// Appends the batch of the height after the last; on an empty log, of the first. Returns once it is on disk.
    ///
    /// # Errors
    /// When the height is not the next, or the disk refuses; then nothing more can be appended until the log is opened again.
    pub fn append(&mut self, decided: &DecidedBatch) -> Result<(), LogError> {
        if self.poisoned {
            return Err(LogError::Poisoned);
        }
        let height = decided.certificate.height;
        let expected = self.last().map_or(FIRST, Height::next);
        if expected != height {
            return Err(LogError::OutOfOrder { expected, found: height });
        }
        let record = decided.to_record()?;
        let result = self.append_record(height, &record);
        self.poisoned = result.is_err();
        result
    }

    fn append_record(&mut self, height: Height, record: &[u8]) -> Result<(), LogError> {
        let limit = self.segment_bytes;
        match self.segments.last_mut() {
            Some(last) if last.bytes() < limit && last.due() == height => last.append(record),
            _ => {
                let mut segment = Segment::create(&self.folder, height)?;
                segment.append(record)?;
                // A segment that a repair left empty has the same first height, and was just written over.
                self.segments.retain(|old| old.count() > 0);
                self.segments.iter_mut().rev().take(1).for_each(Segment::close);
                self.segments.push(segment);
                Ok(())
            }
        }
    }

    fn segments_from(&self, height: Height) -> &[Segment] {
        let start = self.segments.iter().position(|segment| segment.first() <= height && height < segment.due());
        start.and_then(|start| self.segments.get(start..)).unwrap_or_default()
    }

    /// The batch of `height`, or `None` when the log does not reach there.
    ///
    /// # Errors
    /// When the record is unsound or cannot be read.
    pub fn read(&self, height: Height) -> Result<Option<DecidedBatch>, LogError> {
        self.iter_from(height).next().transpose()
    }

    /// What reads from `height` on without the log.
    #[must_use]
    pub fn reading(&self, height: Height) -> Reading {
        Reading::of(height, self.segments_from(height))
    }

    /// The batches from `height` on, in order; none when the log does not hold `height`.
    pub fn iter_from(&self, height: Height) -> impl Iterator<Item = Result<DecidedBatch, LogError>> + '_ {
        self.segments_from(height).iter().flat_map(move |segment| segment.iter_from(height.max(segment.first())))
    }
}
