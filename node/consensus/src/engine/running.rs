//! One run of the engine.

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
use tokio::sync::watch;

use super::{StartError, others_needed};
use crate::abstention::{self, Files, Role};
use crate::application::Application;
use crate::codec::WireCodec;
use crate::config::EngineConfig;
use crate::context::{Address, Context};
use crate::fault::Fault;
use crate::host::{Ended, Host, Setup};
use crate::proposals::Outbound;
use crate::signing::{StrictVerifier, ValidatorSigner};
use crate::undecided::Undecided;
use crate::wal::{self, VoteLog};
use crate::watchdog::Progress;

/// How long the engine's parts may take to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Requests for the engine's state that may wait.
const REQUESTS: usize = 16;

/// One run of the engine, as validator or observer.
pub(super) struct Running {
    channels: Channels<Context>,
    engine: arc_malachitebft_app_channel::EngineHandle,
    network: NetworkRef<Context>,
    /// Taken by the host.
    undecided: Option<Undecided>,
    pub(super) role: Role,
}

impl Running {
    pub(super) async fn start(config: &EngineConfig, files: &Files, tip: Height) -> Result<Self, StartError> {
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

    pub(super) async fn serve<A: Application>(
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

    pub(super) async fn stop(self) {
        // First the network, alone: when any other part ends, the engine's root kills the rest, and the port would stay taken a while.
        if let Err(error) = self.network.stop_and_wait(None, Some(STOP_TIMEOUT)).await {
            tracing::debug!(%error, "the engine's network had ended already");
        }
        // Whoever waits for this node's answer waits no longer.
        drop(self.channels);
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
