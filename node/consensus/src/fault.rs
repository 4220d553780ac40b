//! What stops a node: a failed safety effect.
//!
//! A vote for something that was not stored can become two votes after a crash. So a log that cannot be written, a file that cannot
//! be synced or an engine that died does not return an error to be handled somewhere: it **halts** the node. Whoever finds the
//! failure raises it here and does not go on; the process waits on [`HaltWatch`] and exits with a failure code.

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
        tracing::error!(%reason, "halting");
        self.0.send_if_modified(|first| {
            let raised = first.is_none();
            first.get_or_insert(reason);
            raised
        });
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
