//! Giving decided batches to nodes that catch up.
//!
//! Whoever asks chooses the heights, and a batch may have megabytes: they are read beside the loop that votes wait for, one answer
//! after the other. When too many wait, the next is answered with nothing, and asks again or somebody else.

use arc_malachitebft_app_channel::app::types::sync::RawDecidedValue;
use ractor::RpcReplyPort;
use tokio::sync::mpsc;

use super::application::{DecidedBatch, Reading};
use super::certificate;
use super::context::Context;

/// Answers that may wait: two for each of most members.
const WAITING: usize = 64;

type Given = Vec<RawDecidedValue<Context>>;

/// The way to whoever reads; dropping it ends that one, after what waits.
pub(super) struct Giving(mpsc::Sender<Answer>);

struct Answer {
    reading: Reading,
    reply: RpcReplyPort<Given>,
}

impl Giving {
    pub(super) fn start() -> Self {
        let (sender, mut waiting) = mpsc::channel::<Answer>(WAITING);
        tokio::spawn(async move {
            while let Some(answer) = waiting.recv().await {
                if let Err(error) = tokio::task::spawn_blocking(move || answer.give()).await {
                    tracing::error!(%error, "reading decided batches for a node that catches up did not end well");
                }
            }
        });
        Self(sender)
    }

    pub(super) fn give(&self, reading: Reading, reply: RpcReplyPort<Given>) {
        if let Err(refused) = self.0.try_send(Answer { reading, reply }) {
            send(refused.into_inner().reply, Vec::new());
        }
    }
}

impl Answer {
    fn give(self) {
        let batches = (self.reading)().unwrap_or_else(|fault| {
            tracing::error!(%fault, "decided batches cannot be given to a node that catches up");
            Vec::new()
        });
        let raw = |batch: DecidedBatch| RawDecidedValue::new(batch.bytes, certificate::to_engine(batch.certificate));
        send(self.reply, batches.into_iter().map(raw).collect());
    }
}

fn send(reply: RpcReplyPort<Given>, given: Given) {
    if reply.send(given).is_err() {
        tracing::debug!("the engine did not wait for decided batches");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::sync::mpsc as blocking;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn decided_batches_are_read_one_answer_at_a_time_and_of_too_many_none() {
        let giving = Giving::start();
        let (go_on, wait) = blocking::channel::<()>();
        let (reply, first) = oneshot::channel();
        giving.give(Box::new(move || wait.recv().map(|()| Vec::new()).or(Ok(Vec::new()))), reply.into());
        tokio::task::yield_now().await;
        let give = || {
            let (reply, answer) = oneshot::channel();
            giving.give(Box::new(|| Ok(Vec::new())), reply.into());
            answer
        };
        let mut waiting: Vec<_> = (0..WAITING).map(|_| give()).collect();
        assert!(waiting.iter_mut().all(|answer| answer.try_recv().is_err()), "the first one is still read");
        assert_eq!(give().await.unwrap().len(), 0, "one too many is told so at once");
        go_on.send(()).unwrap();
        first.await.unwrap();
        for answer in waiting {
            answer.await.unwrap();
        }
    }
}
