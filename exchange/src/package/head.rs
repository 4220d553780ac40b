//! Reading the head of a package: all that stands in front of its payload.

use super::{MAGIC, Package, PackageError, TAIL_BYTES, check_magic};
use crate::manifest::{MAX_FILES, MAX_MANIFEST_BYTES, Manifest};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::Signature;
use medshare_ledger::codec;
use medshare_ledger::id::BlockId;
use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};

impl Package {
    /// Reads the head of a package alone, however much of its payload is behind it.
    ///
    /// # Errors
    /// [`PackageError`] when the head is not whole or not well-formed.
    pub fn read_head(file: &mut (impl Read + Seek)) -> Result<Self, PackageError> {
        let total = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(0))?;
        check_magic(&read_array(file, total)?)?;
        let length = u32::from_be_bytes(read_array(file, total)?) as usize;
        if length > MAX_MANIFEST_BYTES {
            return Err(PackageError::InvalidManifest { reason: "it is too long" });
        }
        let mut bytes = vec![0; length];
        read_exact(file, &mut bytes, total)?;
        let manifest: Manifest = codec::decode(&bytes).map_err(PackageError::Manifest)?;
        check_manifest(&manifest)?;
        let block = BlockId::from_bytes(read_array(file, total)?);
        let payload_digest = Hash32::from_bytes(read_array(file, total)?);
        let seal = Signature::from_bytes(read_array(file, total)?);
        let payload_start = (MAGIC.len() + 4 + length + TAIL_BYTES) as u64;
        Ok(Self { manifest, block, payload_digest, seal, payload_start })
    }
}

pub(super) fn check_manifest(manifest: &Manifest) -> Result<(), PackageError> {
    let invalid = |reason| Err(PackageError::InvalidManifest { reason });
    if manifest.files.len() > MAX_FILES {
        return invalid("it names too many files");
    }
    let mut offset = 0u64;
    let mut names = BTreeSet::new();
    for file in &manifest.files {
        if !names.insert(&file.name) {
            return invalid("two of its files have the same name");
        }
        if file.offset != offset {
            return invalid("its files do not follow each other");
        }
        if !file.has_plain_name() {
            return invalid("a file name is not plain");
        }
        offset = match offset.checked_add(file.length) {
            Some(next) => next,
            None => return invalid("its files are too long"),
        };
    }
    if medshare_crypto::stream::sealed_len(offset) != manifest.payload_length {
        return invalid("its payload length does not fit its files");
    }
    if manifest.usage_parameters().is_none() {
        return invalid("a code in it is unknown");
    }
    Ok(())
}

fn read_exact(file: &mut (impl Read + Seek), bytes: &mut [u8], total: u64) -> Result<(), PackageError> {
    let position = file.stream_position()?;
    let missing = (position + bytes.len() as u64).saturating_sub(total);
    if missing > 0 {
        return Err(PackageError::Truncated { missing });
    }
    Ok(file.read_exact(bytes)?)
}

fn read_array<const N: usize>(file: &mut (impl Read + Seek), total: u64) -> Result<[u8; N], PackageError> {
    let mut bytes = [0; N];
    read_exact(file, &mut bytes, total)?;
    Ok(bytes)
}
