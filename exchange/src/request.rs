//! The signed data request (MeDShare: the requestor signs with her private key, the system verifies and forms it).

use bincode::{Decode, Encode};
use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_crypto::sign::{Signature, SignatureError, SigningKey, VerifyingKey};
use medshare_ledger::codec::{self, CodecError};
use medshare_ledger::facts::RecordType;
use medshare_ledger::id::{Label, NetworkId, OwnerId, RequestorId, Timestamp};
use medshare_ledger::purpose::Purpose;
use medshare_ledger::request::RequestStatement;

/// Longest signed request in bytes.
pub const MAX_REQUEST_BYTES: usize = 4096;

/// What a requestor asks for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DataRequest {
    /// Network that it is meant for.
    pub network: NetworkId,
    /// RID.
    pub requestor: RequestorId,
    /// OID of the data's owner.
    pub owner: OwnerId,
    /// The owner's data set.
    pub dataset: Label,
    /// Version of the data set's terms and rules that she saw.
    pub terms_version: u32,
    /// Form of records asked for.
    pub record_type: RecordType,
    /// DRP.
    pub purpose: Purpose,
    /// When it was signed.
    pub created: Timestamp,
    /// Makes two requests for the same data differ.
    pub nonce: [u8; 16],
}

impl DataRequest {
    /// Name of the request: hash of its unsigned content, so that a second signature makes no second request.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        tagged_hash("medshare/request-hash/v1", &[&codec::encode(self)])
    }

    /// What its requestor signs; the ledger shows it with the answer.
    #[must_use]
    pub fn statement(&self) -> RequestStatement {
        RequestStatement {
            network: self.network,
            owner: self.owner,
            dataset: self.dataset.clone(),
            terms_version: self.terms_version,
            purpose: self.purpose.clone(),
            request: self.hash(),
            at: self.created,
        }
    }
}

/// A request with its requestor's signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedRequest {
    /// The request.
    pub request: DataRequest,
    /// Signature of the requestor's key over the request's statement.
    pub signature: Signature,
}

impl SignedRequest {
    /// Signs a request.
    #[must_use]
    pub fn sign(request: DataRequest, key: &SigningKey) -> Self {
        let signature = key.sign(&request.statement());
        Self { request, signature }
    }

    /// Reads a request that came from outside.
    ///
    /// # Errors
    /// [`CodecError`] when the bytes are too long or not a canonical request.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(CodecError::TooLong { actual: bytes.len(), max: MAX_REQUEST_BYTES });
        }
        codec::decode(bytes)
    }

    /// Canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`SignatureError`] when `key` did not sign this request.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), SignatureError> {
        key.verify(&self.request.statement(), &self.signature)
    }

    /// Name of the request.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        self.request.hash()
    }
}

#[cfg(test)]
mod tests;
