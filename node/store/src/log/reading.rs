//! Reading the log without holding it.

use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::id::Height;

use super::segment::Segment;
use super::{DecidedBatch, LogError};

/// The batches from a height on, as far as the log reached when it was asked. Segments are only ever appended to, so that what is read
/// here needs no lock that an append would wait for.
///
/// It ends with the segment after the one that it begins in: enough for any answer, and little to copy.
#[derive(Debug)]
pub struct Reading {
    height: Height,
    segments: Vec<Segment>,
}

impl Reading {
    pub(super) fn of(height: Height, segments: &[Segment]) -> Self {
        Self { height, segments: segments.iter().take(2).map(Segment::to_read).collect() }
    }

    /// The batch of the first height, or `None` when the log does not hold it.
    ///
    /// # Errors
    /// When the record is unsound or cannot be read.
    pub fn batch(&self) -> Result<Option<DecidedBatch>, LogError> {
        self.batches().next().transpose()
    }

    /// The batches through `last`, ending with the one with which `most_bytes` bytes are reached. Of no other one anything is read.
    ///
    /// # Errors
    /// When a record is unsound or cannot be read.
    pub fn batches_through(&self, last: Height, most_bytes: usize) -> Result<Vec<DecidedBatch>, LogError> {
        let count = last.next().0.saturating_sub(self.height.0);
        let (mut bytes, mut found) = (0, Vec::new());
        for batch in self.batches().take(usize::try_from(count).unwrap_or(usize::MAX)) {
            let batch = batch?;
            bytes += batch.bytes.len();
            found.push(batch);
            if bytes >= most_bytes {
                break;
            }
        }
        Ok(found)
    }

    /// The certificate of the first height, or `None` when the log does not hold it. The batch is not read, so that the record's
    /// checksum says nothing of it: whoever draws conclusions verifies its signatures, or reads the whole.
    ///
    /// # Errors
    /// When it cannot be read or decoded.
    pub fn certificate(&self) -> Result<Option<CommitCertificate>, LogError> {
        self.segments.first().map(|segment| segment.certificate(self.height)).transpose()
    }

    fn batches(&self) -> impl Iterator<Item = Result<DecidedBatch, LogError>> + '_ {
        self.segments.iter().flat_map(|segment| segment.iter_from(self.height.max(segment.first())))
    }
}
