//! The signed data request (MeDShare: the requestor signs with her private key, the system verifies and forms it).
//!
//! What she signs is an [entry](Request) of the ledger, which names the hash of the form that is sent here. The form's record type and
//! nonce stay off the ledger, so that nobody has these bytes but whom she sent them to.

use bincode::{Decode, Encode};
use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_crypto::sign::{Signature, SignatureError, SigningKey, VerifyingKey};
use medshare_ledger::codec::{self, CodecError};
use medshare_ledger::entry::Entry;
use medshare_ledger::facts::RecordType;
use medshare_ledger::id::{Label, NetworkId, OwnerId, RequestorId, Timestamp};
use medshare_ledger::purpose::Purpose;
use medshare_ledger::request::Request;

/// Longest signed request in bytes.
pub const MAX_REQUEST_BYTES: usize = 4096;

/// What a requestor asks for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DataRequest {
    /// Network that it is meant for.
    pub network: NetworkId,
    /// The requestor's key, from which her RID follows.
    pub key: VerifyingKey,
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
    /// Until when it may be answered.
    pub deadline: Timestamp,
    /// Makes two requests for the same data differ.
    pub nonce: [u8; 16],
}

impl DataRequest {
    /// RID of who asks.
    #[must_use]
    pub fn requestor(&self) -> RequestorId {
        RequestorId::of_key(&self.key)
    }

    /// Name of the request on the ledger, of its unsigned content: a second signature makes no second request.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        self.made().name()
    }

    /// What its requestor signs and the ledger takes.
    #[must_use]
    pub fn made(&self) -> Request {
        Request {
            network: self.network,
            key: self.key,
            owner: self.owner,
            dataset: self.dataset.clone(),
            terms_version: self.terms_version,
            purpose: self.purpose.clone(),
            form: tagged_hash("medshare/request-form/v1", &[&codec::encode(self)]),
            at: self.created,
            deadline: self.deadline,
        }
    }
}

/// A request with its requestor's signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedRequest {
    /// The request.
    pub request: DataRequest,
    /// Signature of the requestor's key over what the ledger takes.
    pub signature: Signature,
}

impl SignedRequest {
    /// Signs a request.
    #[must_use]
    pub fn sign(request: DataRequest, key: &SigningKey) -> Self {
        let signature = key.sign(&request.made());
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

    /// The entry of the ledger that makes this request.
    #[must_use]
    pub fn entry(&self) -> Entry {
        Entry::Request(self.request.made(), self.signature)
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`SignatureError`] when the request's key did not sign it.
    pub fn verify(&self) -> Result<(), SignatureError> {
        self.request.key.verify(&self.request.made(), &self.signature)
    }

    /// Name of the request.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        self.request.hash()
    }
}

#[cfg(test)]
mod tests;
