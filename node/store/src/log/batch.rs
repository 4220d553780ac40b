//! A decided batch and the record that holds it.

use bytes::Bytes;
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::codec;

use super::LogError;
use crate::record;

/// A batch that was decided, with the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedBatch {
    /// Canonical bytes of the batch.
    pub bytes: Bytes,
    /// The quorum's precommits for its hash; also tells the height.
    pub certificate: CommitCertificate,
}

impl DecidedBatch {
    pub(super) fn to_record(&self) -> Result<Vec<u8>, LogError> {
        let certificate = codec::encode(&self.certificate);
        let bytes = 12 + certificate.len() + self.bytes.len();
        let too_long = || LogError::TooLong { bytes };
        let length = u32::try_from(certificate.len()).map_err(|_| too_long())?;
        let mut payload = Vec::with_capacity(bytes);
        payload.extend_from_slice(&self.certificate.height.0.to_be_bytes());
        payload.extend_from_slice(&length.to_be_bytes());
        payload.extend_from_slice(&certificate);
        payload.extend_from_slice(&self.bytes);
        record::frame(&payload).ok_or_else(too_long)
    }

    /// The batch in a record's payload, or how the payload is unsound.
    pub(super) fn from_payload(payload: Vec<u8>) -> Result<Self, String> {
        let short = || "the payload is too short".to_owned();
        let (height, rest) = payload.split_first_chunk::<8>().ok_or_else(short)?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(short)?;
        let length = u32::from_be_bytes(*length) as usize;
        let certificate = rest.get(..length).ok_or_else(short)?;
        let certificate: CommitCertificate =
            codec::decode(certificate).map_err(|error| format!("the certificate has {error}"))?;
        if certificate.height.0 != u64::from_be_bytes(*height) {
            return Err("the certificate is of another height".to_owned());
        }
        let bytes = Bytes::from(payload).slice(12 + length..);
        Ok(Self { bytes, certificate })
    }
}
