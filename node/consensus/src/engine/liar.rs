//! A validator that answers every proposal with an announcement of its own: the same batch, and one byte.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_malachitebft_app_channel::app::config::NodeConfig as _;
use arc_malachitebft_app_channel::app::engine::network::{NetworkEvent, NetworkMsg};
use arc_malachitebft_app_channel::app::metrics::SharedRegistry;
use arc_malachitebft_app_channel::app::streaming::StreamContent;
use arc_malachitebft_app_channel::spawn::spawn_network_actor;
use bytes::Bytes;
use medshare_ledger::id::Height;
use ractor::{Actor, ActorProcessingErr, ActorRef, async_trait};

use super::running::identity;
use crate::codec::WireCodec;
use crate::config::{EngineConfig, Timing};
use crate::context::Context;
use crate::fault::Halt;
use crate::part::{Announcement, Opening, Part, cut};
use crate::proposals::Outbound;
use crate::signing::ValidatorSigner;
use crate::toy::Cluster;

/// Which of the four validators it is.
const LIAR: usize = 3;

struct Liar {
    config: EngineConfig,
    lies: Arc<AtomicUsize>,
}

impl Liar {
    /// Listens to the others and lies; returns how often it did.
    async fn start(config: EngineConfig) -> Arc<AtomicUsize> {
        let signer = ValidatorSigner { network: config.network, key: config.signing_key.clone() };
        let identity = identity(&config, &signer).await.unwrap();
        let engine = config.to_engine(true);
        let registry = SharedRegistry::global().with_moniker(engine.moniker());
        let (network, parts) =
            spawn_network_actor(identity, engine.consensus(), engine.value_sync(), &registry, WireCodec).await.unwrap();
        let lies = Arc::<AtomicUsize>::default();
        let liar = Self { config, lies: lies.clone() };
        let (liar, _) = Actor::spawn(None, liar, Outbound::new(parts, 1)).await.unwrap();
        network.cast(NetworkMsg::Subscribe(Box::new(liar))).unwrap();
        lies
    }
}

#[async_trait]
impl Actor for Liar {
    type Msg = NetworkEvent<Context>;
    type State = Outbound;
    type Arguments = Outbound;

    async fn pre_start(
        &self,
        _myself: ActorRef<Self::Msg>,
        outbound: Outbound,
    ) -> Result<Outbound, ActorProcessingErr> {
        Ok(outbound)
    }

    async fn handle(
        &self,
        _myself: ActorRef<Self::Msg>,
        event: Self::Msg,
        outbound: &mut Outbound,
    ) -> Result<(), ActorProcessingErr> {
        let NetworkEvent::ProposalPart(_, _, part) = event else { return Ok(()) };
        let StreamContent::Data(Part::Opening(opening)) = part.content else { return Ok(()) };
        let opening = Opening::received(*opening, None);
        // In one of the four it is its turn.
        for round in 0..4 {
            let lie = Announcement {
                round,
                valid_round: None,
                made_in: round,
                proposer: self.config.node(),
                bytes: 1,
                ..opening.announcement
            };
            let lie = cut(Opening::sign(lie, &self.config.signing_key), &Bytes::from_static(b"x"));
            outbound.send(lie).await;
        }
        self.lies.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heights_with_large_batches_go_on_in_their_first_round_beside_a_liar() {
    // Long enough for a busy machine: what is lost is not lost to its load.
    let timing = Timing { propose: Duration::from_secs(4), vote: Duration::from_secs(1), ..Timing::default() };
    let mut cluster = Cluster::new(4, timing);
    let lies = Liar::start(cluster.config(LIAR, Halt::channel().0)).await;
    for index in 0..LIAR {
        cluster.start(index).await;
    }
    // Three at once still fit into a batch.
    for height in 1..=8 {
        cluster.submit(&height.to_string().repeat(1_300_000));
        cluster.reach_at(0, Height(height)).await;
    }
    assert!(lies.load(Ordering::Relaxed) >= 8);
    // Its own turns, of which it uses none, cost a round each, until it counts as absent.
    let lost = cluster.progress(0).lost_rounds;
    assert!(lost <= 4, "{lost} rounds were lost");
    tokio::time::timeout(Duration::from_secs(30), cluster.stop_all()).await.unwrap();
}
