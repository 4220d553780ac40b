//! How far each request is: in memory from when it was taken in until it has ended, in the private store once that has ended. What has not
//! ended is stored as it was received. Both are written to disk: whoever begins or ends one does it off the threads that the network is
//! served with.
//!
//! What has not ended has its requestor's place, whether or not it is worked on: while the network does not decide, nothing is recorded, and
//! no quota counts what she sends.

use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{ApiError, RequestState, RequestStatus, StageState};
use medshare_exchange::request::SignedRequest;
use medshare_ledger::event::Stage;
use medshare_ledger::id::{BlockId, Height, PackageId, RequestorId, Timestamp};
use medshare_node_chain::clock::now;
use medshare_node_refusal::{Code, Refusal};
use medshare_node_store::fault::StoreFault;
use medshare_node_store::private::{PrivateStore, Unfinished};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Requests that may be taken in and not ended at once.
pub const MAX_REQUESTS_UNDER_WAY: usize = 1_000;
/// Of these, one requestor's.
pub const MAX_REQUESTS_OF_ONE: usize = 8;

/// Who asked for what was stored without a requestor that could be read.
const NOBODY: RequestorId = RequestorId::from_bytes([0; 16]);

/// The requests that this node processes or processed.
pub struct Progress {
    private: Arc<PrivateStore>,
    /// All that the private store keeps as unfinished.
    under_way: Mutex<HashMap<Hash32, UnderWay>>,
}

struct UnderWay {
    requestor: RequestorId,
    /// While it is worked on.
    status: Option<watch::Sender<RequestStatus>>,
}

/// Whether a request can be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is new, or was refused for what passes.
    New,
    /// It was taken in before, has not ended, and nobody worked on it.
    Again,
    /// It is being processed.
    UnderWay,
    /// It has ended: delivered or refused.
    Before,
    /// Too many are under way.
    TooMany,
    /// As many of this requestor's are under way as may be.
    TooManyOfHers,
}

impl Progress {
    /// Progress over this store, with what had not ended when the node fell.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(private: Arc<PrivateStore>) -> Result<Self, StoreFault> {
        let left_over = private.unfinished_requests()?.into_iter();
        let under_way = left_over.map(|(request, requestor)| (request, UnderWay { requestor, status: None })).collect();
        Ok(Self { private, under_way: Mutex::new(under_way) })
    }

    /// Takes a request in, once; again where the network did not decide about it in time, or where it was refused for what passes. The
    /// ledger takes one of its blocks. It is stored until it has ended, so that it is taken up again should this node fall.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn begin(&self, request: Hash32, unfinished: &Unfinished) -> Result<Taken, StoreFault> {
        let taken = self.admit(request, unfinished.requestor)?;
        if taken == Taken::New
            && let Err(fault) = self.private.put_unfinished(&request, unfinished)
        {
            self.under_way().remove(&request);
            return Err(fault);
        }
        Ok(taken)
    }

    fn admit(&self, request: Hash32, requestor: RequestorId) -> Result<Taken, StoreFault> {
        let mut under_way = self.under_way();
        let known = under_way.get(&request);
        if known.is_some_and(|known| known.status.is_some()) {
            return Ok(Taken::UnderWay);
        }
        // One that was taken in before has its place; a version of before may have taken in more than are worked on.
        let taken = if known.is_some() { Taken::Again } else { Taken::New };
        if taken == Taken::New && self.private.request(&request)?.is_some_and(|status| has_ended(&status)) {
            return Ok(Taken::Before);
        }
        let counts = |other: &&UnderWay| taken == Taken::New || other.status.is_some();
        if under_way.values().filter(counts).count() >= MAX_REQUESTS_UNDER_WAY {
            return Ok(Taken::TooMany);
        }
        if under_way.values().filter(counts).filter(|other| other.requestor == requestor).count() >= MAX_REQUESTS_OF_ONE
        {
            return Ok(Taken::TooManyOfHers);
        }
        let status = Some(watch::Sender::new(processing(&request)));
        under_way.insert(request, UnderWay { requestor, status });
        Ok(taken)
    }

    /// The requests that were taken in, have not ended and are not worked on: this node fell, or the network did not decide.
    #[must_use]
    pub fn left_over(&self) -> Vec<Hash32> {
        let under_way = self.under_way();
        under_way.iter().filter(|(_, known)| known.status.is_none()).map(|(request, _)| *request).collect()
    }

    /// Whether a request was taken in, has not ended and is not worked on.
    #[must_use]
    pub fn is_left_over(&self, request: &Hash32) -> bool {
        self.under_way().get(request).is_some_and(|known| known.status.is_none())
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
        if let Some(status) = self.under_way().get(request).and_then(|known| known.status.as_ref()) {
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
        self.private.put_request(request, &status)?;
        self.end(request, status);
        Ok(())
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
            self.private.put_request(request, &status)?;
            self.set_aside(request, status);
            return Ok(());
        }
        status.state = RequestState::Refused;
        status.error = Some(ended_by(refusal));
        let unfinished = self.private.unfinished_request(request)?;
        let requestor = unfinished.as_ref().map_or(NOBODY, |unfinished| unfinished.requestor);
        let form = unfinished.and_then(|unfinished| SignedRequest::decode(&unfinished.form).ok());
        let deadline = form.map_or(Timestamp(0), |signed| signed.request.deadline);
        self.private.put_refusal(request, &status, requestor, (now(), deadline))?;
        self.end(request, status);
        Ok(())
    }

    /// How far it is.
    fn last(&self, request: &Hash32) -> RequestStatus {
        self.watch(request).map_or_else(|| processing(request), |status| status.borrow().clone())
    }

    fn end(&self, request: &Hash32, status: RequestStatus) {
        let ended = self.under_way().remove(request);
        if let Some(watched) = ended.and_then(|ended| ended.status) {
            watched.send_replace(status);
        }
    }

    /// Ends the work on it and keeps its place.
    fn set_aside(&self, request: &Hash32, status: RequestStatus) {
        let watched = self.under_way().get_mut(request).and_then(|known| known.status.take());
        if let Some(watched) = watched {
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
        let is_waiting = self.under_way().contains_key(request);
        let is_undecided = noted.as_ref().is_some_and(|status| status.state == RequestState::Undecided);
        Ok(if is_waiting && !is_undecided { Some(processing(request)) } else { noted })
    }

    /// Notified of every change while a request is worked on.
    #[must_use]
    pub fn watch(&self, request: &Hash32) -> Option<watch::Receiver<RequestStatus>> {
        self.under_way().get(request)?.status.as_ref().map(watch::Sender::subscribe)
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Hash32, UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nothing that passes ended a request, so that it is not taken in again.
fn has_ended(status: &RequestStatus) -> bool {
    match status.state {
        RequestState::Processing | RequestState::Undecided => false,
        RequestState::Delivered => true,
        RequestState::Refused => status.error.as_ref().is_none_or(|error| Code::is_final_word(&error.code)),
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
