//! Keys that this node lacks, after its store was lost, say, asked of the others.
//!
//! All of them are asked at once and the first key that fits its grant counts, so that one that hangs holds up nobody. What none of
//! them had is not asked for again for a while.

use super::keeping::keep;
use super::message::{Message, peers};
use crate::detached::to_its_end;
use crate::gates::PROXY_KEYS_AT_ONCE;
use crate::services::Services;
use futures::StreamExt as _;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use medshare_crypto::hash::Hash32;
use medshare_exchange::proxy_key::{MAX_SEALED_PROXY_KEY_BYTES, open_proxy_key, proxy_key_commitment};
use medshare_ledger::codec;
use medshare_ledger::id::{NodeId, RequestorId};
use medshare_node_net::Protocol;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::Refusal;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// How long one key is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long all keys together that one opening lacks are waited for.
const PATIENCE_OF_ALL: Duration = Duration::from_secs(10);

const _: () =
    assert!(PROXY_KEYS_AT_ONCE < Protocol::ProxyKeys.questions_per_peer(), "deliveries have room beside them");

/// Asks for the keys of these attributes of a requestor, to the end, whoever stops waiting for them: whoever asks often has nothing asked
/// more often. What does not come in time, or cannot be kept, is lacking still.
pub async fn fetch(services: &Arc<Services>, requestor: RequestorId, attributes: Vec<String>) {
    let services = Arc::clone(services);
    let asked = to_its_end(async move {
        let asked = join_all(attributes.iter().map(|attribute| fetched(&services, requestor, attribute)));
        let fetched = timeout(PATIENCE_OF_ALL, asked).await.unwrap_or_default();
        fetched.into_iter().collect::<Result<Vec<bool>, Refusal>>()
    });
    if let Err(refusal) = asked.await {
        tracing::warn!(%refusal, "a proxy key that this node lacks was not fetched");
    }
}

/// Asks for the keys of all grants whose keys are not here.
pub(super) async fn fetch_all(services: Arc<Services>) {
    let grants = {
        let services = Arc::clone(&services);
        blocking(move || Ok(services.chain.views().grants()?)).await
    };
    let grants = match grants {
        Ok(grants) => grants,
        Err(error) => return tracing::warn!(%error, "the grants cannot be read to see which proxy keys are lacking"),
    };
    let mut lacking = 0u64;
    for (requestor, attribute) in grants {
        match fetched(&services, requestor, &attribute).await {
            Ok(is_here) => lacking += u64::from(!is_here),
            Err(refusal) => tracing::warn!(%refusal, "a proxy key that this node lacks was not fetched"),
        }
    }
    if lacking > 0 {
        tracing::warn!(lacking, "proxy keys that grants stand for are neither here nor at the nodes that answered");
    }
}

/// Whether the key of a grant is here, now that the others were asked for it. Of what no grant stands for, nothing is lacking.
async fn fetched(services: &Arc<Services>, requestor: RequestorId, attribute: &str) -> Result<bool, Refusal> {
    let Some(commitment) = lacking(services, requestor, attribute).await? else { return Ok(true) };
    if services.memories.misses.is_recent(&commitment) {
        return Ok(false);
    }
    let turn = services.gates.proxy_keys.turn(requestor).await?;
    // Somebody else may have asked for it meanwhile.
    let Some(commitment) = lacking(services, requestor, attribute).await? else { return Ok(true) };
    if services.memories.misses.is_recent(&commitment) {
        return Ok(false);
    }
    let key = timeout(PATIENCE, asked(services, requestor, attribute, commitment)).await.ok().flatten();
    drop(turn);
    let Some(key) = key else {
        services.memories.misses.note(commitment);
        return Ok(false);
    };
    let (services, attribute) = (Arc::clone(services), attribute.to_owned());
    blocking(move || keep(&services.chain, &services.private, &attribute, requestor, &key)).await.map(|()| true)
}

/// What the grant commits to, where there is one and its key is not here.
async fn lacking(services: &Arc<Services>, requestor: RequestorId, attribute: &str) -> Result<Option<Hash32>, Refusal> {
    let (services, attribute) = (Arc::clone(services), attribute.to_owned());
    blocking(move || {
        let Some(grant) = services.chain.state().grant(requestor, &attribute)? else { return Ok(None) };
        let held = services.private.proxy_key(requestor, &attribute)?;
        let is_here = held.is_some_and(|key| proxy_key_commitment(&key) == grant.proxy_key);
        Ok((!is_here).then_some(grant.proxy_key))
    })
    .await
}

/// The first key that fits, of all nodes that answer.
async fn asked(
    services: &Services,
    requestor: RequestorId,
    attribute: &str,
    commitment: Hash32,
) -> Option<Zeroizing<Vec<u8>>> {
    let question: bytes::Bytes = codec::encode(&Message::Want { requestor, attribute: attribute.to_owned() }).into();
    let ask = |node: NodeId| {
        let question = question.clone();
        async move {
            let answer = services.network.request(node, Protocol::ProxyKeys, question).await.ok()?;
            if answer.len() > MAX_SEALED_PROXY_KEY_BYTES {
                return None;
            }
            let key = open_proxy_key(&services.keys.sealing, &commitment, &answer).ok()?;
            (proxy_key_commitment(&key) == commitment).then_some(key)
        }
    };
    let mut answers: FuturesUnordered<_> = peers(services).into_iter().map(ask).collect();
    while let Some(answer) = answers.next().await {
        if answer.is_some() {
            return answer;
        }
    }
    None
}
