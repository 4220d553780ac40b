//! The fixed part of a file: which one it is, and whose.

use std::io::Read;

use rand_core::{CryptoRng, RngCore};

use super::error::{EnvelopeError, at_end, foreign};
use super::{Capsule, MAGIC_LEN};
use crate::encoding::DecodeError;
use crate::hash::{Hash32, tagged_hash};
use crate::sign::VerifyingKey;

/// Format of a file without an owner.
const PLAIN: u8 = 1;
/// Format of a file that names its owner.
const OWNED: u8 = 2;

/// What never changes in the life of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) record: Hash32,
    pub(crate) owner: Option<VerifyingKey>,
}

impl Identity {
    pub(crate) fn generate(owner: Option<VerifyingKey>, rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut record = [0; 32];
        rng.fill_bytes(&mut record);
        Self { record: Hash32::from_bytes(record), owner }
    }

    /// The fixed part of a file.
    pub(super) fn to_bytes<C: Capsule>(self) -> Vec<u8> {
        let mut bytes = C::MAGIC.to_vec();
        bytes.push(if self.owner.is_some() { OWNED } else { PLAIN });
        bytes.extend_from_slice(self.record.as_bytes());
        bytes.extend(self.owner.iter().flat_map(VerifyingKey::as_bytes));
        bytes
    }

    pub(super) fn read<C: Capsule>(reader: &mut impl Read) -> Result<Self, EnvelopeError> {
        let mut magic = [0; MAGIC_LEN];
        reader.read_exact(&mut magic).map_err(|error| at_end(error, foreign::<C>(&[0; MAGIC_LEN])))?;
        if magic != *C::MAGIC {
            return Err(foreign::<C>(&magic));
        }
        let [format] = read_array(reader)?;
        let newest = if C::MAY_BE_OWNED { OWNED } else { PLAIN };
        if format < PLAIN || format > newest {
            return Err(EnvelopeError::UnknownVersion { found: format, newest });
        }
        let record = Hash32::from_bytes(read_array(reader)?);
        let owner = if format == OWNED {
            let key = VerifyingKey::from_bytes(read_array(reader)?);
            Some(key.map_err(|_| DecodeError::InvalidElement { what: "owner" })?)
        } else {
            None
        };
        Ok(Self { record, owner })
    }

    /// What the payload is bound to.
    pub(super) fn hash<C: Capsule>(&self) -> Hash32 {
        let record = self.record.as_bytes();
        match &self.owner {
            None => tagged_hash("medshare/abe-file/v1", &[C::MAGIC, &[PLAIN], record]),
            Some(owner) => tagged_hash("medshare/abe-file/v1", &[C::MAGIC, &[OWNED], record, owner.as_bytes()]),
        }
    }
}

pub(super) fn read_array<const N: usize>(reader: &mut impl Read) -> Result<[u8; N], EnvelopeError> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(|error| at_end(error, EnvelopeError::CutOff))?;
    Ok(bytes)
}
