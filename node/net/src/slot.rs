//! A question and its stream live equally long: as long as somebody waits for the answer.
//!
//! Streams of questions that were given up would otherwise stay until the longest answer is due, beside those that took their place.

use std::io;

use futures::future::{Either, select};
use tokio::sync::watch;

/// What a question of this node takes of what may be under way: held by whoever counts it.
#[derive(Debug)]
pub(super) struct Slot(#[expect(dead_code, reason = "it tells of its end by being dropped")] watch::Sender<()>);

/// Tells when a slot is given back.
#[derive(Clone, Debug)]
pub(super) struct SlotEnd(watch::Receiver<()>);

impl Slot {
    pub(super) fn new() -> (Self, SlotEnd) {
        let (held, end) = watch::channel(());
        (Self(held), SlotEnd(end))
    }
}

impl SlotEnd {
    /// Does work until the slot is given back.
    pub(super) async fn until<T>(&mut self, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        let (work, end) = (std::pin::pin!(work), std::pin::pin!(self.0.changed()));
        match select(work, end).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => Err(io::Error::other("nobody waits for the answer any more")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[tokio::test]
    async fn what_a_stream_waits_for_ends_with_its_slot_and_not_before() {
        let (slot, mut end) = Slot::new();
        assert_eq!(end.until(std::future::ready(Ok(7))).await.unwrap(), 7);
        let mut copy = end.clone();
        let mut waiting = Box::pin(copy.until(std::future::pending::<io::Result<()>>()));
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(slot);
        assert!(waiting.await.is_err());
        assert!(end.until(std::future::pending::<io::Result<()>>()).await.is_err());
    }
}
