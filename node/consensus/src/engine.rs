//! Starts the engine, keeps it running, and stops it.

mod desk;
#[cfg(test)]
mod liar;
mod parts;
mod running;

use std::time::Duration;

use medshare_ledger::id::Height;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::abstention::{self, Files, Role};
use super::application::Application;
use super::config::EngineConfig;
use super::fault::{Fault, HaltReason};
use super::host::Ended;
use super::pace::Wake;
use super::watchdog::{self, Progress};
use medshare_node_net::address::{self, AddressError};
use medshare_node_store::fault::StoreFault;
use running::Running;

/// Without a decided height for twice as long as the watchdog waits, and while others are reached, the engine starts again. It tells what
/// it listens to only when a connection begins, so that a word lost then leaves two nodes deaf to each other for as long as it lasts.
const STALLS_BORNE: u32 = 2;

/// Each time in vain it waits twice as long, up to so many times twice.
const MOST_DOUBLINGS: u32 = 4;

/// How long the others have to notice that this node's connections ended.
const PAUSE_BEFORE_ANEW: Duration = Duration::from_secs(1);

/// The longest pause before it is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Why consensus does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The files of consensus.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A fault of the application.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The engine refused its configuration.
    #[error("the consensus engine does not start: {reason}")]
    Engine {
        /// What it said.
        reason: String,
    },
}

/// The running engine. Dropping it stops the engine too, but nobody waits for the end.
#[derive(Debug)]
pub struct EngineHandle {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    progress: watch::Receiver<Progress>,
    wake: Wake,
}

impl EngineHandle {
    /// How consensus gets on.
    #[must_use]
    pub fn progress(&self) -> Progress {
        *self.progress.borrow()
    }

    /// Changes whenever a round begins or a height is committed.
    #[must_use]
    pub fn watch_progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Lets the next height start at once, see [`Wake::wake`].
    pub fn wake(&self) {
        self.wake.wake();
    }

    /// Stops the engine; returns once its port is free and the application is dropped.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // An error says that the task has ended by itself.
            stop.send(()).ok();
        }
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the consensus task did not end well");
        }
    }
}

/// The engine's counters in the text form of Prometheus.
#[must_use]
pub fn metrics_text() -> String {
    let mut text = String::new();
    arc_malachitebft_app_channel::app::metrics::export(&mut text);
    text
}

/// Starts consensus for `app`. Needs tokio's multi-threaded runtime.
///
/// # Errors
/// When the address is taken, the files cannot be used, or the engine refuses.
pub async fn start<A: Application>(config: EngineConfig, app: A) -> Result<EngineHandle, StartError> {
    address::check("consensus", &config.listen)?;
    let files = Files::below(&config.home)?;
    // Whoever founds waits for the others first, and its engine with it.
    let running = match abstention::examine(&files, app.tip())? {
        Role::Founder => None,
        Role::Validator | Role::ObserverThrough(_) | Role::Observer => {
            Some(Running::start(&config, &files, app.tip()).await?)
        }
    };
    let abstains = running.as_ref().is_some_and(|running| running.role.abstains(app.tip()));
    let begun = Progress { abstains, ..Progress::at(app.tip()) };
    let (progress, receiver) = watch::channel(begun);
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(watchdog::watch(receiver.clone(), config.stalled_after));
    let wake = config.wake.clone();
    let task = tokio::spawn(supervise(config, files, app, running, progress, stopped));
    Ok(EngineHandle { stop: Some(stop), task, progress: receiver, wake })
}

/// Keeps the engine running until it is told to stop; starts it again when an abstention begins or is over.
async fn supervise<A: Application>(
    config: EngineConfig,
    files: Files,
    mut app: A,
    running: Option<Running>,
    progress: watch::Sender<Progress>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut running = match running {
        Some(running) => Ok(running),
        None => {
            let proven = tokio::select! {
                proven = config.neighbours.highest(others_needed(&app)) => proven,
                _ = &mut stopped => return,
            };
            found(&config, &files, app.tip(), proven).await
        }
    };
    let mut renewals = 0;
    loop {
        let mut engine = match running {
            Ok(engine) => engine,
            Err(error) => return config.halt.raise(Fault::new("starting consensus", error)),
        };
        let began = app.tip();
        let patience = STALLS_BORNE * config.stalled_after * (1 << renewals.min(MOST_DOUBLINGS));
        let ended = tokio::select! {
            ended = engine.serve(&config, &files, &mut app, patience, &progress) => Some(ended),
            _ = &mut stopped => None,
        };
        engine.stop().await;
        let tip = app.tip();
        renewals = if tip > began { 0 } else { renewals.saturating_add(1) };
        let stored = match ended {
            None => return,
            Some(Ok(Ended::MayVote)) => {
                tracing::info!(%tip, "this node votes again");
                Ok(())
            }
            Some(Ok(Ended::Proven(height))) => abstention::abstain_behind(&files, tip, height),
            Some(Ok(Ended::BatchLost(height))) => {
                tracing::error!(%height, "a batch that this node voted on is lost here; it is fetched from the others");
                abstention::abstain_through(&files, height)
            }
            Some(Ok(Ended::Stalled)) => {
                tracing::error!(%tip, "no height is decided although enough nodes are reached: this node connects to all of them anew");
                progress.send_modify(|progress| progress.renewals += 1);
                running = tokio::select! {
                    renewed = anew(&config, &files, tip) => renewed,
                    _ = &mut stopped => return,
                };
                continue;
            }
            Some(Ok(Ended::EngineGone)) => {
                let reason = "see the errors before this one".to_owned();
                return config.halt.raise(HaltReason::EngineEnded { reason });
            }
            Some(Err(fault)) => return config.halt.raise(fault),
        };
        running = match stored {
            Ok(()) => Running::start(&config, &files, tip).await,
            Err(error) => Err(error.into()),
        };
    }
}

/// Starts the engine again. What does not begin is tried again: where heights stand still, a node that ends makes nothing better.
async fn anew(config: &EngineConfig, files: &Files, tip: Height) -> Result<Running, StartError> {
    let mut pause = PAUSE_BEFORE_ANEW;
    loop {
        tokio::time::sleep(pause).await;
        match Running::start(config, files, tip).await {
            Err(StartError::Engine { reason }) => {
                tracing::error!(reason, "the consensus engine does not start again yet")
            }
            started => return started,
        }
        pause = (2 * pause).min(LONGEST_PAUSE);
    }
}

/// Begins a ledger when no other node proves that there is one, else joins it as an observer.
async fn found(config: &EngineConfig, files: &Files, tip: Height, proven: Height) -> Result<Running, StartError> {
    if proven > Height(0) {
        tracing::warn!(height = %proven, "the other nodes have a ledger already, which this one fetches first");
        abstention::abstain_behind(files, tip, proven)?;
    }
    Running::start(config, files, tip).await
}

/// How many other nodes make a quorum with this one.
fn others_needed<A: Application>(app: &A) -> usize {
    app.validators(app.tip().next()).quorum().saturating_sub(1)
}
