//! How far each request is: in memory while it is processed, in the private store once that has ended. What has not ended is stored as
//! it was received. Both are written to disk: whoever begins or ends one does it off the threads that the network is served with.

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
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Requests that may be under way at once.
pub const MAX_REQUESTS_UNDER_WAY: usize = 1_000;
/// Of these, one requestor's.
pub const MAX_REQUESTS_OF_ONE: usize = 8;

/// Who asked for what was stored without a requestor that could be read.
const NOBODY: RequestorId = RequestorId::from_bytes([0; 16]);

/// The requests that this node processes or processed.
pub struct Progress {
    private: Arc<PrivateStore>,
    under_way: Mutex<HashMap<Hash32, UnderWay>>,
}

struct UnderWay {
    requestor: RequestorId,
    status: watch::Sender<RequestStatus>,
}

/// Whether a request can be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is new.
    New,
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
    /// Progress over this store.
    #[must_use]
    pub fn new(private: Arc<PrivateStore>) -> Self {
        Self { private, under_way: Mutex::default() }
    }

    /// Takes a request in, once; again where the network did not decide about it in time. The ledger takes one of its blocks. It is
    /// stored until it has ended, so that it is taken up again should this node fall.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn begin(&self, request: Hash32, unfinished: &Unfinished) -> Result<Taken, StoreFault> {
        let taken = self.admit(request, unfinished.requestor)?;
        if taken == Taken::New
            && let Err(fault) = self.private.put_unfinished(&request, unfinished)
        {
            self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&request);
            return Err(fault);
        }
        Ok(taken)
    }

    fn admit(&self, request: Hash32, requestor: RequestorId) -> Result<Taken, StoreFault> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.contains_key(&request) {
            return Ok(Taken::UnderWay);
        }
        if self.private.request(&request)?.is_some_and(|status| status.state != RequestState::Undecided) {
            return Ok(Taken::Before);
        }
        if under_way.len() >= MAX_REQUESTS_UNDER_WAY {
            return Ok(Taken::TooMany);
        }
        if under_way.values().filter(|other| other.requestor == requestor).count() >= MAX_REQUESTS_OF_ONE {
            return Ok(Taken::TooManyOfHers);
        }
        under_way.insert(request, UnderWay { requestor, status: watch::Sender::new(processing(&request)) });
        Ok(Taken::New)
    }

    /// The requests that were taken in, have not ended and are not worked on: this node fell, or the network did not decide.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn left_over(&self) -> Result<Vec<(Hash32, Unfinished)>, StoreFault> {
        let mut unfinished = self.private.unfinished()?;
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        unfinished.retain(|(request, _)| !under_way.contains_key(request));
        Ok(unfinished)
    }

    /// Notes a stage that was passed.
    pub fn stage(&self, request: &Hash32, stage: Stage, after_ms: u64) {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(UnderWay { status, .. }) = under_way.get(request) {
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
        self.private.put_request(request, &status)?;
        self.end(request, status);
        Ok(())
    }

    /// Ends with a refusal, or without a decision of the network.
    ///
    /// # Errors
    /// When the result cannot be stored.
    pub fn refuse(&self, request: &Hash32, refusal: &Refusal) -> Result<(), StoreFault> {
        let mut status = self.last(request);
        status.error = Some(ApiError::new(refusal.code.word(), refusal.message.clone()));
        if matches!(refusal.code, Code::Undecided | Code::Stopping) {
            // of this node or the network, not of the request: it is taken up again
            status.state = RequestState::Undecided;
            self.private.put_request(request, &status)?;
        } else {
            status.state = RequestState::Refused;
            let unfinished = self.private.unfinished_request(request)?;
            let requestor = unfinished.as_ref().map_or(NOBODY, |unfinished| unfinished.requestor);
            let form = unfinished.and_then(|unfinished| SignedRequest::decode(&unfinished.form).ok());
            let deadline = form.map_or(Timestamp(0), |signed| signed.request.deadline);
            self.private.put_refusal(request, &status, requestor, (now(), deadline))?;
        }
        self.end(request, status);
        Ok(())
    }

    /// How far it is.
    fn last(&self, request: &Hash32) -> RequestStatus {
        self.watch(request).map_or_else(|| processing(request), |status| status.borrow().clone())
    }

    fn end(&self, request: &Hash32, status: RequestStatus) {
        let ended = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(request);
        if let Some(ended) = ended {
            ended.status.send_replace(status);
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
        // taken in, and this node fell: it is going to be worked on
        let is_waiting = noted.is_none() && self.private.unfinished_request(request)?.is_some();
        Ok(if is_waiting { Some(processing(request)) } else { noted })
    }

    /// Notified of every change while a request is under way.
    #[must_use]
    pub fn watch(&self, request: &Hash32) -> Option<watch::Receiver<RequestStatus>> {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.get(request).map(|known| known.status.subscribe())
    }
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
