//! The header in front of the payload.

use std::io::{ErrorKind, Read};

use super::AbeFileError;
use crate::abe::Ciphertext;
use crate::derive::KeyCommitment;
use crate::encoding::Decoder;
use crate::hash::{Hash32, tagged_hash};
use crate::policy::Policy;

const MAGIC: &[u8; 12] = b"medshare-abe";
const VERSION: u8 = 1;

/// Longest header behind the fixed part; the largest policy needs some 230 KB.
pub const MAX_HEADER_LEN: u32 = 512 * 1024;

/// What a file says about itself.
#[derive(Debug, Clone)]
pub struct FileHeader {
    pub(super) record: Hash32,
    pub(super) epoch: u64,
    pub(super) commitment: KeyCommitment,
    /// Data key and tag.
    pub(super) wrapped: [u8; 48],
    pub(super) ciphertext: Ciphertext,
}

impl FileHeader {
    /// Reads the header and leaves `reader` at the payload.
    ///
    /// # Errors
    /// When this is not such a file, or its header is damaged.
    pub fn read(reader: &mut impl Read) -> Result<Self, AbeFileError> {
        let magic: [u8; MAGIC.len()] = read_array(reader)?;
        if magic != *MAGIC {
            return Err(AbeFileError::NotAnAbeFile);
        }
        let [found] = read_array(reader)?;
        if found != VERSION {
            return Err(AbeFileError::UnknownVersion { found });
        }
        let record = Hash32::from_bytes(read_array(reader)?);
        let len = u32::from_be_bytes(read_array(reader)?);
        if len > MAX_HEADER_LEN {
            return Err(AbeFileError::HeaderTooLong);
        }
        let mut bytes = vec![0; len as usize];
        reader.read_exact(&mut bytes).map_err(short_is_foreign)?;
        Self::decode(record, &bytes)
    }

    fn decode(record: Hash32, bytes: &[u8]) -> Result<Self, AbeFileError> {
        let mut decoder = Decoder::new(bytes);
        let epoch = u64::from_be_bytes(decoder.array("epoch")?);
        let commitment = KeyCommitment::from_bytes(decoder.array("commitment")?);
        let wrapped = decoder.array("wrapped key")?;
        let ciphertext = Ciphertext::from_bytes(decoder.rest())?;
        Ok(Self { record, epoch, commitment, wrapped, ciphertext })
    }

    /// The bytes in front of the payload.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let ciphertext = self.ciphertext.to_bytes();
        let len = 8 + KeyCommitment::LEN + self.wrapped.len() + ciphertext.len();
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend_from_slice(self.record.as_bytes());
        bytes.extend_from_slice(&(len as u32).to_be_bytes());
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes.extend_from_slice(&self.commitment.to_bytes());
        bytes.extend_from_slice(&self.wrapped);
        bytes.extend_from_slice(&ciphertext);
        bytes
    }

    /// Hash of the part that never changes: the payload's additional data.
    pub(super) fn fixed_hash(&self) -> Hash32 {
        let parts = [MAGIC.as_slice(), &[VERSION], self.record.as_bytes()];
        tagged_hash("medshare/abe-file/v1", &parts)
    }

    /// Who may open the file.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        self.ciphertext.policy()
    }

    /// The file's random identity.
    #[must_use]
    pub fn record(&self) -> Hash32 {
        self.record
    }

    /// How often the file was rekeyed.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The encrypted σ.
    #[must_use]
    pub fn ciphertext(&self) -> &Ciphertext {
        &self.ciphertext
    }
}

fn read_array<const N: usize>(reader: &mut impl Read) -> Result<[u8; N], AbeFileError> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(short_is_foreign)?;
    Ok(bytes)
}

/// A file that ends inside the header is no such file; other failures are the disk's.
fn short_is_foreign(error: std::io::Error) -> AbeFileError {
    if error.kind() == ErrorKind::UnexpectedEof { AbeFileError::NotAnAbeFile } else { AbeFileError::Io(error) }
}
