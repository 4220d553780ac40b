//! Sealing what is written, for payloads that come in pieces of any size.

use std::io::Write;

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::{DataKey, SEALED_SEGMENT_LEN, SEGMENT_LEN, StreamError, StreamSealer};
use crate::hash::Hash32;

/// Seals what is written to it into another writer. Without [`SealingWriter::finish`] the payload is cut off, and is refused as such.
#[derive(Debug)]
pub struct SealingWriter<W> {
    sealer: StreamSealer,
    writer: W,
    /// Plaintext that is not sealed yet; never empty once something was written.
    segment: Zeroizing<Vec<u8>>,
}

impl<W: Write> SealingWriter<W> {
    /// Starts a payload: writes its nonce prefix.
    ///
    /// # Errors
    /// When writing fails.
    pub fn new(
        key: &DataKey,
        header_hash: Hash32,
        mut writer: W,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Self, StreamError> {
        let sealer = StreamSealer::new(key, header_hash, rng)?;
        writer.write_all(&sealer.prefix())?;
        Ok(Self { sealer, writer, segment: Zeroizing::new(Vec::with_capacity(SEALED_SEGMENT_LEN)) })
    }

    /// Seals and writes the last segment.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> Result<(), StreamError> {
        self.sealer.seal_last(&mut self.segment)?;
        self.writer.write_all(&self.segment)?;
        Ok(())
    }
}

impl<W: Write> Write for SealingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // A full segment waits until more comes: it may be the last.
        if self.segment.len() == SEGMENT_LEN && !bytes.is_empty() {
            self.sealer.seal_segment(&mut self.segment).map_err(std::io::Error::other)?;
            self.writer.write_all(&self.segment)?;
            self.segment.clear();
        }
        let space = SEGMENT_LEN - self.segment.len();
        let (taken, _) = bytes.split_at(space.min(bytes.len()));
        self.segment.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}
