//! The package file: manifest, seal of the node, encrypted payload.
//!
//! Byte map: magic 8, of which the last byte is the format ‖ u32 manifest length ‖ manifest ‖ parent block id 32 ‖ payload digest 32 ‖ seal signature 64 ‖ payload.
//! The package id commits to manifest and payload and stands in the parent block; the seal ties the file to that block.
//! The payload is AES-256-GCM STREAM in 64 KiB segments whose associated data is the manifest's hash, so any file inside
//! can be read without decrypting the others.

mod beginning;
mod head;
mod writer;

use crate::manifest::{FileEntry, Manifest, package_id, requestor_context};
use bincode::{Decode, Encode};
use medshare_crypto::derive::{KeyCommitment, derive_committed_data_key};
use medshare_crypto::hash::Hash32;
use medshare_crypto::seal::{SealingSecretKey, decapsulate};
use medshare_crypto::secret::AttributeSecret;
use medshare_crypto::sign::{Signable, Signature, VerifyingKey};
use medshare_crypto::stream::{DataKey, SEGMENT_LEN, StreamError, StreamOpener};
use medshare_ledger::codec::{self, CodecError};
use medshare_ledger::id::{BlockId, NetworkId, PackageId};
use std::io::{Read, Seek, SeekFrom};
use zeroize::Zeroizing;

pub use beginning::announced_length;
pub use writer::{UnsealedPackage, write_package};

/// How packages are written and read; format 1 had key blocks to X25519 keys.
const FORMAT: u8 = 2;
const MAGIC: [u8; 8] = [b'M', b'E', b'D', b'S', b'H', b'A', b'R', FORMAT];
const TAIL_BYTES: usize = 32 + 32 + 64;

/// What the processing node signs on delivery.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PackageSeal {
    /// Package.
    pub package: PackageId,
    /// Its parent block.
    pub block: BlockId,
}

impl Signable for PackageSeal {
    const DOMAIN: &'static str = "medshare/package-seal/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }
}

