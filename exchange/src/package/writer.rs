//! Writing a package: its payload as it is encrypted, its block and the node's seal once the block is decided.

use std::io::{Seek, SeekFrom, Write};

use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_crypto::stream::{DataKey, StreamError, seal_stream};
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, PackageId};
use rand_core::{CryptoRng, RngCore};
use sha2::{Digest, Sha256};

use super::{MAGIC, Package, PackageSeal, TAIL_BYTES};
use crate::manifest::{Manifest, package_id};

/// A package whose file lacks nothing but its parent block and seal.
#[derive(Clone, Debug)]
pub struct UnsealedPackage {
    /// The manifest.
    pub manifest: Manifest,
    /// Package id.
    pub id: PackageId,
    payload_digest: Hash32,
    tail_start: u64,
}

/// Bytes of the parent block's id, in front of the payload's digest.
const BLOCK_BYTES: u64 = 32;

/// Writes a package's manifest and encrypted payload, in memory that does not grow with it, so that the file names its package; block and
/// seal follow in [`UnsealedPackage::seal`].
///
/// # Errors
/// When writing fails, or the manifest is longer than 4 GiB.
pub fn write_package(
    manifest: Manifest,
    key: &DataKey,
    mut plaintext: &[u8],
    out: &mut (impl Write + Seek),
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<UnsealedPackage, StreamError> {
    let bytes = codec::encode(&manifest);
    let length = u32::try_from(bytes.len()).map_err(|_| std::io::Error::other("manifest too long"))?;
    out.write_all(&MAGIC)?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(&bytes)?;
    out.write_all(&[0; TAIL_BYTES])?;
    let mut payload = Hashing { out: &mut *out, hasher: Sha256::new() };
    let hash = manifest.hash();
    seal_stream(key, hash, &mut plaintext, &mut payload, rng)?;
    let payload_digest = Hash32::from_bytes(payload.hasher.finalize().into());
    let tail_start = (MAGIC.len() + 4 + bytes.len()) as u64;
    out.seek(SeekFrom::Start(tail_start + BLOCK_BYTES))?;
    out.write_all(payload_digest.as_bytes())?;
    Ok(UnsealedPackage { id: package_id(&hash, &payload_digest), manifest, payload_digest, tail_start })
}

impl UnsealedPackage {
    /// Puts a parent block and the node's seal into the package's file, in place of any that it had.
    ///
    /// # Errors
    /// When writing fails.
    pub fn seal(&self, block: BlockId, key: &SigningKey, file: &mut (impl Write + Seek)) -> std::io::Result<()> {
        let signature = key.sign(&PackageSeal { package: self.id, block });
        let parts: [&[u8]; 3] = [block.as_bytes(), self.payload_digest.as_bytes(), &signature.to_bytes()];
        file.seek(SeekFrom::Start(self.tail_start))?;
        file.write_all(&parts.concat())
    }
}

impl Package {
    /// The same without the block and seal that its file has, if any.
    #[must_use]
    pub fn unsealed(self) -> UnsealedPackage {
        let (id, tail_start) = (self.id(), self.payload_start - TAIL_BYTES as u64);
        UnsealedPackage { id, manifest: self.manifest, payload_digest: self.payload_digest, tail_start }
    }
}

struct Hashing<'a, W> {
    out: &'a mut W,
    hasher: Sha256,
}

impl<W: Write> Write for Hashing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
