//! What stops a node: a failed safety effect.
//!
//! A vote for something that was not stored can become two votes after a crash. So a log that cannot be written, a file that cannot
//! be synced or an engine that died does not return an error to be handled somewhere: it **halts** the node. Whoever finds the
//! failure raises it here and does not go on; the process waits on [`HaltWatch`] and exits with a failure code.

use medshare_crypto::hash::Hash32;
use medshare_ledger::id::{Height, NodeId};
use tokio::sync::watch;

/// A failure of this node's disk, memory or keys; never the fault of what a peer sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{effect} failed: {reason}")]
pub struct Fault {
    /// What was attempted, as in "writing the batch log".
    pub effect: &'static str,
    /// What the system said.
    pub reason: String,
}

impl Fault {
    /// A fault of `effect` because of `reason`.
    pub fn new(effect: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { effect, reason: reason.to_string() }
    }
}

/// Why the node has to stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HaltReason {
    /// A safety effect failed.
    #[error("the node stops before it votes on what it could not store: {0}")]
    Effect(#[from] Fault),
    /// Another node proves another ledger.
    #[error(
        "the ledger of node {node} is another one: at height {height} a quorum decided {theirs} there, and {ours} in this node's log; more than a third of the validators signed both, as they do when a network is founded again under its old keys. Stop all nodes, and keep every log/: somebody must decide which one goes on, and the nodes of the other need its log"
    )]
    OtherLedger {
        /// The node.
        node: NodeId,
        /// A height that both have.
        height: Height,
        /// Hash of the batch in this node's log.
        ours: Hash32,
        /// Hash of the batch that it proves.
        theirs: Hash32,
    },
    /// The consensus engine ended by itself.
    #[error("the consensus engine ended unexpectedly: {reason}")]
    EngineEnded {
        /// What is known of it.
        reason: String,
    },
}

/// Raises a halt; clones raise the same one.
#[derive(Debug, Clone)]
pub struct Halt(watch::Sender<Option<HaltReason>>);

/// Waits for a halt.
#[derive(Debug, Clone)]
pub struct HaltWatch(watch::Receiver<Option<HaltReason>>);

impl Halt {
    /// A pair of ends; the process keeps the watch and exits when it fires.
    #[must_use]
    pub fn channel() -> (Self, HaltWatch) {
        let (sender, receiver) = watch::channel(None);
        (Self(sender), HaltWatch(receiver))
    }

    /// Stops the node for `reason`. The first reason counts.
    pub fn raise(&self, reason: impl Into<HaltReason>) {
        let reason = reason.into();
        // First the signal: what is logged may go to the disk that failed.
        self.0.send_if_modified(|first| {
            let raised = first.is_none();
            first.get_or_insert_with(|| reason.clone());
            raised
        });
        tracing::error!(%reason, "halting");
    }

    /// Stops the node for `reason` and never returns: what was to follow must not happen.
    pub async fn raise_and_park<T>(&self, reason: impl Into<HaltReason>) -> T {
        self.raise(reason);
        std::future::pending().await
    }

    /// Whether a halt was raised.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.borrow().is_some()
    }
}

impl HaltWatch {
    /// The reason, once there is one. Waits for ever when the node runs well or every [`Halt`] is gone.
    pub async fn raised(&mut self) -> HaltReason {
        let found = self.0.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        match found {
            Some(reason) => reason,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    /// A log on a full disk, whose writer panics.
    struct FullDisk;

    impl Subscriber for FullDisk {
        fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _span: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _span: &Id, _values: &Record<'_>) {}

        fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

        #[expect(clippy::panic, reason = "tests")]
        fn event(&self, _event: &Event<'_>) {
            panic!("failed printing to stderr");
        }

        fn enter(&self, _span: &Id) {}

        fn exit(&self, _span: &Id) {}
    }

    #[tokio::test]
    async fn a_halt_is_raised_before_it_is_logged() {
        let (halt, mut watch) = Halt::channel();
        let raising = || halt.raise(Fault::new("writing the batch log", "disk full"));
        let logged = catch_unwind(AssertUnwindSafe(|| tracing::subscriber::with_default(FullDisk, raising)));
        assert!(logged.is_err(), "the log failed");
        assert!(halt.is_raised());
        assert!(watch.raised().await.to_string().contains("disk full"));
    }

    #[tokio::test]
    async fn the_first_reason_counts() {
        let (halt, mut watch) = Halt::channel();
        halt.raise(Fault::new("writing the batch log", "disk full"));
        halt.raise(HaltReason::EngineEnded { reason: "of it".to_owned() });
        assert!(watch.raised().await.to_string().contains("disk full"));
    }
}
