//! The work on a request, which has an end however it ends.

use super::Progress;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::RequestStatus;
use tokio::sync::watch;

/// The work on a request. When this is dropped and the request has not ended, as after a panic, it is left over.
pub struct Work<'a> {
    progress: &'a Progress,
    request: Hash32,
    /// What tells this work from a later one on the same request.
    watched: Option<watch::Receiver<RequestStatus>>,
}

impl Progress {
    /// The work on a request that was begun.
    #[must_use]
    pub fn work(&self, request: Hash32) -> Work<'_> {
        Work { progress: self, request, watched: self.watch(&request) }
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        let now_watched = self.progress.watch(&self.request);
        if let Some((own, now)) = self.watched.as_ref().zip(now_watched)
            && own.same_channel(&now)
        {
            tracing::error!("the work on a request ended without its end; it is taken up again");
            self.progress.set_aside(&self.request, None);
        }
    }
}
