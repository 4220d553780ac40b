//! How much more fits into a batch.

use super::{FRAMING_BYTES, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES};

/// The room in a batch that is being put together.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    entries: usize,
    bytes: usize,
}

impl Room {
    /// An empty batch's.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: MAX_BATCH_ENTRIES, bytes: MAX_BATCH_BYTES - FRAMING_BYTES }
    }

    /// Whether an entry of so many bytes fits.
    #[must_use]
    pub const fn fits(&self, bytes: usize) -> bool {
        self.entries > 0 && bytes <= self.bytes
    }

    /// Takes the room of an entry of so many bytes; says whether it fits.
    pub const fn take(&mut self, bytes: usize) -> bool {
        if !self.fits(bytes) {
            return false;
        }
        self.entries -= 1;
        self.bytes -= bytes;
        true
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::new()
    }
}
