//! Rule `decided-once`: an entry is decided once, applied or rejected, and never again.
//!
//! What was refused must not count later, when somebody else sends it again and the state has become another. So a batch that
//! holds an entry which an earlier batch held is invalid. The memory that the rule needs is bounded: an entry counts only within
//! [`ENTRY_WINDOW_MS`] of its own date, so that the hashes of entries decided longer than twice that ago need not be kept. Nodes keep them
//! all the same, in the index by which they tell what became of an entry (ADR 12).

use super::BatchError;
use crate::id::{Height, Timestamp};
use crate::state::StateFault;
use crate::window::{ENTRY_WINDOW_MS, is_outdated};
use medshare_crypto::hash::Hash32;

/// The memory of entries that were decided.
pub trait Decided {
    /// Whether a batch up to this height held an entry of this name. May forget what was decided longer ago than twice
    /// [`ENTRY_WINDOW_MS`].
    ///
    /// # Errors
    /// [`StateFault`] when this node cannot look it up.
    fn is_decided(&self, entry: &Hash32, through: Height) -> Result<bool, StateFault>;
}

/// What keeps an entry out of a batch.
pub(super) enum Kept {
    /// Nothing.
    In,
    /// It is dated after the batch: a later one may hold it.
    TooEarly,
    /// It was decided, or is too old: no batch will hold it.
    Out(Why),
}

/// Why no batch will hold an entry.
pub(super) enum Why {
    Decided,
    Outdated,
}

/// The next batch, as far as the rule is concerned.
pub(super) struct Place<'a> {
    /// Its time.
    pub(super) time: Timestamp,
    /// The height before it.
    pub(super) tip: Height,
    /// What earlier batches held.
    pub(super) decided: &'a dyn Decided,
}

impl Place<'_> {
    /// What the rule says of the entry of this name and date.
    pub(super) fn keeps(&self, entry: &Hash32, dated: Timestamp) -> Result<Kept, StateFault> {
        if is_outdated(dated, self.time) {
            return Ok(Kept::Out(Why::Outdated));
        }
        if self.decided.is_decided(entry, self.tip)? {
            return Ok(Kept::Out(Why::Decided));
        }
        Ok(if dated > self.time.plus_ms(ENTRY_WINDOW_MS) { Kept::TooEarly } else { Kept::In })
    }
}

impl Kept {
    /// The entry at `position` may stand in the batch.
    pub(super) fn check(self, position: usize) -> Result<(), BatchError> {
        match self {
            Self::In => Ok(()),
            Self::TooEarly | Self::Out(Why::Outdated) => Err(BatchError::OutsideWindow { position }),
            Self::Out(Why::Decided) => Err(BatchError::DecidedBefore { position }),
        }
    }
}
