//! Telling the others which process speaks, and hearing whether another one speaks with the same key.

use crate::services::Services;
use medshare_node_net::Protocol;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the others are told.
const INTERVAL: Duration = Duration::from_secs(3);

/// Tells the others for ever.
pub async fn follow(services: Arc<Services>) {
    loop {
        let peers = services.network.peers().into_iter().filter(|peer| peer.connected);
        let told = peers.map(|peer| {
            let question = services.instances.own.to_vec();
            let services = &services;
            async move {
                if let Ok(answer) = services.network.request(peer.node, Protocol::Instance, question).await {
                    services.instances.hear_of_own(peer.node, &answer, Instant::now());
                }
            }
        });
        futures::future::join_all(told).await;
        tokio::time::sleep(INTERVAL).await;
    }
}
