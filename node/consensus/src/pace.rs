//! When the next height starts.
//!
//! With nothing to order, heights follow each other at the target time. The engine could wait for that itself, but nothing would
//! wake it; so it finishes every height at once, and its question for the next one is answered when the target time is over, when
//! [`Wake`] says that something waits to be ordered, or when another node's proposal for the next height arrives, whichever is
//! first. Votes and certificates are no part of this, so nodes may disagree on it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Tells consensus that something waits to be ordered; clones wake the same.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the next height start at once. Cheap, and harmless when it has started already.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Waits for [`wake`](Self::wake); one that came before counts.
    pub(super) async fn woken(&self) {
        self.0.notified().await;
    }
}

/// An answer that waits for its time.
pub(super) struct Pace<T> {
    target: Duration,
    height_began: Instant,
    waiting: Option<T>,
}

impl<T> Pace<T> {
    pub(super) fn new(target: Duration) -> Self {
        Self { target, height_began: Instant::now(), waiting: None }
    }

    /// A height begins now.
    pub(super) fn begin(&mut self) {
        self.height_began = Instant::now();
    }

    /// Keeps `answer` until it is due.
    pub(super) fn hold(&mut self, answer: T) {
        self.waiting = Some(answer);
    }

    /// Takes the answer that is held, if any.
    pub(super) fn release(&mut self) -> Option<T> {
        self.waiting.take()
    }

    /// Waits until the answer that is held is due; for ever when none is.
    pub(super) async fn due(&self) {
        match &self.waiting {
            Some(_) => tokio::time::sleep_until(self.height_began + self.target).await,
            None => std::future::pending().await,
        }
    }
}
