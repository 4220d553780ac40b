//! A template on its way between nodes: gzipped.

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use medshare_deid::Template;
use medshare_ledger::codec;
use medshare_node_refusal::{Code, Refusal};
use std::io::{Read as _, Write};

/// Gzips a template into `out`.
pub(super) fn pack<W: Write>(out: W, template: &Template) -> Result<W, Refusal> {
    let mut packed = GzEncoder::new(out, Compression::fast());
    packed.write_all(&codec::encode(template)).map_err(|e| Refusal::fault(&e))?;
    packed.finish().map_err(|e| Refusal::fault(&e))
}

/// The bytes that were gzipped, which are at most so many.
///
/// # Errors
/// [`Refusal`] when they are more, or not gzipped.
pub(super) fn unpack(packed: &[u8], max: usize) -> Result<Vec<u8>, Refusal> {
    let malformed = || Refusal::new(Code::Malformed, "the records cannot be unpacked");
    let mut bytes = Vec::new();
    let read = GzDecoder::new(packed).take(max as u64 + 1).read_to_end(&mut bytes).map_err(|_| malformed())?;
    if read > max { Err(malformed()) } else { Ok(bytes) }
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
        let fits = bomb(1_000_000);
        assert!(fits.len() < 5_000);
        assert_eq!(unpack(&fits, 1_000_000).unwrap().len(), 1_000_000);
        unpack(&bomb(1_000_001), 1_000_000).unwrap_err();
        unpack(&bomb(50_000_000), 1_000_000).unwrap_err();
    }
}
