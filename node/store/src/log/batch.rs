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
        let bytes = HEAD_BYTES + certificate.len() + self.bytes.len();
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
        let (head, rest) = payload.split_first_chunk::<HEAD_BYTES>().ok_or_else(short)?;
        let length = certificate_bytes(head);
        let certificate = certificate_in(head, rest.get(..length).ok_or_else(short)?)?;
        let bytes = Bytes::from(payload).slice(HEAD_BYTES + length..);
        Ok(Self { bytes, certificate })
    }
}

/// Bytes of a payload before its certificate.
pub(super) const HEAD_BYTES: usize = 12;

/// The length of the certificate behind this head.
pub(super) fn certificate_bytes(head: &[u8; HEAD_BYTES]) -> usize {
    let [.., a, b, c, d] = *head;
    u32::from_be_bytes([a, b, c, d]) as usize
}

/// The certificate in the bytes behind this head, or how it is unsound.
pub(super) fn certificate_in(head: &[u8; HEAD_BYTES], bytes: &[u8]) -> Result<CommitCertificate, String> {
    let certificate: CommitCertificate =
        codec::decode(bytes).map_err(|error| format!("the certificate has {error}"))?;
    match head.first_chunk().map(|height| u64::from_be_bytes(*height)) == Some(certificate.height.0) {
        true => Ok(certificate),
        false => Err("the certificate is of another height".to_owned()),
    }
}
