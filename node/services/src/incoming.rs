//! What other nodes ask this one, dispatched to who answers it.

use crate::services::Services;
use crate::{peer_heights, proxy_keys, trigger};
use medshare_node_net::{Incoming, Protocol};
use medshare_node_processing::validation::Judge;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};

/// Validations computed at once.
const VALIDATIONS_AT_ONCE: usize = 2;

/// Answers until the network stops.
pub async fn serve(services: Arc<Services>, mut questions: mpsc::Receiver<Incoming>) {
    let validations = Arc::new(Semaphore::new(VALIDATIONS_AT_ONCE));
    while let Some(question) = questions.recv().await {
        let (services, validations) = (Arc::clone(&services), Arc::clone(&validations));
        tokio::spawn(async move {
            let Incoming { from, protocol, bytes, reply, share } = question;
            let answer = match protocol {
                Protocol::EntryGossip => {
                    let taken = tokio::task::spawn_blocking(move || services.submission.take_gossip(&bytes)).await;
                    if let Ok(Err(refusal)) = taken {
                        tracing::debug!(code = refusal.code.word(), node = %from, "a gossiped entry was not taken in");
                    }
                    Some(Vec::new())
                }
                Protocol::ValidatePackage => {
                    let _permit = validations.acquire().await;
                    let work = move || {
                        let Services { node, signing, chain, templates, .. } = &*services;
                        Judge { me: *node, key: signing, chain, templates }.answer(&bytes, from)
                    };
                    tokio::task::spawn_blocking(work).await.ok()
                }
                Protocol::ForwardRequest | Protocol::ForwardReport => Some(trigger::answer(&services, &bytes).await),
                Protocol::ProxyKeys => proxy_keys::answer(&services, &bytes).await.ok(),
                Protocol::Instance => Some(services.instances.answer(from, &bytes)),
                Protocol::Status => Some(peer_heights::answer(&services.chain)),
            };
            if let Some(answer) = answer {
                // The asking node may have gone.
                drop(reply.send(answer));
            }
            drop(share);
        });
    }
}
