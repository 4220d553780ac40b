//! Batches that a validator may vote for.

use super::{BatchHeader, FRAMING_BYTES, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES};
use crate::check::VerifiedEntry;
use crate::codec::{CodecError, encode};
use crate::history::Frontier;
use crate::rejection::Rejection;
use crate::state::StateFault;
use crate::weight::MAX_BATCH_WEIGHT;
use crate::window::ENTRY_WINDOW_MS;
use medshare_crypto::hash::Hash32;

/// A batch that fits behind a tip and whose entries all passed the stateless check. Only a [`Tip`](super::Tip) makes one.
#[derive(Clone, Debug)]
pub struct VerifiedBatch {
    pub(super) header: BatchHeader,
    pub(super) entries: Vec<VerifiedEntry>,
    pub(super) history: Frontier,
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

    /// The history including this batch.
    #[must_use]
    pub const fn history(&self) -> &Frontier {
        &self.history
    }

    /// The entries, each after the offset of its bytes in the encoded batch.
    pub fn placed(&self) -> impl Iterator<Item = (u32, &VerifiedEntry)> {
        let mut next = FRAMING_BYTES;
        self.entries.iter().map(move |entry| {
            let offset = next;
            next += entry.size();
            // A batch is far shorter than 4 GiB.
            (u32::try_from(offset).unwrap_or(u32::MAX), entry)
        })
    }

    /// The hash that validators vote on.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        self.header.hash()
    }

    /// The bytes of the [`Batch`](super::Batch), as it is sent and stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let entries: Vec<_> = self.entries.iter().map(VerifiedEntry::entry).collect();
        encode(&(&self.header, entries))
    }
}

/// Why there is no verified batch.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The batch breaks a rule: every node finds the same.
    #[error(transparent)]
    Invalid(#[from] BatchError),
    /// This node cannot tell: its own trouble, and no statement about the batch.
    #[error(transparent)]
    Fault(#[from] StateFault),
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
    /// More work to check than a batch may be.
    #[error("the batch's entries weigh {weight}; at most {MAX_BATCH_WEIGHT}")]
    TooHeavy {
        /// What they weigh together.
        weight: usize,
    },
    /// An entry breaks a rule that needs no state.
    #[error("entry {position} of the batch: {rejection}")]
    Entry {
        /// Position in the batch, from 0.
        position: usize,
        /// The rule.
        rejection: Rejection,
    },
    /// An entry was decided by an earlier batch.
    #[error("entry {position} of the batch was decided before")]
    DecidedBefore {
        /// Position in the batch, from 0.
        position: usize,
    },
    /// An entry is dated too long before or after the batch.
    #[error("entry {position} of the batch is dated more than {} minutes before or after it", ENTRY_WINDOW_MS / 60_000)]
    OutsideWindow {
        /// Position in the batch, from 0.
        position: usize,
    },
    /// An entry stands in the batch twice.
    #[error("entry {position} of the batch stands in it twice")]
    Duplicate {
        /// Position of the second one.
        position: usize,
    },
}
