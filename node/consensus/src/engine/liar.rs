//! A validator that answers every proposal with announcements of its own: of the same batch, over one byte, and of batches that take long
//! to check.
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
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::codec;
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
use crate::toy::application::{Batch, DEAR};

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
        let own = |mark: String| -> Batch {
            (opening.announcement.height, self.config.node(), Hash32::ZERO, vec![DEAR.0.to_owned(), mark])
        };
        // In one of the four it is its turn. After the one byte nobody hears it any more in this height.
        let dear = (0..4).flat_map(|round| ["one", "other"].map(|mark| (round, own(format!("{mark} of {round}")))));
        let dear = dear.map(|(round, batch)| (round, Bytes::from(codec::encode(&batch))));
        let dear = dear.map(|(round, batch)| (round, sha256(&batch), batch));
        let bytes = (0..4).map(|round| (round, opening.announcement.hash, Bytes::from_static(b"x")));
        for (round, hash, batch) in dear.chain(bytes) {
            let lie = Announcement {
                round,
                valid_round: None,
                made_in: round,
                proposer: self.config.node(),
                hash,
                bytes: batch.len() as u32,
                ..opening.announcement
            };
            outbound.send(cut(Opening::sign(lie, &self.config.signing_key), &batch)).await;
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
    // Its own two turns, of which it uses none, cost a round each; were the next round kept waiting for its checks, they cost two.
    let lost = cluster.progress(0).lost_rounds;
    assert!(lost <= 3, "{lost} rounds were lost");
    tokio::time::timeout(Duration::from_secs(30), cluster.stop_all()).await.unwrap();
}
