//! What the beginning of a package says of its length: whoever fetches one takes no more of it than that.

use super::head::check_manifest;
use super::{MAGIC, PackageError, TAIL_BYTES, check_magic};
use crate::manifest::{MAX_MANIFEST_BYTES, Manifest};
use medshare_ledger::codec;

/// Bytes before the manifest: magic and its length.
const FRONT_BYTES: usize = MAGIC.len() + 4;

/// Length in bytes of the whole package that begins so; none while that is too little to tell.
///
/// # Errors
/// [`PackageError`] when no package begins so.
pub fn announced_length(beginning: &[u8]) -> Result<Option<u64>, PackageError> {
    let Some((magic, behind)) = beginning.split_first_chunk() else { return Ok(None) };
    check_magic(magic)?;
    let Some((length, behind)) = behind.split_first_chunk() else { return Ok(None) };
    let length = u32::from_be_bytes(*length) as usize;
    if length > MAX_MANIFEST_BYTES {
        return Err(PackageError::InvalidManifest { reason: "it is too long" });
    }
    let Some(manifest) = behind.get(..length) else { return Ok(None) };
    let manifest: Manifest = codec::decode(manifest).map_err(PackageError::Manifest)?;
    check_manifest(&manifest)?;
    let front = FRONT_BYTES.saturating_add(length).saturating_add(TAIL_BYTES) as u64;
    Ok(Some(front.saturating_add(manifest.payload_length)))
}
