//! Batches that a validator may vote for.

use super::{Batch, BatchHeader, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES};
use crate::check::VerifiedEntry;
use crate::codec::CodecError;
use crate::rejection::Rejection;
use medshare_crypto::hash::Hash32;

/// A batch that fits behind a tip and whose entries all passed the stateless check. Only a [`Tip`](super::Tip) makes one.
#[derive(Clone, Debug)]
pub struct VerifiedBatch {
    pub(super) header: BatchHeader,
    pub(super) entries: Vec<VerifiedEntry>,
}

impl VerifiedBatch {
    /// The header.
    #[must_use]
    pub const fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[VerifiedEntry] {
        &self.entries
    }

    /// The hash that validators vote on.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        self.header.hash()
    }

    /// The batch as it is sent and stored.
    #[must_use]
    pub fn to_batch(&self) -> Batch {
        Batch { header: self.header.clone(), entries: self.entries.iter().map(|entry| entry.entry().clone()).collect() }
    }
}

/// Why a batch must not be voted for.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum BatchError {
    /// Not the canonical bytes of a batch.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A header field is not what follows from the tip and the entries.
    #[error("the header's {field} is not what follows from the previous batch and the entries")]
    Header {
        /// The field.
        field: &'static str,
    },
    /// The time does not lie between the previous batch's and the clock with its drift.
    #[error("the batch's time {time} is not after {after} and at most {latest}")]
    Time {
        /// Time of the batch, in milliseconds since 1970.
        time: u64,
        /// Time of the previous batch.
        after: u64,
        /// Latest time accepted.
        latest: u64,
    },
    /// Too many entries or bytes.
    #[error("the batch has {entries} entries of {bytes} bytes; at most {MAX_BATCH_ENTRIES} and {MAX_BATCH_BYTES}")]
    TooLarge {
        /// Entries found.
        entries: usize,
        /// Bytes found.
        bytes: usize,
    },
    /// An entry breaks a rule that needs no state.
    #[error("entry {position} of the batch: {rejection}")]
    Entry {
        /// Position in the batch, from 0.
        position: usize,
        /// The rule.
        rejection: Rejection,
    },
    /// An entry stands in the batch twice.
    #[error("entry {position} of the batch stands in it twice")]
    Duplicate {
        /// Position of the second one.
        position: usize,
    },
}
