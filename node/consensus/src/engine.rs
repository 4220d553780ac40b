//! Starts the engine, keeps it running, and stops it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_malachitebft_app_channel::app::config::NodeConfig as _;
use arc_malachitebft_app_channel::app::engine::network::NetworkRef;
use arc_malachitebft_app_channel::app::metrics::SharedRegistry;
use arc_malachitebft_app_channel::app::types::codec::Codec as _;
use arc_malachitebft_app_channel::spawn::spawn_network_actor;
use arc_malachitebft_app_channel::{
    Channels, ConsensusContext, EngineBuilder, NetworkIdentity, RequestContext, SyncContext,
};
use arc_malachitebft_signing::Signer as _;
use medshare_ledger::id::Height;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::abstention::{self, Files, Role};
use super::application::Application;
use super::codec::WireCodec;
use super::config::EngineConfig;
use super::context::{Address, Context};
use super::fault::{Fault, HaltReason};
use super::host::{Ended, Host, Setup};
use super::pace::Wake;
use super::proposals::Outbound;
use super::signing::{StrictVerifier, ValidatorSigner};
use super::undecided::Undecided;
use super::wal::{self, VoteLog};
use super::watchdog::{self, Progress};
use medshare_node_net::address::{self, AddressError};
use medshare_node_store::fault::StoreFault;

/// How long the engine's parts may take to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Without a decided height for twice as long as the watchdog waits, and while others are reached, the engine starts again. It tells what
/// it listens to only when a connection begins, so that a word lost then leaves two nodes deaf to each other for as long as it lasts.
const STALLS_BORNE: u32 = 2;

/// Each time in vain it waits twice as long, up to so many times twice.
const MOST_DOUBLINGS: u32 = 4;

/// How long the others have to notice that this node's connections ended.
const PAUSE_BEFORE_ANEW: Duration = Duration::from_secs(1);

/// Requests for the engine's state that may wait.
const REQUESTS: usize = 16;

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
                tokio::select! {
                    () = tokio::time::sleep(PAUSE_BEFORE_ANEW) => Ok(()),
                    _ = &mut stopped => return,
                }
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

/// One run of the engine, as validator or observer.
struct Running {
    channels: Channels<Context>,
    engine: arc_malachitebft_app_channel::EngineHandle,
    network: NetworkRef<Context>,
    /// Taken by the host.
    undecided: Option<Undecided>,
    role: Role,
}

impl Running {
    async fn start(config: &EngineConfig, files: &Files, tip: Height) -> Result<Self, StartError> {
        let role = abstention::examine(files, tip)?;
        let undecided = Undecided::open(&files.undecided(), tip)?;
        let (log, entries) = VoteLog::open(&files.votes())?;
        let wal = wal::spawn(log, entries, role.observes(), config.halt.clone()).await.map_err(refused)?;
        let signer = ValidatorSigner { network: config.network, key: config.signing_key.clone() };
        let verifier = Box::new(StrictVerifier { network: config.network });
        let address = Address(config.node());
        let consensus = match role.observes() {
            false => ConsensusContext::new_validator(address, verifier, Box::new(signer.clone())),
            true => ConsensusContext::new_full_node(address, verifier),
        };
        let engine_config = config.to_engine(!role.observes());
        let identity = identity(config, &signer).await?;
        let registry = SharedRegistry::global().with_moniker(engine_config.moniker());
        let (consensus_config, sync_config) = (engine_config.consensus(), engine_config.value_sync());
        let (network, parts) = spawn_network_actor(identity, consensus_config, sync_config, &registry, WireCodec)
            .await
            .map_err(refused)?;
        let (channels, engine) = EngineBuilder::new(Context, engine_config)
            .with_custom_wal(wal)
            .with_custom_network(network.clone(), parts)
            .with_default_consensus(consensus)
            .with_default_sync(SyncContext::new(WireCodec))
            .with_default_request(RequestContext::new(REQUESTS))
            .build()
            .await
            .map_err(refused)?;
        Ok(Self { channels, engine, network, undecided: Some(undecided), role })
    }

    async fn serve<A: Application>(
        &mut self,
        config: &EngineConfig,
        files: &Files,
        app: &mut A,
        patience: Duration,
        progress: &watch::Sender<Progress>,
    ) -> Result<Ended, Fault> {
        let setup = Setup {
            network: config.network,
            node: config.node(),
            key: config.signing_key.clone(),
            timing: config.timing,
            wake: config.wake.clone(),
            halt: config.halt.clone(),
            neighbours: config.neighbours.clone(),
            others_needed: others_needed(app),
            patience,
            files: files.clone(),
            role: self.role,
        };
        let abstains = self.role.abstains(app.tip());
        progress.send_modify(|progress| progress.abstains = abstains);
        let Some(undecided) = self.undecided.take() else {
            return Ok(Ended::EngineGone);
        };
        let outbound = Outbound::new(self.channels.network.clone(), nanoseconds());
        let mut host = Host::new(&setup, app, undecided, outbound, progress)?;
        tokio::select! {
            ended = host.run(&mut self.channels.consensus) => Ok(ended),
            _ = &mut self.engine.handle => Ok(Ended::EngineGone),
        }
    }

    async fn stop(self) {
        // First the network, alone: when any other part ends, the engine's root kills the rest, and the port would stay taken a while.
        if let Err(error) = self.network.stop_and_wait(None, Some(STOP_TIMEOUT)).await {
            tracing::debug!(%error, "the engine's network had ended already");
        }
        let cell = self.engine.actor.get_cell();
        cell.stop_children_and_wait(None, Some(STOP_TIMEOUT)).await;
        if let Err(error) = cell.stop_and_wait(None, Some(STOP_TIMEOUT)).await {
            // It ends by itself once its parts have.
            tracing::debug!(%error, "the engine had ended already");
        }
    }
}

async fn identity(config: &EngineConfig, signer: &ValidatorSigner) -> Result<NetworkIdentity, StartError> {
    let key = signer.key.verifying_key().to_bytes().to_vec();
    let peer = config.peer_key.public().to_peer_id().to_bytes();
    let proof = signer.sign_validator_proof(key, peer).await.map_err(refused)?;
    let proof = WireCodec.encode(&proof).map_err(refused)?;
    let name = config.node().to_string();
    Ok(NetworkIdentity::new_validator(name.clone(), config.peer_key.clone(), name, proof))
}

fn refused(error: impl std::fmt::Display) -> StartError {
    StartError::Engine { reason: error.to_string() }
}

/// Differs from run to run; nothing depends on its being right.
fn nanoseconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_nanos() as u64).unwrap_or_default()
}
