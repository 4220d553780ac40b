//! How far each request is: in memory from when it was taken in until it has ended, in the private store once that has ended. What has not
//! ended is stored as it was received. Both are written to disk: whoever begins or ends one does it off the threads that the network is
//! served with.
//!
//! What has not ended has its requestor's place, whether or not it is worked on: while the network does not decide, nothing is recorded, and
//! no quota counts what she sends. Of all places one requestor has few, and one organisation a part, however many keys it registers; the
//! fewer are left, the smaller that part, so that however many organisations ask, there is a place for one more.

mod place;
mod taking_in;
mod work;

pub use taking_in::{MAX_REQUESTS_OF_ONE, MAX_REQUESTS_OF_ORGANISATION, MAX_REQUESTS_UNDER_WAY, Taken};
pub use work::Work;

use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{ApiError, RequestState, RequestStatus, StageState};
use medshare_exchange::request::SignedRequest;
use medshare_ledger::event::Stage;
use medshare_ledger::id::{BlockId, Height, PackageId, RequestorId, Timestamp};
use medshare_node_chain::Chain;
use medshare_node_chain::clock::now;
use medshare_node_refusal::{Code, Refusal};
use medshare_node_store::fault::StoreFault;
use medshare_node_store::private::{PrivateStore, Unfinished};
use place::Place;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio::time::Instant;

/// Who asked for what was stored without a requestor that could be read.
const NOBODY: RequestorId = RequestorId::from_bytes([0; 16]);

/// The requests that this node processes or processed.
pub struct Progress {
    private: Arc<PrivateStore>,
    chain: Arc<Chain>,
    /// All that the private store keeps as unfinished.
    places: Mutex<HashMap<Hash32, Place>>,
    /// Held while one is taken in: disks are read meanwhile, and the places are free for everybody else.
    admitting: Mutex<()>,
    /// Whether it was said that a requestor's record cannot be read: once is enough.
    is_fault_told: AtomicBool,
}

