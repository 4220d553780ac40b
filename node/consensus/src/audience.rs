//! Who hears what this node proposes.
//!
//! What the engine sends reaches those who have said what they listen to, and is lost to all others. A proposal is sent once: made
//! before the connections stand, it costs the height a round. So the first height after a start waits until everybody listens who is
//! not known to be away, and no longer than a proposal is waited for, which is what it would cost.

use std::collections::BTreeMap;

use arc_malachitebft_app_channel::app::engine::network::{NetworkEvent, NetworkMsg, NetworkRef};
use arc_malachitebft_app_channel::app::types::PeerId;
use ractor::{Actor, ActorProcessingErr, ActorRef, async_trait};
use tokio::sync::watch;
use tokio::time::Instant;

use super::context::Context;

/// What somebody listens to who hears proposals: the engine sends their two halves apart.
const CHANNELS: [&str; 2] = ["Consensus", "ProposalParts"];

/// Counts who listens, until it is dropped.
#[derive(Debug)]
pub(super) struct Audience {
    usher: ActorRef<NetworkEvent<Context>>,
    listening: watch::Receiver<usize>,
}

impl Audience {
    /// Begins to count who listens to `network`.
    ///
    /// # Errors
    /// When the network has ended.
    pub(super) async fn of(network: &NetworkRef<Context>) -> Result<Self, String> {
        let (sender, listening) = watch::channel(0);
        let (usher, _) = Actor::spawn(None, Usher, sender).await.map_err(|error| error.to_string())?;
        let audience = Self { usher: usher.clone(), listening };
        network.cast(NetworkMsg::Subscribe(Box::new(usher))).map_err(|error| error.to_string())?;
        Ok(audience)
    }

    /// Waits until `count` others listen, or until that moment.
    pub(super) async fn gathered(&self, count: usize, until: Instant) {
        let mut listening = self.listening.clone();
        // An error says that nobody counts any more: then there is nothing to wait for.
        tokio::time::timeout_at(until, listening.wait_for(|listening| *listening >= count)).await.ok();
    }
}

impl Drop for Audience {
    fn drop(&mut self) {
        self.usher.stop(None);
    }
}

/// Hears from the network who listens.
struct Usher;

struct Counted {
    /// To how many of the [`CHANNELS`] each peer listens.
    of_peers: BTreeMap<PeerId, usize>,
    listening: watch::Sender<usize>,
}

#[async_trait]
impl Actor for Usher {
    type Msg = NetworkEvent<Context>;
    type State = Counted;
    type Arguments = watch::Sender<usize>;

    async fn pre_start(
        &self,
        _myself: ActorRef<Self::Msg>,
        listening: watch::Sender<usize>,
    ) -> Result<Counted, ActorProcessingErr> {
        Ok(Counted { of_peers: BTreeMap::new(), listening })
    }

    async fn handle(
        &self,
        _myself: ActorRef<Self::Msg>,
        event: Self::Msg,
        counted: &mut Counted,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            NetworkEvent::PeerSubscribed(peer, channel) if CHANNELS.contains(&channel.to_string().as_str()) => {
                *counted.of_peers.entry(peer).or_default() += 1;
            }
            NetworkEvent::PeerDisconnected(peer) => {
                counted.of_peers.remove(&peer);
            }
            _ => return Ok(()),
        }
        let hearing = counted.of_peers.values().filter(|channels| **channels >= CHANNELS.len()).count();
        counted.listening.send_replace(hearing);
        Ok(())
    }
}
