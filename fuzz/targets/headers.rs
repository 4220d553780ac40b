//! What stands at the front of files: encrypted ones of every scheme, and key files.
#![no_main]

use libfuzzer_sys::fuzz_target;
use medshare_crypto::abe_file::FileCapsule;
use medshare_crypto::envelope::{Capsule, Envelope};
use medshare_crypto::key_aggregate::ClassCiphertext;
use medshare_crypto::keyfile::KeyFile;
use medshare_crypto::kp_abe::KpCiphertext;

fn header<C: Capsule>(bytes: &[u8]) {
    let mut rest = bytes;
    if let Ok(header) = Envelope::<C>::read(&mut rest) {
        let encoded = header.to_bytes();
        assert!(bytes.starts_with(&encoded));
        assert_eq!(rest.len(), bytes.len() - encoded.len());
    }
}

fuzz_target!(|bytes: &[u8]| {
    header::<FileCapsule>(bytes);
    header::<KpCiphertext>(bytes);
    header::<ClassCiphertext>(bytes);
    if let Ok(file) = std::str::from_utf8(bytes).map_err(drop).and_then(|text| KeyFile::parse(text).map_err(drop)) {
        assert!(!file.kind().contains('\n'));
    }
});