/// Why a package cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// Not a package at all.
    #[error("not a package: the file does not start as a package does")]
    NotAPackage,
    /// A package, of a network under another protocol: its keys and key blocks are others.
    #[error(
        "the package is of format {found}, and this program reads format {}: the program of the network that it was made in opens it",
        FORMAT
    )]
    OtherFormat {
        /// The package's format.
        found: u8,
    },
    /// Shorter than it says.
    #[error("the package is truncated: {missing} bytes are missing")]
    Truncated {
        /// Bytes missing.
        missing: u64,
    },
    /// Longer than it says.
    #[error("{count} bytes follow the package's end")]
    TrailingBytes {
        /// Bytes too many.
        count: u64,
    },
    /// The manifest is damaged.
    #[error("the package's manifest is damaged")]
    Manifest(#[source] CodecError),
    /// The manifest contradicts itself.
    #[error("the package's manifest is not valid: {reason}")]
    InvalidManifest {
        /// What contradicts.
        reason: &'static str,
    },
    /// Made in another network.
    #[error("the package belongs to network {found}, not to {expected}")]
    OtherNetwork {
        /// The package's network.
        found: NetworkId,
        /// The reader's network.
        expected: NetworkId,
    },
    /// The seal is not the node's, or the file was changed after sealing.
    #[error("the package was changed after its node sealed it")]
    BadSeal,
    /// The payload is not the one committed to.
    #[error("the package's payload was changed: its digest does not match")]
    PayloadChanged,
    /// The secrets do not give the package's key.
    #[error("the package cannot be opened with these secrets")]
    WrongKey,
    /// No such file inside.
    #[error("the package holds no such file; `package list` names those it holds")]
    NoSuchFile,
    /// A payload segment does not decrypt.
    #[error("the package's payload is damaged")]
    Payload(#[source] StreamError),
    /// Reading failed.
    #[error("the package cannot be read")]
    Io(#[from] std::io::Error),
}

/// A package's head as read from its file, checked for shape only.
#[derive(Clone, Debug)]
pub struct Package {
    /// The manifest.
    pub manifest: Manifest,
    /// Parent block.
    pub block: BlockId,
    /// SHA-256 of the sealed payload.
    pub payload_digest: Hash32,
    seal: Signature,
    payload_start: u64,
}

impl Package {
    /// Reads the head of a package and checks its shape against the file's length.
    ///
    /// # Errors
    /// [`PackageError`] when the file is not a whole, well-formed package.
    pub fn read(file: &mut (impl Read + Seek)) -> Result<Self, PackageError> {
        let package = Self::read_head(file)?;
        let total = file.seek(SeekFrom::End(0))?;
        let end = package.payload_start.saturating_add(package.manifest.payload_length);
        match total.checked_sub(end) {
            None => Err(PackageError::Truncated { missing: end - total }),
            Some(0) => Ok(package),
            Some(count) => Err(PackageError::TrailingBytes { count }),
        }
    }

    /// Bytes of the head: the payload begins behind them.
    #[must_use]
    pub const fn head_bytes(&self) -> u64 {
        self.payload_start
    }

    /// Package id.
    #[must_use]
    pub fn id(&self) -> PackageId {
        package_id(&self.manifest.hash(), &self.payload_digest)
    }

    /// Whether this node sealed it for this block; of a seal that was written in part, it did not.
    #[must_use]
    pub fn is_sealed(&self, block: BlockId, node_key: &VerifyingKey) -> bool {
        let seal = PackageSeal { package: self.id(), block };
        self.block == block && node_key.verify(&seal, &self.seal).is_ok()
    }

    /// Checks that the package is of `network`, sealed by `node_key`, and that its payload is the one sealed.
    ///
    /// # Errors
    /// [`PackageError`] says what does not fit.
    pub fn verify(
        &self,
        network: NetworkId,
        node_key: &VerifyingKey,
        file: &mut (impl Read + Seek),
    ) -> Result<(), PackageError> {
        let found = self.manifest.network;
        if found != network {
            return Err(PackageError::OtherNetwork { found, expected: network });
        }
        if !self.is_sealed(self.block, node_key) {
            return Err(PackageError::BadSeal);
        }
        file.seek(SeekFrom::Start(self.payload_start))?;
        if digest(file)? != self.payload_digest {
            return Err(PackageError::PayloadChanged);
        }
        Ok(())
    }

    /// The data key, from the attribute secret and the requestor's sealing key.
    ///
    /// # Errors
    /// [`PackageError::WrongKey`] when either is not this package's.
    pub fn data_key(
        &self,
        attribute_secret: &AttributeSecret,
        requestor: &SealingSecretKey,
    ) -> Result<DataKey, PackageError> {
        let manifest = &self.manifest;
        let hpke = decapsulate(requestor, &requestor_context(&manifest.request), &manifest.requestor_block)
            .map_err(|_| PackageError::WrongKey)?;
        let commitment = KeyCommitment::from_bytes(manifest.key_commitment);
        derive_committed_data_key(attribute_secret, Some(&hpke), &manifest.key_context(), &commitment)
            .map_err(|_| PackageError::WrongKey)
    }

    /// Decrypts one file of the payload, reading only the segments that hold it.
    ///
    /// # Errors
    /// [`PackageError`] when there is no such file or a segment is damaged.
    pub fn read_file(
        &self,
        name: &str,
        key: &DataKey,
        file: &mut (impl Read + Seek),
    ) -> Result<Zeroizing<Vec<u8>>, PackageError> {
        let entry = self.manifest.file(name).ok_or(PackageError::NoSuchFile)?;
        let prefix = {
            file.seek(SeekFrom::Start(self.payload_start))?;
            let mut prefix = [0; medshare_crypto::stream::PREFIX_LEN];
            file.read_exact(&mut prefix)?;
            prefix
        };
        let opener = StreamOpener::new(key, self.manifest.hash(), prefix, self.manifest.payload_length)
            .map_err(PackageError::Payload)?;
        self.read_range(entry, &opener, file)
    }

    fn read_range(
        &self,
        entry: &FileEntry,
        opener: &StreamOpener,
        file: &mut (impl Read + Seek),
    ) -> Result<Zeroizing<Vec<u8>>, PackageError> {
        let segment_len = SEGMENT_LEN as u64;
        let end = entry.offset.saturating_add(entry.length);
        let mut plaintext = Zeroizing::new(Vec::new());
        let mut segment = entry.offset / segment_len;
        while segment * segment_len < end {
            let range = opener.segment_range(segment).map_err(PackageError::Payload)?;
            let mut bytes = Zeroizing::new(vec![0; usize::try_from(range.end - range.start).unwrap_or_default()]);
            file.seek(SeekFrom::Start(self.payload_start + range.start))?;
            file.read_exact(&mut bytes)?;
            let opened = opener.open_segment(segment, &mut bytes).map_err(PackageError::Payload)?;
            let base = segment * segment_len;
            let from = usize::try_from(entry.offset.saturating_sub(base)).unwrap_or(usize::MAX);
            let to = usize::try_from(end - base).unwrap_or(usize::MAX).min(opened.len());
            plaintext.extend_from_slice(opened.get(from..to).unwrap_or_default());
            segment += 1;
        }
        Ok(plaintext)
    }
}

/// Checks how a package begins.
fn check_magic(magic: &[u8; 8]) -> Result<(), PackageError> {
    let ([expected @ .., _], [name @ .., found]) = (MAGIC, *magic);
    match (name == expected, found) {
        (true, FORMAT) => Ok(()),
        (true, found) => Err(PackageError::OtherFormat { found }),
        (false, _) => Err(PackageError::NotAPackage),
    }
}

fn digest(reader: &mut impl Read) -> std::io::Result<Hash32> {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    std::io::copy(reader, &mut hasher)?;
    Ok(Hash32::from_bytes(hasher.finalize().into()))
}

#[cfg(test)]
mod tests;
