//! How much more fits into a batch.

use super::{FRAMING_BYTES, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES};
use crate::check::VerifiedEntry;
use crate::weight::MAX_BATCH_WEIGHT;

/// The room in a batch that is being put together.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    entries: usize,
    bytes: usize,
    weight: usize,
}

impl Room {
    /// An empty batch's.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: MAX_BATCH_ENTRIES, bytes: MAX_BATCH_BYTES - FRAMING_BYTES, weight: MAX_BATCH_WEIGHT }
    }

    /// A part of an empty batch's: so many of them are its whole.
    #[must_use]
    pub const fn part(parts: usize) -> Self {
        let Self { entries, bytes, weight } = Self::new();
        let parts = if parts == 0 { 1 } else { parts };
        Self { entries: entries / parts, bytes: bytes / parts, weight: weight / parts }
    }

    /// Whether no entry at all fits.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.entries == 0 || self.bytes == 0 || self.weight == 0
    }

    /// Whether an entry fits.
    #[must_use]
    pub fn fits(&self, entry: &VerifiedEntry) -> bool {
        self.entries > 0 && entry.size() <= self.bytes && entry.entry().weight() <= self.weight
    }

    /// Takes the room of an entry; says whether it fits.
    pub fn take(&mut self, entry: &VerifiedEntry) -> bool {
        if !self.fits(entry) {
            return false;
        }
        self.entries -= 1;
        self.bytes -= entry.size();
        self.weight -= entry.entry().weight();
        true
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::new()
    }
}