impl Progress {
    /// Progress over this store, with what had not ended when the node fell.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(private: Arc<PrivateStore>, chain: Arc<Chain>) -> Result<Self, StoreFault> {
        let height = chain.tip().height;
        let unfinished = private.unfinished_requests()?.into_iter();
        let places = unfinished.map(|(request, requestor)| (request, Place::new(requestor, height))).collect();
        let (admitting, is_fault_told) = (Mutex::default(), AtomicBool::new(false));
        Ok(Self { private, chain, places: Mutex::new(places), admitting, is_fault_told })
    }

    /// The requests that were taken in, have not ended and are not worked on: this node fell, or the network did not decide.
    #[must_use]
    pub fn left_over(&self) -> Vec<Hash32> {
        self.waiting(|_| true)
    }

    /// Those of them whose pause is over.
    #[must_use]
    pub fn due(&self) -> Vec<Hash32> {
        let now = Instant::now();
        self.waiting(|place| !place.is_paused(now))
    }

    fn waiting(&self, counts: impl Fn(&Place) -> bool) -> Vec<Hash32> {
        let places = self.places();
        let waiting = places.iter().filter(|(_, place)| place.status.is_none() && counts(place));
        waiting.map(|(request, _)| *request).collect()
    }

    /// Where the ledger was when the work on a request ended that is left over.
    #[must_use]
    pub fn set_aside_at(&self, request: &Hash32) -> Option<Height> {
        let places = self.places();
        places.get(request).filter(|place| place.status.is_none()).map(|place| place.set_aside_at)
    }

    /// Leaves a request alone for a while that could not be taken up.
    pub fn put_off(&self, request: &Hash32) {
        let now = Instant::now();
        if let Some(place) =
            self.places().get_mut(request).filter(|place| place.status.is_none() && !place.is_paused(now))
        {
            place.pause(now);
        }
    }

    /// A request that has not ended, as it was taken in.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn unfinished(&self, request: &Hash32) -> Result<Option<Unfinished>, StoreFault> {
        self.private.unfinished_request(request)
    }

    /// Notes a stage that was passed.
    pub fn stage(&self, request: &Hash32, stage: Stage, after_ms: u64) {
        if let Some(status) = self.places().get(request).and_then(|known| known.status.as_ref()) {
            let passed = StageState { stage: stage.code().to_owned(), after_ms };
            status.send_modify(|status| status.stages.push(passed));
        }
    }

    /// Ends with a delivered package.
    ///
    /// # Errors
    /// When the result cannot be stored.
    pub fn deliver(
        &self,
        request: &Hash32,
        block: BlockId,
        height: Height,
        package: PackageId,
    ) -> Result<(), StoreFault> {
        let mut status = self.last(request);
        status.state = RequestState::Delivered;
        status.block = Some(block.to_string());
        status.height = Some(height.0);
        status.package = Some(package.to_string());
        self.end_delivered(request, status)
    }

    /// Ends with a delivery that the ledger knows of.
    ///
    /// # Errors
    /// When the result cannot be stored.
    pub fn end_delivered(&self, request: &Hash32, status: RequestStatus) -> Result<(), StoreFault> {
        let stored = self.private.put_request(request, &status);
        self.end(request, status, stored)
    }

    /// Ends with a refusal, or without a decision of the network. A refusal for what passes is an end of this attempt: nobody repeats it by
    /// himself, and whoever sends the request again has it taken in again.
    ///
    /// # Errors
    /// When the result cannot be stored.
    pub fn refuse(&self, request: &Hash32, refusal: &Refusal) -> Result<(), StoreFault> {
        let mut status = self.last(request);
        if matches!(refusal.code, Code::Undecided | Code::Stopping) {
            // of this node or the network, not of the request: it is taken up again
            status.state = RequestState::Undecided;
            status.error = Some(ApiError::new(refusal.code.word(), refusal.message.clone()));
            let stored = self.private.put_request(request, &status);
            self.set_aside(request, Some(status));
            return stored;
        }
        status.state = RequestState::Refused;
        status.error = Some(ended_by(refusal));
        let stored = self.put_refusal(request, &status);
        self.end(request, status, stored)
    }

    fn put_refusal(&self, request: &Hash32, status: &RequestStatus) -> Result<(), StoreFault> {
        let unfinished = self.private.unfinished_request(request)?;
        let requestor = unfinished.as_ref().map_or(NOBODY, |unfinished| unfinished.requestor);
        let form = unfinished.and_then(|unfinished| SignedRequest::decode(&unfinished.form).ok());
        let deadline = form.map_or(Timestamp(0), |signed| signed.request.deadline);
        self.private.put_refusal(request, status, requestor, (now(), deadline))
    }

    /// How far it is.
    fn last(&self, request: &Hash32) -> RequestStatus {
        self.watch(request).map_or_else(|| processing(request), |status| status.borrow().clone())
    }

    /// Ends the work on it. Where its end could not be stored, it has not ended: it keeps its place, and is taken up again.
    fn end(&self, request: &Hash32, status: RequestStatus, stored: Result<(), StoreFault>) -> Result<(), StoreFault> {
        if stored.is_err() {
            self.set_aside(request, None);
            return stored;
        }
        let ended = self.places().remove(request);
        if let Some(watched) = ended.and_then(|ended| ended.status) {
            watched.send_replace(status);
        }
        Ok(())
    }

    /// Gives the place of a request back that is left over, though the store keeps it as unfinished no more: the disk took how it ended
    /// after all. Should the node fall before it did, the request is taken up again.
    pub fn end_as_stored(&self, request: &Hash32) {
        let mut places = self.places();
        if places.get(request).is_some_and(|place| place.status.is_none()) {
            places.remove(request);
        }
    }

    /// Ends the work on it and keeps its place; whoever waits for it is told how far it is, or asks again.
    fn set_aside(&self, request: &Hash32, status: Option<RequestStatus>) {
        let tip = self.chain.tip().height;
        let watched = self.places().get_mut(request).and_then(|place| {
            let watched = place.status.take()?;
            place.set_aside_at = tip;
            Some(watched)
        });
        if let Some((watched, status)) = watched.zip(status) {
            watched.send_replace(status);
        }
    }

    /// Status of a request, if this node knows it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn status(&self, request: &Hash32) -> Result<Option<RequestStatus>, StoreFault> {
        if let Some(status) = self.watch(request) {
            return Ok(Some(status.borrow().clone()));
        }
        let noted = self.private.request(request)?;
        // taken in, and this node fell: it is going to be worked on, whatever was said of an attempt before
        let is_waiting = self.places().contains_key(request);
        let is_undecided = noted.as_ref().is_some_and(|status| status.state == RequestState::Undecided);
        Ok(if is_waiting && !is_undecided { Some(processing(request)) } else { noted })
    }

    /// Notified of every change while a request is worked on.
    #[must_use]
    pub fn watch(&self, request: &Hash32) -> Option<watch::Receiver<RequestStatus>> {
        self.places().get(request)?.status.as_ref().map(watch::Sender::subscribe)
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Hash32, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A refusal in the words of whoever asks what became of a request.
fn ended_by(refusal: &Refusal) -> ApiError {
    let (word, message) = (refusal.code.word(), &refusal.message);
    if refusal.code.class().is_final() {
        return ApiError::new(word, message);
    }
    let again = "the same signed request may be sent again, with `medshare request send FILE` where it is in a file, or the data be requested again";
    ApiError::new(word, format!("{message}; {again}"))
}

fn processing(request: &Hash32) -> RequestStatus {
    RequestStatus {
        request: request.to_string(),
        state: RequestState::Processing,
        stages: Vec::new(),
        error: None,
        block: None,
        height: None,
        package: None,
    }
}

#[cfg(test)]
mod tests;
