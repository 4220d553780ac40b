//! What a requestor signs when she asks for data: an entry of its own, before anybody works on it.
//!
//! The form itself, with what is nobody's business but the owner's, stays off the ledger; the entry names its hash. Freshness is
//! measured here and nowhere else: the entry is decided once, within the window of its date, and answered once, before its
//! deadline. So nobody answers what she did not ask, however long people take to decide about it.

mod quota;

pub use quota::Quota;

use crate::id::{DAY_MS, Label, NetworkId, OwnerId, RequestorId, Timestamp};
use crate::purpose::Purpose;
use crate::rejection::Rejection;
use crate::state::RequestRecord;
use bincode::{Decode, Encode};
use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_crypto::sign::{Signable, VerifyingKey};

/// Longest time for an answer, in milliseconds: committees take weeks.
pub const MAX_REQUEST_LIFETIME_MS: u64 = 30 * DAY_MS;
/// Requests that one requestor may make on a day of batch time: nobody makes the bundle about her unreadable.
pub const MAX_REQUESTS_A_DAY: u32 = 1_000;
/// Requests that all requestors of one organisation may make on a day: it registers as many keys as it likes, and fills no ledger by that.
pub const MAX_REQUESTS_OF_ORGANISATION_A_DAY: u32 = 20_000;

/// A request for data, as it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Request {
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
    /// DRP.
    pub purpose: Purpose,
    /// Hash of the form.
    pub form: Hash32,
    /// When it was signed.
    pub at: Timestamp,
    /// Until when it may be answered.
    pub deadline: Timestamp,
}

impl Request {
    /// Name of the request: what its requestor signed, whatever the signature. Nobody else can take it.
    #[must_use]
    pub fn name(&self) -> Hash32 {
        tagged_hash("medshare/request-name/v1", &[&crate::codec::encode(self)])
    }

    /// RID of who asks.
    #[must_use]
    pub fn requestor(&self) -> RequestorId {
        RequestorId::of_key(&self.key)
    }

    /// Whether its deadline lies after its date, by at most [`MAX_REQUEST_LIFETIME_MS`].
    ///
    /// # Errors
    /// [`Rejection`] of one that does not.
    pub fn check_deadline(&self) -> Result<(), Rejection> {
        Rejection::TimesOutOfOrder.unless(self.at < self.deadline)?;
        Rejection::DeadlineTooLate.unless(self.deadline <= self.at.plus_ms(MAX_REQUEST_LIFETIME_MS))
    }

    /// What stands in the state once it was made.
    #[must_use]
    pub fn record(&self) -> RequestRecord {
        RequestRecord {
            requestor: self.requestor(),
            owner: self.owner,
            dataset: self.dataset.clone(),
            terms_version: self.terms_version,
            purpose: self.purpose.clone(),
            deadline: self.deadline,
            answer: None,
        }
    }
}

impl Signable for Request {
    const DOMAIN: &'static str = "medshare/entry/request/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        crate::codec::encode(self)
    }
}
