//! Where the log goes: to standard error as far as it takes it.
//!
//! A node that halts because its disk is full often has its log on that disk. A line that cannot be written must not keep it from
//! ending, and the standard macros panic there.

use std::io::{self, Write};

/// Writes what can be written, and never fails.
pub(crate) struct AsFarAsPossible<W>(pub(crate) W);

impl<W: Write> Write for AsFarAsPossible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // There is nowhere left to say that it failed.
        drop(self.0.write_all(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        drop(self.0.flush());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::fmt;

    struct FullDisk;

    impl Write for FullDisk {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    #[test]
    fn a_line_that_cannot_be_written_is_left_out() {
        let log = fmt().log_internal_errors(false).with_writer(|| AsFarAsPossible(FullDisk)).finish();
        tracing::subscriber::with_default(log, || tracing::error!("halting"));
        let mut writer = AsFarAsPossible(FullDisk);
        assert!(writer.write(b"halting").is_ok_and(|bytes| bytes == 7) && writer.flush().is_ok());
    }
}
