//! What a requestor signs when she asks for data, as far as the ledger looks at it.
//!
//! The parent block of the answer carries the statement's fields and her signature, and every validator checks it with her
//! registered key: so no owner's node, also not one that colludes with a second node, answers what she did not ask. The
//! form itself, with what is nobody's business but the owner's, stays off the ledger; the statement names its hash.

use crate::id::{Label, NetworkId, OwnerId, Timestamp};
use crate::purpose::Purpose;
use crate::rejection::Rejection;
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signable, Signature, VerifyingKey};

/// How long after it was signed a request may be answered by a parent block, in milliseconds of batch time.
pub const REQUEST_LIFETIME_MS: u64 = 60 * 60 * 1000;

/// A request for data, as it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RequestStatement {
    /// Network that it is meant for.
    pub network: NetworkId,
    /// OID of the data's owner.
    pub owner: OwnerId,
    /// The owner's data set.
    pub dataset: Label,
    /// Version of the data set's terms and rules that she saw.
    pub terms_version: u32,
    /// DRP.
    pub purpose: Purpose,
    /// Hash of the form.
    pub request: Hash32,
    /// When it was signed.
    pub at: Timestamp,
}

impl RequestStatement {
    /// Whether the request may still be answered at this time.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now <= self.at.plus_ms(REQUEST_LIFETIME_MS)
    }

    /// Checks the requestor's signature.
    ///
    /// # Errors
    /// [`Rejection::BadRequestorSignature`] when `key` did not sign this.
    pub fn signed_by(&self, key: &VerifyingKey, signature: &Signature) -> Result<(), Rejection> {
        key.verify(self, signature).map_err(|_| Rejection::BadRequestorSignature)
    }
}

impl Signable for RequestStatement {
    const DOMAIN: &'static str = "medshare/request-statement/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        crate::codec::encode(self)
    }
}
