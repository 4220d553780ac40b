//! What became of requests.
//!
//! A delivery is kept as the ledger keeps its block. Refusals are nobody's but their requestor's: of each the last so many are kept, and none
//! longer than the ledger would take an answer to the request, or an hour.

use super::{Change, PrivateStore, StoreFault, of_hash};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_ledger::id::{RequestorId, Timestamp};

const REQUEST: u8 = b'q';
const UNFINISHED: u8 = b'u';
const REFUSED: u8 = b'f';
/// Refused requests by requestor and the time until which they are kept.
const REFUSALS: u8 = b'o';

/// How long a refusal is kept at least, in milliseconds.
pub const REFUSALS_KEPT_MS: u64 = 60 * 60 * 1_000;
/// Refusals of one requestor that are kept: more than she may make requests on a day.
pub const MAX_REFUSALS_OF_ONE: usize = 1_024;
/// Unfinished requests that are in memory at once, with their forms, while it is read who made them.
pub(super) const READ_AT_ONCE: usize = 64;

/// A request that was taken in and has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// When it was received.
    pub received: Timestamp,
    /// Who asks.
    pub requestor: RequestorId,
    /// The signed request's bytes.
    pub form: Vec<u8>,
}

impl PrivateStore {
    /// Keeps a request until its end is kept.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn put_unfinished(&self, request: &Hash32, unfinished: &Unfinished) -> Result<(), StoreFault> {
        let Unfinished { received, requestor, form } = unfinished;
        let value = [received.0.to_be_bytes().as_slice(), requestor.as_bytes(), form].concat();
        self.write(vec![Change::put(of_hash(UNFINISHED, request), value)])
    }

    /// A request that was taken in and has not ended.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn unfinished_request(&self, request: &Hash32) -> Result<Option<Unfinished>, StoreFault> {
        Ok(self.store.get(&of_hash(UNFINISHED, request))?.map(|value| unfinished(&value)))
    }

    /// The requests that have not ended, with who made each. However many there are, few forms are in memory at once.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn unfinished_requests(&self) -> Result<Vec<(Hash32, RequestorId)>, StoreFault> {
        let (mut requests, mut after) = (Vec::new(), None::<Vec<u8>>);
        loop {
            let some = self.store.scan_after(&[UNFINISHED], after.as_deref(), READ_AT_ONCE)?;
            after = some.last().and_then(|(key, _)| Some(key.get(1..)?.to_vec()));
            if after.is_none() {
                return Ok(requests);
            }
            requests.extend(some.into_iter().filter_map(|(key, value)| {
                let request = key.get(1..).and_then(|hash| hash.try_into().ok()).map(Hash32::from_bytes)?;
                Some((request, unfinished(&value).requestor))
            }));
        }
    }

    /// Keeps how a request that was delivered ended, or that it was not decided, which is no end.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn put_request(&self, request: &Hash32, status: &RequestStatus) -> Result<(), StoreFault> {
        let mut changes = vec![Change::put(of_hash(REQUEST, request), self.bytes_of(status)?)];
        if status.state != RequestState::Undecided {
            changes.push(Change::delete(of_hash(UNFINISHED, request)));
        }
        self.write(changes)
    }

    /// Keeps that a request of this requestor was refused, until its deadline at least: the ledger has it, and whoever has its form could
    /// send it again. Forgets her refusals that are old, or too many, which are those that are soonest.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn put_refusal(
        &self,
        request: &Hash32,
        status: &RequestStatus,
        requestor: RequestorId,
        (now, deadline): (Timestamp, Timestamp),
    ) -> Result<(), StoreFault> {
        let kept_until = deadline.max(now.plus_ms(REFUSALS_KEPT_MS));
        let hers = [&[REFUSALS], requestor.as_bytes().as_slice()].concat();
        let mut changes = vec![
            Change::put(of_hash(REFUSED, request), self.bytes_of(status)?),
            Change::put([hers.as_slice(), &kept_until.0.to_be_bytes(), request.as_bytes()].concat(), []),
            Change::delete(of_hash(REQUEST, request)),
            Change::delete(of_hash(UNFINISHED, request)),
        ];
        let kept = self.store.scan(&hers)?;
        let too_many = (kept.len() + 1).saturating_sub(MAX_REFUSALS_OF_ONE);
        for (index, (key, _)) in kept.into_iter().enumerate() {
            let (until, refused) = key.get(hers.len()..).and_then(<[u8]>::split_first_chunk::<8>).unzip();
            let (until, refused) = (until.map_or(0, |until| u64::from_be_bytes(*until)), refused.unwrap_or_default());
            let is_old = until < now.0;
            let is_the_same = refused == request.as_bytes();
            if !is_the_same && (is_old || index < too_many) {
                changes.push(Change::delete([&[REFUSED], refused].concat()));
                changes.push(Change::delete(key));
            } else if is_the_same && until != kept_until.0 {
                // It was refused before, and sent again: it is kept as long as the last refusal.
                changes.push(Change::delete(key));
            }
        }
        self.write(changes)
    }

    /// How a request ended, or that it was not decided.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn request(&self, request: &Hash32) -> Result<Option<RequestStatus>, StoreFault> {
        let bytes = match self.store.get(&of_hash(REQUEST, request))? {
            Some(bytes) => Some(bytes),
            None => self.store.get(&of_hash(REFUSED, request))?,
        };
        bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(|error| self.damaged(&error.to_string()))).transpose()
    }

    fn bytes_of(&self, status: &RequestStatus) -> Result<Vec<u8>, StoreFault> {
        serde_json::to_vec(status).map_err(|error| self.damaged(&error.to_string()))
    }
}

fn unfinished(value: &[u8]) -> Unfinished {
    let (received, rest) = value.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    let (requestor, form) = rest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    Unfinished {
        received: Timestamp(u64::from_be_bytes(*received)),
        requestor: RequestorId::from_bytes(*requestor),
        form: form.to_vec(),
    }
}
