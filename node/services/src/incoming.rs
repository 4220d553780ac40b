//! What other nodes ask this one, dispatched to who answers it.

use crate::services::Services;
use crate::{others, proxy_keys, trigger};
use bytes::Bytes;
use medshare_ledger::id::NodeId;
use medshare_node_net::{Incoming, Protocol};
use medshare_node_processing::validation::{Judge, until_asked};
use medshare_node_refusal::Refusal;
use medshare_node_submission::Heard;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};

/// Validations computed at once.
const VALIDATIONS_AT_ONCE: usize = 2;

/// What is done for one node after the other, so that none takes all of this one's time.
struct Lanes {
    validations: Semaphore,
    of_peers: HashMap<NodeId, Lane>,
}

/// One node's: its entries are taken in as they come, before others' in its turn; its packages judged one by one.
struct Lane {
    gossip: Semaphore,
    validation: Semaphore,
}

impl Lanes {
    fn new(peers: impl Iterator<Item = NodeId>) -> Self {
        let lane = || Lane { gossip: Semaphore::new(1), validation: Semaphore::new(1) };
        Self { validations: Semaphore::new(VALIDATIONS_AT_ONCE), of_peers: peers.map(|peer| (peer, lane())).collect() }
    }

    async fn gossip(&self, from: NodeId) -> Option<SemaphorePermit<'_>> {
        self.of_peers.get(&from)?.gossip.acquire().await.ok()
    }

    async fn validation(&self, from: NodeId) -> Option<(SemaphorePermit<'_>, SemaphorePermit<'_>)> {
        let own = self.of_peers.get(&from)?.validation.acquire().await.ok()?;
        Some((own, self.validations.acquire().await.ok()?))
    }
}

/// Takes in gossip, turn by turn: a long message stands before others' no longer than a short one.
async fn hear(services: &Arc<Services>, from: NodeId, bytes: Bytes) -> Result<(), Refusal> {
    let mut heard = services.gates.gossip.pass(from, move || Heard::read(&bytes).map(Some)).await?;
    while let Some(rest) = heard {
        let taking = Arc::clone(services);
        heard = services.gates.gossip.pass(from, move || taking.submission.take_gossip(rest)).await?;
    }
    Ok(())
}

/// Answers until the network stops.
pub async fn serve(services: Arc<Services>, mut questions: mpsc::Receiver<Incoming>) {
    let lanes = Arc::new(Lanes::new(services.network.peers().into_iter().map(|peer| peer.node)));
    while let Some(question) = questions.recv().await {
        let (services, lanes) = (Arc::clone(&services), Arc::clone(&lanes));
        tokio::spawn(async move {
            let Incoming { from, protocol, bytes, reply, share } = question;
            let answer = match protocol {
                Protocol::EntryGossip => {
                    let _permit = lanes.gossip(from).await;
                    if let Err(refusal) = hear(&services, from, bytes).await {
                        tracing::debug!(code = refusal.code.word(), node = %from, "gossip was not taken in to its end");
                    }
                    Some(Vec::new())
                }
                Protocol::ValidatePackage => {
                    drop(until_asked(&services.chain, &bytes).await);
                    let _permit = lanes.validation(from).await;
                    let work = move || {
                        let Services { node, signing, keys, chain, templates, .. } = &*services;
                        Judge { me: *node, key: signing, sealing: &keys.sealing, chain, templates }.answer(&bytes, from)
                    };
                    tokio::task::spawn_blocking(work).await.ok()
                }
                Protocol::ForwardRequest | Protocol::ForwardStatus | Protocol::ForwardReport => {
                    Some(trigger::answer(&services, from, &bytes).await)
                }
                Protocol::ProxyKeys => proxy_keys::answer(&services, from, &bytes).await.ok(),
                Protocol::Instance => Some(services.instances.answer(from, &bytes)),
                Protocol::Status => {
                    let work = move || others::answer(&services.chain, &bytes);
                    tokio::task::spawn_blocking(work).await.ok().and_then(Result::ok)
                }
            };
            if let Some(answer) = answer {
                // The asking node may have gone.
                drop(reply.send(answer));
            }
            drop(share);
        });
    }
}
