//! One run of the engine.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_malachitebft_app_channel::app::config::NodeConfig as _;
use arc_malachitebft_app_channel::app::engine::network::NetworkRef;
use arc_malachitebft_app_channel::app::metrics::SharedRegistry;
use arc_malachitebft_app_channel::app::types::codec::Codec as _;
use arc_malachitebft_app_channel::app::types::core::ValueOrigin;
use arc_malachitebft_app_channel::spawn::spawn_network_actor;
use arc_malachitebft_app_channel::{ConsensusContext, ConsensusMsg, NetworkIdentity, NetworkMsg};
use arc_malachitebft_signing::Signer as _;
use medshare_ledger::id::Height;
use medshare_node_store::fault::StoreFault;
use ractor::ActorCell;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::parts::{self, Parts};
use super::{StartError, others_needed};
use crate::abstention::{self, Files, Role};
use crate::application::Application;
use crate::audience::Audience;
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

/// How long the run before may take to let go of its files once its parts were told to stop.
const HANDOVER_TIMEOUT: Duration = Duration::from_secs(10);

/// The pause before it is looked again.
const HANDOVER_PAUSE: Duration = Duration::from_millis(20);

/// One run of the engine, as validator or observer.
pub(super) struct Running {
    parts: Parts,
    network: NetworkRef<Context>,
    outbound: mpsc::Sender<NetworkMsg<Context>>,
    /// Taken by the host.
    audience: Option<Audience>,
    /// Taken by the host.
    undecided: Option<Undecided>,
    pub(super) role: Role,
}

impl Running {
    pub(super) async fn start(config: &EngineConfig, files: &Files, tip: Height) -> Result<Self, StartError> {
        let Opened { role, votes, entries, undecided } = open(files, tip, HANDOVER_TIMEOUT).await?;
        let signer = ValidatorSigner { network: config.network, key: config.signing_key.clone() };
        let engine_config = config.to_engine(!role.observes());
        let identity = identity(config, &signer).await?;
        let registry = SharedRegistry::global().with_moniker(engine_config.moniker());
        let (consensus_config, sync_config) = (engine_config.consensus(), engine_config.value_sync());
        let (network, outbound) = spawn_network_actor(identity, consensus_config, sync_config, &registry, WireCodec)
            .await
            .map_err(refused)?;
        let wal = match wal::spawn(votes, entries, role.observes(), config.halt.clone()).await {
            Ok(wal) => wal,
            Err(error) => {
                end(&network).await;
                return Err(refused(error));
            }
        };
        let verifier = Box::new(StrictVerifier { network: config.network });
        let address = Address(config.node());
        let consensus = match role.observes() {
            false => ConsensusContext::new_validator(address, verifier, Box::new(signer)),
            true => ConsensusContext::new_full_node(address, verifier),
        };
        let started = match parts::start(&engine_config, &registry, &network, &wal, consensus).await {
            Ok(parts) => Audience::of(&network).await.map(|audience| (parts, audience)),
            Err(reason) => Err(reason),
        };
        match started {
            Ok((parts, audience)) => {
                Ok(Self { parts, network, outbound, audience: Some(audience), undecided: Some(undecided), role })
            }
            Err(reason) => {
                // Actors do not end with what names them, and these hold a port and files that the next run needs.
                end(&network).await;
                end(&wal).await;
                Err(StartError::Engine { reason })
            }
        }
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
        let outbound = Outbound::new(self.outbound.clone(), nanoseconds());
        let consensus = self.parts.consensus.clone();
        let tell = Box::new(move |proposal| {
            let told = consensus.cast(ConsensusMsg::ReceivedProposedValue(proposal, ValueOrigin::Consensus).into());
            if told.is_err() {
                tracing::debug!("the engine ended before it was told of a proposal");
            }
        });
        let mut host = Host::new(&setup, app, undecided, outbound, tell, self.audience.take(), progress)?;
        tokio::select! {
            ended = host.run(&mut self.parts.questions) => Ok(ended),
            _ = &mut self.parts.handle.handle => Ok(Ended::EngineGone),
        }
    }

    pub(super) async fn stop(self) {
        // First the network, alone: when any other part ends, the engine's root kills the rest, and the port would stay taken a while.
        end(&self.network).await;
        // Whoever waits for this node's answer waits no longer.
        drop(self.parts.questions);
        let cell = self.parts.handle.actor.get_cell();
        // What does not end in time keeps the vote log, and no other run gets it.
        cell.stop_children_and_wait(None, Some(STOP_TIMEOUT)).await;
        // It ends by itself once its parts have.
        end(&cell).await;
    }
}

/// What consensus keeps on disk, for one run.
struct Opened {
    role: Role,
    votes: VoteLog,
    entries: Vec<Vec<u8>>,
    undecided: Undecided,
}

/// Opens the files. The run before may be about to let go of the vote log; one that does not, because the disk hangs, has the node
/// halt: two runs with one log would each write over what the other one signed.
async fn open(files: &Files, tip: Height, patience: Duration) -> Result<Opened, StoreFault> {
    let give_up = Instant::now() + patience;
    loop {
        let opened = abstention::examine(files, tip).and_then(|role| Ok((role, VoteLog::open(&files.votes())?)));
        match opened {
            Ok((role, (votes, entries))) => {
                let undecided = Undecided::open(&files.undecided(), tip)?;
                return Ok(Opened { role, votes, entries, undecided });
            }
            Err(fault) if fault.is_in_use() && Instant::now() < give_up => tokio::time::sleep(HANDOVER_PAUSE).await,
            Err(fault) => return Err(fault),
        }
    }
}

/// Ends a part of the engine.
async fn end(part: &ActorCell) {
    if let Err(error) = part.stop_and_wait(None, Some(STOP_TIMEOUT)).await {
        tracing::debug!(%error, "a part of the engine had ended already, or does not end");
    }
}

pub(super) async fn identity(config: &EngineConfig, signer: &ValidatorSigner) -> Result<NetworkIdentity, StartError> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// The vote log of a run whose parts did not end in time, because the disk hangs.
    fn held(home: &std::path::Path) -> (Files, VoteLog) {
        std::fs::create_dir(home.join("keys")).unwrap();
        std::fs::write(home.join("keys/founding"), "").unwrap();
        let files = Files::below(home).unwrap();
        let (mut votes, _) = VoteLog::open(&files.votes()).unwrap();
        votes.start(Height(1)).unwrap();
        votes.append(b"vote").unwrap();
        votes.flush().unwrap();
        (files, votes)
    }

    #[tokio::test]
    async fn a_vote_log_that_the_run_before_does_not_let_go_of_is_given_to_no_other() {
        let home = tempfile::tempdir().unwrap();
        let (files, mut votes) = held(home.path());
        let refused = open(&files, Height(0), Duration::from_millis(50)).await.err().unwrap();
        assert!(refused.is_in_use() && refused.to_string().contains("still writes to it"), "{refused}");
        // It writes when the disk answers at last: nobody else has written there meanwhile.
        votes.append(b"late").unwrap();
        votes.flush().unwrap();
        drop(votes);
        let (_, entries) = VoteLog::open(&files.votes()).unwrap();
        assert_eq!(entries, [b"vote".to_vec(), b"late".to_vec()]);
    }

    #[tokio::test]
    async fn what_the_run_before_lets_go_of_a_little_late_is_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let (files, votes) = held(home.path());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            drop(votes);
        });
        // The entry is none of the engine's, so that the node abstains; but it has its log.
        let opened = open(&files, Height(0), HANDOVER_TIMEOUT).await.unwrap();
        assert_eq!(opened.entries, [b"vote".to_vec()]);
    }
}
