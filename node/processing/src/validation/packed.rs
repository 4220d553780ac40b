//! A template on its way between nodes: gzipped.

use flate2::Compression;
use flate2::write::{GzDecoder, GzEncoder};
use medshare_deid::Template;
use medshare_ledger::codec;
use medshare_node_refusal::{Code, Refusal};
use std::io::{self, Write};

/// Gzips a template into `out`.
pub(super) fn pack<W: Write>(out: W, template: &Template) -> Result<W, Refusal> {
    let mut packed = GzEncoder::new(out, Compression::fast());
    packed.write_all(&codec::encode(template)).map_err(|e| Refusal::fault(&e))?;
    packed.finish().map_err(|e| Refusal::fault(&e))
}

/// What is unpacked, up to a bound.
pub(super) struct Bounded {
    bytes: Vec<u8>,
    max: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.max.saturating_sub(self.bytes.len()) {
            return Err(io::Error::other("more is unpacked than the bound"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes that were gzipped, which are at most so many: unpacked as `write` writes them.
///
/// # Errors
/// [`Refusal`] when they are more, not gzipped, or not to be had.
pub(super) fn unpack<E>(
    max: usize,
    write: impl FnOnce(&mut GzDecoder<Bounded>) -> Result<(), E>,
) -> Result<Vec<u8>, Refusal> {
    let malformed = || Refusal::new(Code::Malformed, "the records cannot be unpacked");
    let mut unpacking = GzDecoder::new(Bounded { bytes: Vec::new(), max });
    write(&mut unpacking).map_err(|_| malformed())?;
    Ok(unpacking.finish().map_err(|_| malformed())?.bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn what_unpacks_to_more_than_the_bound_is_refused() {
        let bomb = |zeros: usize| {
            let mut packed = GzEncoder::new(Vec::new(), Compression::best());
            packed.write_all(&vec![0; zeros]).unwrap();
            packed.finish().unwrap()
        };
        let unpacked = |packed: &[u8]| unpack(1_000_000, |out| out.write_all(packed));
        let fits = bomb(1_000_000);
        assert!(fits.len() < 5_000);
        assert_eq!(unpacked(&fits).unwrap().len(), 1_000_000);
        unpacked(&bomb(1_000_001)).unwrap_err();
        unpacked(&bomb(50_000_000)).unwrap_err();
        for cut in [0, 5, fits.len() / 2, fits.len() - 1] {
            unpacked(fits.get(..cut).unwrap()).unwrap_err();
        }
        unpacked(&[fits, vec![0]].concat()).unwrap_err();
    }
}
