//! How long a field of a table may be, so that one that never ends does not fill the memory.

use std::io::{self, Read};

use memchr::{memchr, memchr3};

use crate::table_error::TableError;

/// Most bytes of a field. Longer are images, documents or a quote that never closes.
pub const MAX_FIELD_BYTES: usize = 1 << 20;
/// Most bytes without a line end or the end of a quoted field.
const MAX_ROW_BYTES: usize = 16 << 20;
/// Bytes that are read at once.
const READ_BYTES: u64 = 1 << 20;

/// Why a table's bytes were not read to their end.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// The system's reason.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A row or field without end.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Reads a table's bytes and appends them, as long as no row or quoted field goes on without end. After an error, what was read until
/// then is there.
///
/// # Errors
/// The system's, or the line that does not end.
pub fn fill(bytes: &mut Vec<u8>, mut reader: impl Read) -> Result<(), FillError> {
    let mut watch = Watch { is_quoted: false, length: 0, quoted_length: 0, last: b'\n' };
    loop {
        let start = bytes.len();
        if reader.by_ref().take(READ_BYTES).read_to_end(bytes)? == 0 {
            return Ok(());
        }
        if !watch.pass(bytes.get(start..).unwrap_or_default()) {
            let line = 1 + bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            let most = MAX_ROW_BYTES >> 20;
            let problem = format!(
                "no row or quoted field ends within {most} MiB; leave columns of images or documents out, and close quotes"
            );
            return Err(TableError { line, problem }.into());
        }
    }
}

/// Sees a table's bytes go by, whatever separates its fields.
struct Watch {
    is_quoted: bool,
    /// Bytes since the last line end, or in the quoted field.
    length: usize,
    /// The length of the quoted field that a quote has just closed: another quote goes on with it.
    quoted_length: usize,
    /// The byte before.
    last: u8,
}

impl Watch {
    /// Whether rows and fields still end.
    fn pass(&mut self, mut bytes: &[u8]) -> bool {
        while let Some(at) = self.next_end(bytes) {
            let (before, rest) = bytes.split_at(at);
            let (end, after) = rest.split_at(rest.len().min(1));
            self.length += before.len();
            let previous = before.last().copied().unwrap_or(self.last);
            self.last = end.first().copied().unwrap_or_default();
            if self.length > MAX_ROW_BYTES {
                return false;
            }
            match (self.last, self.is_quoted) {
                (b'"', true) => (self.is_quoted, self.quoted_length, self.length) = (false, self.length + 1, 0),
                (b'"', false) if before.is_empty() && previous == b'"' && self.quoted_length > 0 => {
                    (self.is_quoted, self.length) = (true, self.quoted_length + 1);
                }
                (b'"', false) if matches!(previous, b',' | b';' | b'\t' | b'|' | b'\n' | b'\r') => {
                    (self.is_quoted, self.length) = (true, 0);
                }
                (b'"', false) => self.length += 1,
                _ => (self.length, self.quoted_length) = (0, 0),
            }
            bytes = after;
        }
        self.length += bytes.len();
        self.last = bytes.last().copied().unwrap_or(self.last);
        self.length <= MAX_ROW_BYTES
    }

    fn next_end(&self, bytes: &[u8]) -> Option<usize> {
        if self.is_quoted { memchr(b'"', bytes) } else { memchr3(b'"', b'\n', b'\r', bytes) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// A gigabyte of the same bytes, after a beginning.
    fn endless(start: &'static str, unit: &'static str) -> impl Read {
        struct Again(&'static [u8], usize);
        impl Read for Again {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                buffer.iter_mut().for_each(|slot| {
                    *slot = self.0.get(self.1 % self.0.len()).copied().unwrap_or_default();
                    self.1 += 1;
                });
                Ok(buffer.len())
            }
        }
        start.as_bytes().chain(Again(unit.as_bytes(), 0).take(1 << 30))
    }

    #[test]
    fn a_field_that_does_not_end_is_refused_long_before_the_memory_is_full() {
        for (start, unit) in [
            ("a,b\n1,", "x"),
            ("a,b\n1,\"", "x"),
            ("a,b\n1,\"", "line\n"),
            ("a,b\n1,\"", "say \"\"no\"\"\n"),
            ("a;b\n1;\"", "\"\""),
        ] {
            let mut bytes = Vec::new();
            let error = fill(&mut bytes, endless(start, unit)).unwrap_err();
            assert!(matches!(error, FillError::Table(_)), "{start}{unit}: {error}");
            assert!(bytes.len() < 20 << 20, "{start}{unit}: {} bytes", bytes.len());
        }
    }

    #[test]
    fn long_tables_and_stray_quotes_are_read_to_their_end() {
        for unit in ["1,\"a \"\"b\"\" c\",x\n", "5\" tube,1\r\n", "\"\",\"\"\n", "1,2\n"] {
            let mut bytes = Vec::new();
            fill(&mut bytes, endless("a,b\n", unit).take(18 << 20)).unwrap();
            assert_eq!(bytes.len(), 18 << 20);
        }
    }
}
