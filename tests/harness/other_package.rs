//! Packages that nobody's request led to.

use medshare_exchange::package::Package;
use std::io::Cursor;
use std::path::Path;

/// Stores the package again as one of a request that differs in a bit, under the name that is then its own; answers with that.
pub fn of_another_request(folder: &Path, name: &str, bit: u8) -> String {
    let mut bytes = std::fs::read(folder.join(name)).unwrap();
    let head = |bytes: &[u8]| Package::read_head(&mut Cursor::new(bytes)).unwrap();
    let request = head(&bytes).manifest.request;
    let place = bytes.windows(32).position(|bytes| bytes == request.as_bytes()).unwrap();
    bytes[place] ^= bit;
    let name = format!("{}.medshare", head(&bytes).id());
    std::fs::write(folder.join(&name), bytes).unwrap();
    name
}
