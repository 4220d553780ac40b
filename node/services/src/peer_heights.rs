//! How far the other nodes are, asked once a second: what `lag` in a node's status means.

use medshare_ledger::id::NodeId;
use medshare_node_chain::Chain;
use medshare_node_net::{NetworkHandle, Protocol};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(1);

/// Last known heights of the other nodes.
#[derive(Default)]
pub struct PeerHeights(Mutex<HashMap<NodeId, u64>>);

impl PeerHeights {
    /// Height of the node that is farthest.
    #[must_use]
    pub fn highest(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().copied().max().unwrap_or(0)
    }

    fn set(&self, node: NodeId, height: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(node, height);
    }
}

/// Asks for ever.
pub async fn follow(network: NetworkHandle, heights: Arc<PeerHeights>) {
    loop {
        for peer in network.peers().into_iter().filter(|peer| peer.connected) {
            if let Ok(answer) = network.request(peer.node, Protocol::Status, Vec::new()).await
                && let Ok(height) = <[u8; 8]>::try_from(answer.as_ref())
            {
                heights.set(peer.node, u64::from_be_bytes(height));
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Answers another node.
#[must_use]
pub fn answer(chain: &Chain) -> Vec<u8> {
    chain.tip().height.0.to_be_bytes().to_vec()
}
